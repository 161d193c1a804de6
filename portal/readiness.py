"""Whether this process can do its work: asked often, looked into once a second at most."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, ProgrammingError
from django.db import connection as database
from django.utils import timezone

from connections.keyset import KeysetError
from connections.secrets import open_canary
from portal import schema
from portal.observing import metrics

FRESH_SECONDS = 1.0
# A look takes milliseconds, or the five seconds in which the pool finds no connection.
STUCK_SECONDS = 6.0
# Second factors and ID tokens forgive about as much.
CLOCK_SECONDS = 30.0

ASK = f"SELECT clock_timestamp(), array({schema.APPLIED})"

log = logging.getLogger("menkou.readiness")


@dataclass(frozen=True)
class Readiness:
    """What each part says, "ok" or another word, and how far our clock is ahead."""

    database: str = "unknown"
    migrations: str = "unknown"
    keys: str = "unknown"
    clock: str = "unknown"
    clock_offset_seconds: float | None = None

    @property
    def ready(self) -> bool:
        """Whether all of them are well."""
        return {self.database, self.migrations, self.keys, self.clock} == {"ok"}


def look() -> Readiness:
    """Look into every part, with two queries."""
    try:
        applied, offset = asked()
        keys = "ok" if canary_opens() else "wrong"
    except ProgrammingError:
        return Readiness(database="ok", migrations="behind")  # not even the first tables
    except DatabaseError:
        return Readiness(database="away")
    metrics.clock_offset.set(offset)
    return Readiness(
        database="ok",
        migrations=schema.compared(applied),
        keys=keys,
        clock="ok" if abs(offset) <= CLOCK_SECONDS else "off",
        clock_offset_seconds=round(offset, 1),
    )


def asked() -> tuple[frozenset[schema.Migration], float]:
    """Return the migrations that the database has seen, and how far we are ahead of its clock."""
    with database.cursor() as cursor:
        before = timezone.now()
        cursor.execute(ASK)
        now, names = cursor.fetchone()
        after = timezone.now()
    return schema.read(names), ahead(before, now, after)


def ahead(before: datetime, now: datetime, after: datetime) -> float:
    """Return by how many seconds we are ahead, at least: the answer may have been slow."""
    if now < before:
        return (before - now) / timedelta(seconds=1)
    return min(0.0, (after - now) / timedelta(seconds=1))


def canary_opens() -> bool:
    """Whether our keys are the ones that seal this database's secrets."""
    try:
        open_canary()
    except KeysetError:
        return False
    return True


class Watch:
    """The last look, shared by all who ask; one of them looks again, the others do not wait."""

    def __init__(
        self,
        look: Callable[[], Readiness],
        *,
        fresh: float = FRESH_SECONDS,
        stuck: float = STUCK_SECONDS,
    ) -> None:
        self._look, self._fresh, self._stuck = look, fresh, stuck
        self._looking = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Have the next look be the first."""
        self._last: Readiness | None = None
        self._seen_at = 0.0

    def readiness(self) -> Readiness:
        """Return what was seen a moment ago."""
        if (last := self._seen_within(self._fresh)) is not None:
            return last
        # Only at first is there nothing that could be told meanwhile.
        if self._looking.acquire(timeout=0 if self._last else self._stuck):
            try:
                return self._seen_within(self._fresh) or self._renewed()
            finally:
                self._looking.release()
        return self._seen_within(self._stuck) or Readiness(database="away")

    def _seen_within(self, seconds: float) -> Readiness | None:
        return self._last if time.monotonic() - self._seen_at < seconds else None

    def _renewed(self) -> Readiness:
        seen = self._look()
        if seen.ready != (self._last is None or self._last.ready):
            # Load balancers ask every few seconds; the log hears of changes only.
            log.log(logging.INFO if seen.ready else logging.WARNING, words(seen))
        self._last, self._seen_at = seen, time.monotonic()
        return seen


def words(seen: Readiness) -> str:
    """Say what is wrong, in a line for the log."""
    if seen.ready:
        return "ready"
    parts = ("database", "migrations", "keys", "clock")
    wrong = [f"{part} {getattr(seen, part)}" for part in parts if getattr(seen, part) != "ok"]
    offset = seen.clock_offset_seconds
    clock = "" if offset is None else f"; our clock is {offset} s ahead of the database's"
    return f"not ready: {', '.join(wrong)}{clock}"


watch = Watch(look)
