"""For load balancers: is this process alive, and can it do its work."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections.keyset import KeysetError
from connections.secrets import open_canary


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and the keys open its canary, else 503 with the reason."""
    reason = unready()
    response = HttpResponse(
        f"{reason or 'ready'}\n",
        status=503 if reason else 200,
        content_type="text/plain; charset=utf-8",
    )
    # Whoever asks every few seconds reads the answer; the log need not say it as often.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def unready() -> str:
    """Return what is missing, in one word, or ""."""
    try:
        open_canary()
    except DatabaseError:
        return "database"
    except KeysetError:
        return "keys"
    return ""
