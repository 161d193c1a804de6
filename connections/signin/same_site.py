"""Who sent this POST: our own page, or somebody else's.

In place of a CSRF token, so that the sign-in page is the same for every visitor.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST_NEXT = 2000


def comes_from_here(request: HttpRequest) -> bool:
    """Whether a browser says that a page of this very host sent the request."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin.lower() == own_origin(request)
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    referer = request.headers.get("referer")
    if referer is None:
        return False
    try:
        parts = urlsplit(referer)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() == own_origin(request)


def own_origin(request: HttpRequest) -> str:
    """Scheme and host of this request."""
    return f"{request.scheme}://{request.get_host()}".lower()


def safe_next(request: HttpRequest, value: str) -> str:
    """Return the part of an address on this host that may be gone to, or ""."""
    if not value or len(value) > LONGEST_NEXT or not value.isprintable():
        return ""
    if not url_has_allowed_host_and_scheme(
        value, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    parts = urlsplit(value)
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return ""
    return parts._replace(scheme="", netloc="", fragment="").geturl()
