"""What happens to every request before anybody asks whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils import translation
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

NUL = re.compile(rb"\x00|%00", re.IGNORECASE)
YEAR_SECONDS = 365 * 24 * 3600


class RefuseUnreadable:
    """Answers 400 to what PostgreSQL cannot store (a NUL) or Python would stumble over.

    A form may name the encoding it is in; browsers send UTF-8, and Python knows encodings that
    are none, or that smuggle in what UTF-8 refuses.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = f"{request.path}?{request.META.get('QUERY_STRING', '')}".encode(
            "utf-8", "surrogateescape"
        )
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if charset not in {"utf-8", "utf8"} or NUL.search(address) or spoiled(request):
            return HttpResponse(
                "Bad request.\n", status=400, content_type="text/plain; charset=utf-8"
            )
        return self.get_response(request)


def spoiled(request: HttpRequest) -> bool:
    """Whether a field holds a NUL, or has not arrived because the sender went away.

    A file may hold anything: who takes it says at its field what is wrong with it.
    """
    if request.method != "POST":
        return False
    try:
        if request.content_type == "multipart/form-data":
            return any("\0" in text for text in fields(request.POST))
        return NUL.search(request.body) is not None
    except UnreadablePostError:
        return True


def fields(sent: QueryDict) -> Iterator[str]:
    """Return the names and values that were sent."""
    for name, values in sent.lists():
        yield from (name, *map(str, values))


class Language:
    """Chooses the language by ?lang=, by an earlier choice, then by the browser."""

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
    """Keep the person's choice in this browser, on this host."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
