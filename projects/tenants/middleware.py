"""Maps the host of a request to the portal, a project, or a 404."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from core.health_paths import HEALTH_PATHS
from projects.models import Project
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
        return self.get_response(request)


class TenantSessionMiddleware(SessionMiddleware):
    """Django's sessions, bound to the tenant of the request."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        project: Project | None = request.project  # type: ignore[attr-defined]
        request.session.tenant = "portal" if project is None else str(project.pk)  # type: ignore[attr-defined]


def unknown_host_response() -> HttpResponse:
    """Return a plain 404 for unknown hosts."""
    return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")
