"""The URLs of every project host."""

from __future__ import annotations

from applications import urls as applications
from portal.urls import shared
from signin import urls as signin

urlpatterns = [*shared.urlpatterns, *applications.urlpatterns, *signin.urlpatterns]

handler400 = "portal.shell.errors.bad_request"
handler403 = "portal.shell.errors.forbidden"
handler404 = "portal.shell.errors.not_found"
handler500 = "portal.shell.errors.server_error"
