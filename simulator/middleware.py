"""Headers of all pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; "
)


def page_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse foreign host names, and give pages a strict Content-Security-Policy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # wxLogin.js shows the QR code page in a frame on the website. No other page may be
            # framed.
            framed = getattr(response, "may_be_framed", False)
            # Chromium also applies form-action to redirects, and this form redirects to the
            # website.
            leads_away = getattr(response, "form_leads_away", False)
            response.headers["Content-Security-Policy"] = (
                POLICY
                + ("" if leads_away else "form-action 'self'; ")
                + ("frame-ancestors *" if framed else "frame-ancestors 'none'")
            )
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return middleware
