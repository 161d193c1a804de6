"""Health and readiness checks for load balancers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.server.readiness import readiness_cache


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if database, migrations, keys and clock are right, else 503; with the state of each."""
    seen = readiness_cache.readiness()
    response = JsonResponse(seen.as_response(), status=200 if seen.ready else 503)
    # Keeps Django from logging every 503; changes of the state are logged in readiness.py.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
