"""Check whether a POST came from one of our own pages.

This replaces the CSRF token, so that the sign-in page is the same for every visitor.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST_NEXT = 2000


def is_same_origin(request: HttpRequest) -> bool:
    """Whether a page on this host sent the request, according to the browser's headers.

    A browser that must not send a referrer says `Origin: null` even to its own site, for example
    behind a proxy that sets `Referrer-Policy: no-referrer`. No page can forge `Sec-Fetch-Site`.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin != "null":
        return origin.lower() == own_origin(request)
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    referer = request.headers.get("referer")
    if referer is None or origin is not None:
        return False
    try:
        parts = urlsplit(referer)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() == own_origin(request)


def own_origin(request: HttpRequest) -> str:
    """Return scheme and host of this request."""
    return f"{request.scheme}://{request.get_host()}".lower()


def safe_next(request: HttpRequest, value: str) -> str:
    """Return the path and query of a URL on this host, or "" if a redirect there is not safe."""
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
