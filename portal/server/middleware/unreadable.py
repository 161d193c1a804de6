"""Refuses requests with NUL characters or unusable encodings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError

from core.language_middleware import GetResponse

NUL = re.compile(rb"\x00|%00", re.IGNORECASE)


class RefuseUnreadable:
    """Answers 400 to requests with NUL, which PostgreSQL cannot store, or another charset.

    Browsers send UTF-8. Some of Python's codecs are no text encodings, or decode to characters
    that UTF-8 refuses.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if (
            charset not in {"utf-8", "utf8"}
            or has_nul(request.path)
            or has_unreadable_form(request)
        ):
            return HttpResponse(
                "Bad request.\n", status=400, content_type="text/plain; charset=utf-8"
            )
        if has_nul(request.META.get("QUERY_STRING", "")):
            # Providers send people to the callback with a query, so they see the page of an error.
            raise BadRequest("Bad Request")
        return self.get_response(request)


def has_nul(address: str) -> bool:
    """Whether a part of the address contains NUL."""
    return NUL.search(address.encode("utf-8", "surrogateescape")) is not None


def has_unreadable_form(request: HttpRequest) -> bool:
    """Whether a field contains NUL, or the body is incomplete because the client disconnected.

    The content of files is checked by their form fields.
    """
    if request.method != "POST":
        return False
    try:
        if request.content_type == "multipart/form-data":
            return any("\0" in text for text in form_texts(request.POST))
        return NUL.search(request.body) is not None
    except UnreadablePostError:
        return True


def form_texts(sent: QueryDict) -> Iterator[str]:
    """Yield the names and values of a form."""
    for name, values in sent.lists():
        yield from (name, *map(str, values))
