"""Tells the command `proxy` what arrived here of its request, after the reverse proxies."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.limits.client_address import read_address

TOKEN_SECONDS = 60
PROBE_COOKIE = "menkou_probe"


def new_token() -> str:
    """Return a token for one request within a minute, at any node."""
    return signer().sign(secrets.token_urlsafe(16))


def take_token(token: str) -> bool:
    """Whether the token is valid and was not used before."""
    try:
        signer().unsign(token, max_age=TOKEN_SECONDS)
    except BadSignature:
        return False
    digest = sha256(token.encode()).hexdigest()
    return cache.add(f"proxy-check:{digest}", 1, timeout=2 * TOKEN_SECONDS)


def signer() -> TimestampSigner:
    """Return the signer of tokens."""
    return TimestampSigner(salt="menkou.proxy-check")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def proxyz(request: HttpRequest) -> HttpResponse:
    """Describe the request to whoever has a token; a 404 for all others."""
    if not take_token(request.GET.get("token", "")):
        return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")
    response = JsonResponse(describe(request))
    response.set_cookie(PROBE_COOKIE, "returned", max_age=TOKEN_SECONDS, httponly=True)
    return response


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return what arrived of the request."""
    meta = request.META
    header = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    return {
        "host": meta.get("HTTP_HOST", ""),
        "scheme": request.scheme,
        "scheme_header": meta.get(header[0], "") if header else "",
        "forwarded_for": meta.get("HTTP_X_FORWARDED_FOR", ""),
        "client_address": str(read_address(meta) or ""),
        "cookie": request.COOKIES.get(PROBE_COOKIE, ""),
        "origin": meta.get("HTTP_ORIGIN", ""),
        "sec_fetch_site": meta.get("HTTP_SEC_FETCH_SITE", ""),
        "query_length": len(meta.get("QUERY_STRING", "")),
        "body_length": len(request.body),
    }
