"""Documents of providers (discovery, keys) that are asked for once and kept for a while.

Each process has its own copies, and all share those in the database cache. An hour long a copy is
as good as new; then it is asked for again, and where that fails, the old copy serves on until it is
a day old.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.core.cache import cache
from requests import Response

from connections.outside import NoAnswer
from connections.signin.failures import SignInFailed
from connections.signin.reading import object_of
from connections.waiting import let_go_of_database

FRESH_SECONDS = 60 * 60
OLDEST_SECONDS = 24 * 60 * 60
# After a failure, and between two questions about keys that nobody knows.
PAUSE_SECONDS = 10
MOST = 500

Check = Callable[[dict[str, Any]], object]
Read = Callable[[Response], dict[str, Any]]


@dataclass(frozen=True)
class Copy:
    """A document, and when it was fetched."""

    document: dict[str, Any]
    fetched: float

    def is_younger_than(self, seconds: float) -> bool:
        """Whether it was fetched within the last seconds."""
        return -60 <= time.time() - self.fetched < seconds


class Kept:
    """The copies of one process."""

    def __init__(self) -> None:
        self._copies: dict[str, Copy] = {}
        self._asked: dict[str, float] = {}
        self._lock = Lock()

    def get(
        self,
        url: str,
        check: Check,
        *,
        within: float = FRESH_SECONDS,
        read: Read = object_of,
    ) -> dict[str, Any]:
        """Return the document, not older than asked for; raises NoAnswer or SignInFailed.

        Where the server gives none, an old copy is returned that is less than a day old. `read`
        turns an answer into what is kept of it.
        """
        copy = self._best(url, within)
        if copy and copy.is_younger_than(within):
            return copy.document
        usable = copy if copy and copy.is_younger_than(OLDEST_SECONDS) else None
        if usable and time.monotonic() - self._asked.get(url, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return usable.document
        try:
            return self._fetch(url, check, read)
        except (NoAnswer, SignInFailed):
            if usable:
                return usable.document
            raise

    def latest(self, url: str) -> dict[str, Any] | None:
        """Return the copy that there is, if there is a usable one; nobody is asked."""
        copy = self._best(url, FRESH_SECONDS)
        return copy.document if copy and copy.is_younger_than(OLDEST_SECONDS) else None

    def forget(self) -> None:
        """Begin again with nothing, as a process that has just started; tests ask for it."""
        with self._lock:
            self._copies.clear()
            self._asked.clear()

    def _best(self, url: str, within: float) -> Copy | None:
        own = self._copies.get(url)
        if own and own.is_younger_than(within):
            return own
        found = cache.get(_key(url))
        # Others may need the connection while a server is asked.
        let_go_of_database()
        shared = Copy(*found) if found else None
        if shared and (own is None or shared.fetched > own.fetched):
            self._keep(url, shared)
            return shared
        return own

    def _fetch(self, url: str, check: Check, read: Read) -> dict[str, Any]:
        self._asked[url] = time.monotonic()
        with get_adapter().get_requests_session() as session:
            response = session.get(url, headers={"Accept": "application/json"})
        if response.status_code != 200:
            raise SignInFailed("http_status", code=str(response.status_code))
        document = read(response)
        check(document)
        copy = Copy(document, time.time())
        self._keep(url, copy)
        cache.set(_key(url), (copy.document, copy.fetched), timeout=OLDEST_SECONDS)
        let_go_of_database()
        return document

    def _keep(self, url: str, copy: Copy) -> None:
        with self._lock:
            if len(self._copies) >= MOST and url not in self._copies:
                gone = next(iter(self._copies))
                del self._copies[gone]
                self._asked.pop(gone, None)
            self._copies[url] = copy


def _key(url: str) -> str:
    return f"kept:{sha256(url.encode()).hexdigest()}"


kept = Kept()
