"""Maps the host of a request to the portal, a project, or a 404."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from core.health_paths import HEALTH_PATHS
from projects.people.sessions import NoSession
from projects.tenants.hosts import hosts

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware:
    """Sets `request.project` (None on the portal) and the urlconf, or answers a plain 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.project = None  # type: ignore[attr-defined]
        if request.path not in HEALTH_PATHS:
            try:
                host = request.get_host().lower()
            except DisallowedHost:
                return unknown_host_response()
            if host != settings.MENKOU_PORTAL_HOST:
                project = hosts.find_project(host)
                if project is None:
                    return unknown_host_response()
                request.project = project  # type: ignore[attr-defined]
                request.urlconf = settings.PROJECT_URLCONF
        response = self.get_response(request)
        if request.project is not None:  # type: ignore[attr-defined]
            # Browser apps sign people in in another window, to which they must stay connected.
            response.headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none")
        return response


class PortalSessionMiddleware(SessionMiddleware):
    """Django's sessions, on the portal only.

    End users have sessions of their own (`connections.sessions`). On a project's host, Django's
    session is empty and is never stored.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.project is None:  # type: ignore[attr-defined]
            super().process_request(request)
        else:
            # Django's middleware for users and messages needs one.
            request.session = NoSession()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if isinstance(request.session, NoSession):
            return response
        return super().process_response(request, response)


def unknown_host_response() -> HttpResponse:
    """Return a plain 404 for unknown hosts."""
    return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")
