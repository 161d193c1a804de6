"""The host of a request decides whose it is: the portal's, a project's, or nobody's."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from projects.hosts import hosts
from projects.models import Project

GetResponse = Callable[[HttpRequest], HttpResponse]

# Answered for every host: a load balancer asks by address, before any name exists.
HOSTLESS_PATHS = frozenset({"/healthz", "/readyz"})


class HostMakesTenant:
    """Sets `request.project` (None on the portal) and the urlconf, or answers a plain 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.project = None  # type: ignore[attr-defined]
        if request.path not in HOSTLESS_PATHS:
            try:
                host = request.get_host().lower()
            except DisallowedHost:
                return nobody_here()
            if host != settings.MENKOU_PORTAL_HOST:
                project = hosts.find(host)
                if project is None:
                    return nobody_here()
                request.project = project  # type: ignore[attr-defined]
                request.urlconf = settings.PROJECT_URLCONF
        return self.get_response(request)


class HostSession(SessionMiddleware):
    """Django's sessions, bound to the tenant of the request."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        project: Project | None = request.project  # type: ignore[attr-defined]
        request.session.tenant = "portal" if project is None else str(project.pk)  # type: ignore[attr-defined]


def nobody_here() -> HttpResponse:
    """A 404 that names nobody, for hosts that are not ours."""
    return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")
