"""An in-process cache of rendered sign-in pages, so that most visits need no query."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from connections.values.browsers import Browser
from signin.page_cache.query import REQUEST_ID_PLACE

# Headers that describe the body, which a 304 does not have.
BODY_HEADERS = frozenset({"content-length", "content-type", "etag"})


@dataclass(frozen=True)
class PageKey:
    """What a sign-in page depends on; pages of older versions are never looked up again."""

    project: UUID
    version: int
    # Counts how often this process may have missed changes.
    epoch: int
    path: str
    language: str
    browser: Browser
    # The client id of the application that people sign in to, or "".
    application: str = ""
    # The alias of the only connection that the page shows, or "".
    connection: str = ""
    # The alias of the connection whose button is marked as the last used one, or "".
    last_used: str = ""


@dataclass(frozen=True)
class CachedPage:
    """A rendered page without headers of a single visitor."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    # The aliases of the connections that its buttons stand for.
    aliases: frozenset[str] = frozenset()

    @classmethod
    def from_response(cls, response: HttpResponse) -> CachedPage:
        """Return the page of a rendered response."""
        # The ETag covers the headers: with a 304, a browser keeps the old policy.
        headers = tuple((name, value) for name, value in response.items() if name.lower() != "etag")
        digest = sha256(repr(headers).encode() + response.content).hexdigest()
        aliases: frozenset[str] = getattr(response, "shown_aliases", frozenset())
        return cls(response.content, headers, f'"{digest[:32]}"', aliases)

    def response_for_request(self, request_id: str) -> HttpResponse:
        """Return the page as a response, with the id of an authorization request in its place."""
        body = self.body.replace(REQUEST_ID_PLACE.encode(), request_id.encode())
        return HttpResponse(body, headers=dict(self.headers))

    def response_to(self, request: HttpRequest) -> HttpResponse:
        """Return the page as a response, or a 304 for a browser that has it."""
        known_etags = request.META.get("HTTP_IF_NONE_MATCH")
        if known_etags and self._is_among(parse_etags(known_etags)):
            headers = {
                name: value for name, value in self.headers if name.lower() not in BODY_HEADERS
            }
            response: HttpResponse = HttpResponseNotModified(headers=headers)
        else:
            response = HttpResponse(self.body, headers=dict(self.headers))
        response.headers["ETag"] = self.etag
        return response

    def _is_among(self, etags: list[str]) -> bool:
        # A proxy that compresses the page makes the tag weak (W/).
        return any(each == "*" or each.removeprefix("W/") == self.etag for each in etags)

    @property
    def size(self) -> int:
        """The approximate size in memory, in bytes."""
        return len(self.body) + 2000


class PageCache:
    """An LRU cache limited by KEPT_PAGES_BYTES."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[PageKey, CachedPage] = OrderedDict()
        self._size = 0

    def get(self, key: PageKey) -> CachedPage | None:
        """Return the cached page, or None."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def store(self, key: PageKey, page: CachedPage) -> None:
        """Store the page; evict the least recently used ones."""
        with self._lock:
            replaced = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += page.size - (replaced.size if replaced else 0)
            while self._size > settings.KEPT_PAGES_BYTES:
                self._size -= self._pages.popitem(last=False)[1].size


page_cache = PageCache()
