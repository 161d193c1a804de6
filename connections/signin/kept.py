"""Rendered sign-in pages in this process's memory, so that most visitors cost no query."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from connections.browsers import Browser

# These speak of the body, which a 304 has not.
OF_THE_BODY = frozenset({"content-length", "content-type", "etag"})


@dataclass(frozen=True)
class Key:
    """What a sign-in page depends on; a page of an older version is simply not asked for again."""

    project: UUID
    version: int
    # Counts the times that this process lost sight of the database.
    epoch: int
    path: str
    language: str
    browser: Browser


@dataclass(frozen=True)
class Page:
    """A page as it was sent, without what concerned one visitor only."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str

    @classmethod
    def of(cls, response: HttpResponse) -> Page:
        """Return the page that the response holds."""
        # The headers count: a browser keeps an old policy as long as it is answered 304.
        headers = tuple((name, value) for name, value in response.items() if name.lower() != "etag")
        digest = sha256(repr(headers).encode() + response.content).hexdigest()
        return cls(response.content, headers, f'"{digest[:32]}"')

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the page, or a 304 to a browser that has it."""
        asked = request.META.get("HTTP_IF_NONE_MATCH")
        if asked and self._is_among(parse_etags(asked)):
            headers = {
                name: value for name, value in self.headers if name.lower() not in OF_THE_BODY
            }
            response: HttpResponse = HttpResponseNotModified(headers=headers)
        else:
            response = HttpResponse(self.body, headers=dict(self.headers))
        response.headers["ETag"] = self.etag
        return response

    def _is_among(self, etags: list[str]) -> bool:
        # A proxy that compresses the page says W/ before the tag.
        return any(each == "*" or each.removeprefix("W/") == self.etag for each in etags)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.body) + 2000


class Pages:
    """As many pages as fit into KEPT_PAGES_BYTES, those that were asked for last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Page | None:
        """Return the page, if it is kept."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def keep(self, key: Key, page: Page) -> None:
        """Keep the page in place of those that nobody has asked for the longest time."""
        with self._lock:
            replaced = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += page.size - (replaced.size if replaced else 0)
            while self._size > settings.KEPT_PAGES_BYTES:
                self._size -= self._pages.popitem(last=False)[1].size


pages = Pages()
