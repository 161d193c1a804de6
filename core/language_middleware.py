"""The language of a response."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

YEAR_SECONDS = 365 * 24 * 3600


class LanguageMiddleware:
    """Chooses the language from ?lang=, then the language cookie, then Accept-Language."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = known_language(request.GET.get("lang", ""))
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if chosen:
            remember_language(response, chosen)
        return response


def known_language(code: str) -> str:
    """Return the code if it is one of our languages, else ""."""
    return code if code in dict(settings.LANGUAGES) else ""


def remember_language(response: HttpResponse, code: str) -> None:
    """Set the language cookie for this host."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
