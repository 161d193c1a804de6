"""For every request: its id, its log line and its metrics."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.health_paths import HEALTH_PATHS
from core.language_middleware import GetResponse
from core.log_context import get_log_context
from core.observability import metrics
from core.observability.request_context import begin_request
from core.request_origin import request_origin

log = logging.getLogger("menkou.access")


class AccessLogMiddleware:
    """Sets the request id, and logs and counts the response."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        request_id = begin_request(request.META, request)
        with request_origin(request, request_id):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        # Health checks come every few seconds, and a page loads a dozen static files.
        if request.path not in HEALTH_PATHS and not request.path.startswith(settings.STATIC_URL):
            log_request(request, response, perf_counter() - began)
        return response


def log_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Log and count the response to a request."""
    count_and_log_response(
        request.method or "",
        route_name(request),
        response.status_code,
        seconds,
        get_log_context(request),
    )


def count_and_log_response(
    method: str, route: str, status: int, seconds: float, facts: Mapping[str, str]
) -> None:
    """Count a response, and log it with the fields added by `core.log_context`."""
    metrics.count_request(method, route, status, seconds)
    if log.isEnabledFor(logging.INFO):
        fields = {"status": status, "duration_ms": round(seconds * 1000, 1), **facts}
        log.info("answered", extra={"fields": fields})


def route_name(request: HttpRequest) -> str:
    """Return the name of the URL pattern, which keeps the number of metric labels small."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    cached: str = request.__dict__.get("cached_route", "")
    return cached or "none"
