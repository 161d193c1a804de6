"""For load balancers: is this process alive, and can it do its work."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.readiness import watch


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, tables, keys and clock are right, else 503; each part in one word."""
    seen = watch.readiness()
    response = JsonResponse(
        {"ready": seen.ready, **asdict(seen)}, status=200 if seen.ready else 503
    )
    # Whoever asks every few seconds reads the answer; the log need not say it as often.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
