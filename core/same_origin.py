"""Check whether a POST came from one of our own pages.

This replaces the CSRF token, so that the sign-in page is the same for every visitor.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest


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


def is_page_visit(request: HttpRequest) -> bool:
    """Whether the browser will show the response as a page, and not in one of another website.

    Browsers that do not tell are believed.
    """
    return request.headers.get("sec-fetch-dest", "document") == "document"


def own_origin(request: HttpRequest) -> str:
    """Return scheme and host of this request."""
    return f"{request.scheme}://{request.get_host()}".lower()
