"""Around every request: its id, its line in the log, and its place in the metrics."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.middleware import GetResponse
from portal.observing import metrics
from portal.observing.current import begin
from projects.middleware import HOSTLESS_PATHS
from projects.telling import told

log = logging.getLogger("menkou.access")


class Observe:
    """Gives each request an id that its lines and its answer carry, and tells how it ended."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        request_id = begin(request.META, request)
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        # Load balancers ask every few seconds, and a page brings a dozen files.
        if request.path not in HOSTLESS_PATHS and not request.path.startswith(settings.STATIC_URL):
            tell(request, response, perf_counter() - began)
        return response


def tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Write the request's line and count it."""
    note(request.method or "", route_of(request), response.status_code, seconds, told(request))


def note(method: str, route: str, status: int, seconds: float, facts: Mapping[str, str]) -> None:
    """Count an answer, and write its line with the facts that are told of the request."""
    metrics.count_request(method, route, status, seconds)
    if log.isEnabledFor(logging.INFO):
        fields = {"status": status, "duration_ms": round(seconds * 1000, 1), **facts}
        log.info("answered", extra={"fields": fields})


def route_of(request: HttpRequest) -> str:
    """Return the name of the address, of which there are as many as in our lists of them."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    kept: str = request.__dict__.get("kept_route", "")
    return kept or "none"
