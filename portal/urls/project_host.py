"""The addresses of every project host."""

from __future__ import annotations

from connections.signin import urls as signin
from portal.urls import shared

urlpatterns = [*shared.urlpatterns, *signin.urlpatterns]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
