"""A cache for documents of providers: discovery documents, key sets and SAML metadata.

Each process has its own copies and shares those in the database cache. A copy is fresh for one
hour. After that it is fetched again. If that fails, the old copy is used until it is a day old.
Only the members of a document that are needed are kept.

A save, a test and a failed verification fetch again earlier. A document that has changed is
announced to the other processes, which then read the shared copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from threading import Event, Lock
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.cache import cache

from connections.protocols.protocol import current_timed
from connections.protocols.responses import status_failure
from connections.values.failures import SignInFailed
from core.http import client as http_client
from core.http import deadlines
from core.http.client import DEADLINE_SECONDS, READ_SECONDS, RequestFailed, Response
from core.postgresql.listener import notify
from core.postgresql.release import release_db_connection
from core.untrusted import LONGEST_URL

FRESH_SECONDS = 60 * 60
OLDEST_SECONDS = 24 * 60 * 60
# Minimum time between two requests for a newer copy, successful or not.
PAUSE_SECONDS = 10
# The same for a save and a test, which only members of a project can make.
ANEW_SECONDS = 1
# Announces the key of a shared copy that has changed.
CHANNEL = "menkou_documents"
# While announcements are not heard, the shared copy is read this often.
UNHEARD_SECONDS = 1
# A newer copy is requested only with this much of the deadline left. Otherwise a tenant with a slow
# server could use up everyone's request with one that cannot succeed.
MIN_SECONDS_LEFT = READ_SECONDS
MOST = 500
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Kind:
    """A kind of document. One URL may serve several kinds, which are cached separately."""

    name: str
    # Returns the members of a response to keep; raises SignInFailed.
    read: Callable[[Response], dict[str, Any]]
    # The Accept header of the request.
    media_types: str = "application/json"

    @property
    def call(self) -> str:
        """The name of the request in the details of a sign-in."""
        return self.name.split("-")[1]


@dataclass(frozen=True)
class _Location:
    """The URL of a document of some kind."""

    url: str
    kind: Kind

    @property
    def key(self) -> str:
        """The cache key of the shared copy."""
        return f"{self.kind.name}:{sha256(self.url.encode()).hexdigest()}"


@dataclass(frozen=True)
class Copy:
    """A document, and when it was fetched."""

    document: dict[str, Any]
    fetched: float

    def is_younger_than(self, seconds: float) -> bool:
        """Whether it was fetched within the last seconds."""
        return -60 <= time.time() - self.fetched < seconds


# How old a document may be where the caller does not say it.
_within: ContextVar[float] = ContextVar("within", default=FRESH_SECONDS)


@contextmanager
def bypass_cache() -> Iterator[None]:
    """Fetch again every document that is requested in the block, once a second at most."""
    token = _within.set(ANEW_SECONDS)
    try:
        yield
    finally:
        _within.reset(token)


class DiscoveryCache:
    """The copies of one process."""

    # Whether announcements of other processes are heard within a second.
    hears_changes: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self) -> None:
        self._copies: dict[_Location, Copy] = {}
        # When each copy was last known to be the shared one, until something else is announced.
        self._compared: dict[str, float] = {}
        # Counts announcements, so that a copy read before one does not count as compared after it.
        self._heard = 0
        # When a newer copy was last requested, oldest first; see PAUSE_SECONDS.
        self._asked: dict[_Location, float] = {}
        # The requests for newer copies that are still running.
        self._fetching: dict[_Location, Event] = {}
        self._lock = Lock()

    def get(self, url: str, kind: Kind, *, within: float | None = None) -> dict[str, Any]:
        """Return the document, no older than `within`; raises RequestFailed or SignInFailed.

        If the server does not provide it, a copy less than a day old is returned.
        """
        within = _within.get() if within is None else within
        location = _Location(url, kind)
        copy = self._best(location, within)
        if copy and copy.is_younger_than(within):
            return copy.document
        if copy is None or not copy.is_younger_than(OLDEST_SECONDS):
            return self._fetch(location)
        return self._renewed(location, within) or copy.document

    def newer(self, url: str, kind: Kind, document: dict[str, Any]) -> dict[str, Any] | None:
        """Fetch the document again; return None if it has not changed.

        For signatures that do not verify. A server is requested once in PAUSE_SECONDS, and all
        threads that need the document in that time get the result.
        """
        found = self.get(url, kind, within=PAUSE_SECONDS)
        return None if found == document else found

    def latest(self, url: str, kind: Kind) -> dict[str, Any] | None:
        """Return the usable copy or None, without a request."""
        copy = self._best(_Location(url, kind), FRESH_SECONDS)
        return copy.document if copy and copy.is_younger_than(OLDEST_SECONDS) else None

    def clear(self) -> None:
        """Remove all copies, as in a new process. For tests."""
        with self._lock:
            self._copies.clear()
            self._compared.clear()
            self._asked.clear()

    def hear_change(self, key: str) -> None:
        """Read the shared copy with this key before the own one is used again."""
        with self._lock:
            self._heard += 1
            self._compared.pop(key, None)

    def hear_anything(self) -> None:
        """Read all shared copies again: announcements may have been missed."""
        with self._lock:
            self._heard += 1
            self._compared.clear()

    def _best(self, location: _Location, within: float) -> Copy | None:
        own = self._copies.get(location)
        if own and own.is_younger_than(within) and self._is_compared(location):
            return own
        heard, now = self._heard, time.monotonic()
        found = cache.get(location.key)
        # Other requests may need the database connection during the fetch.
        release_db_connection()
        shared = Copy(*found) if found else None
        best = shared or own
        if best:
            self._keep(location, best, heard, now)
        return best

    def _is_compared(self, location: _Location) -> bool:
        compared = self._compared.get(location.key)
        if compared is None:
            return False
        return self.hears_changes() or time.monotonic() - compared < UNHEARD_SECONDS

    def _renewed(self, location: _Location, within: float) -> dict[str, Any] | None:
        """Return a newer copy's document, or None if there is none for now."""
        with self._lock:
            ending = self._fetching.get(location)
            has_time = _seconds_left() >= MIN_SECONDS_LEFT
            may_fetch = ending is None and has_time and self._begin(location, within)
        if may_fetch:
            try:
                return self._fetch(location)
            except RequestFailed:
                return None
            except SignInFailed as failure:
                if within <= ANEW_SECONDS and is_permanent(failure):
                    raise
                return None
            finally:
                with self._lock:
                    self._fetching.pop(location).set()
        if ending is None or within >= FRESH_SECONDS:
            return None
        # Another thread is fetching the same document.
        ending.wait(_seconds_left())
        copy = self._copies.get(location)
        return copy.document if copy else None

    def _begin(self, location: _Location, within: float) -> bool:
        """Whether a newer copy may be requested now. The caller holds the lock."""
        now = time.monotonic()
        for each, asked in list(self._asked.items()):
            if now - asked < PAUSE_SECONDS:
                break
            del self._asked[each]
        if now - self._asked.get(location, -PAUSE_SECONDS) < min(within, PAUSE_SECONDS):
            return False
        self._asked.pop(location, None)
        self._asked[location] = now
        self._fetching[location] = Event()
        return True

    def _fetch(self, location: _Location) -> dict[str, Any]:
        with current_timed.get()(location.kind.call):
            response = get_following_redirects(location.url, location.kind.media_types)
        if response.status_code != 200:
            raise status_failure(response)
        document = location.kind.read(response)
        copy = Copy(document, time.time())
        former = self._copies.get(location)
        heard, now = self._heard, time.monotonic()
        cache.set(location.key, (copy.document, copy.fetched), timeout=OLDEST_SECONDS)
        if former is None or former.document != document:
            notify(CHANNEL, location.key)
        release_db_connection()
        self._keep(location, copy, heard, now)
        return document

    def _keep(self, location: _Location, copy: Copy, heard: int, now: float) -> None:
        """Keep a copy that was the shared one at a time, after so many announcements."""
        with self._lock:
            if len(self._copies) >= MOST and location not in self._copies:
                dropped = next(iter(self._copies))
                del self._copies[dropped]
                self._compared.pop(dropped.key, None)
            self._copies[location] = copy
            if heard == self._heard:
                self._compared[location.key] = now


def is_permanent(failure: SignInFailed) -> bool:
    """Whether the server answered with something else than the document, and was not just busy."""
    return failure.cause not in {"http_status", "rate_limited"}


def get_following_redirects(url: str, media_types: str) -> Response:
    """Return the response to a GET request without secrets, after a few redirects.

    Each address is checked like the first. A redirect never leaves https.
    """
    redirects = 0
    with http_client.new_session() as session:
        while True:
            response = session.get(url, headers={"Accept": media_types})
            target = response.headers.get("location", "")
            is_redirect = response.status_code in REDIRECTS and target
            if not is_redirect or redirects == MAX_REDIRECTS:
                return response
            url = redirect_target(url, target)
            redirects += 1


def redirect_target(url: str, target: str) -> str:
    """Return where a redirect leads; raises SignInFailed if it must not be followed."""
    if len(target) > LONGEST_URL or not target.isascii():
        raise SignInFailed("unexpected_status", received=target)
    found = urljoin(url, target)
    if not found.startswith("https://") and urlsplit(found)[:2] != urlsplit(url)[:2]:
        raise SignInFailed("unexpected_status", received=found, expected="https://")
    return found


def _seconds_left() -> float:
    end = deadlines.current_deadline()
    return end.remaining if end else DEADLINE_SECONDS


discovery_cache = DiscoveryCache()
