"""The URLs of every project host."""

from __future__ import annotations

from applications import urls as applications
from portal.urls import shared
from signin import urls as signin

# Django tries them in this order: each costs a few microseconds, and no two match the same path.
urlpatterns = [*signin.urlpatterns, *applications.urlpatterns, *shared.urlpatterns]

handler400 = "portal.shell.errors.bad_request"
handler403 = "portal.shell.errors.forbidden"
handler404 = "portal.shell.errors.not_found"
handler500 = "portal.shell.errors.server_error"
