"""Check where a browser may go after its sign-in."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST_NEXT = 2000


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
