"""The readiness of this process, checked at most once per second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, ProgrammingError
from django.db import connection as database
from django.utils import timezone

from core.keyring.canary import check_canary
from core.keyring.keyset import KeysetError, keyring
from core.observability import metrics
from portal.server import migration_state

FRESH_SECONDS = 1.0
# A check takes milliseconds, or five seconds if the pool has no connection.
STUCK_SECONDS = 6.0
# About the tolerance of TOTP codes and ID tokens.
CLOCK_SECONDS = 30.0

QUERY = f"SELECT clock_timestamp(), array({migration_state.APPLIED})"

log = logging.getLogger("menkou.readiness")


@dataclass(frozen=True)
class Readiness:
    """The state of each part, "ok" or another word, and the clock offset."""

    database: str = "unknown"
    migrations: str = "unknown"
    keys: str = "unknown"
    clock: str = "unknown"
    clock_offset_seconds: float | None = None
    # For the log only.
    keys_reason: str = ""

    @property
    def state(self) -> tuple[str, ...]:
        """The values whose changes are logged."""
        return self.database, self.migrations, self.keys, self.clock, self.keys_reason

    def as_response(self) -> dict[str, Any]:
        """The content of the response."""
        response = {"ready": self.ready, **asdict(self)}
        del response["keys_reason"]
        return response

    @property
    def ready(self) -> bool:
        """Whether all parts are ok."""
        return {self.database, self.migrations, self.keys, self.clock} == {"ok"}


READY = Readiness("ok", "ok", "ok", "ok")


def check_readiness() -> Readiness:
    """Check every part, with two queries."""
    try:
        applied, offset = query_database()
        keys_reason = keys_error()
    except ProgrammingError:
        return Readiness(database="ok", migrations="behind")  # not even the first tables
    except DatabaseError:
        return Readiness(database="away")
    metrics.clock_offset.set(offset)
    metrics.keyset_wrong.set(bool(keys_reason))
    return Readiness(
        database="ok",
        migrations=migration_state.compare_migrations(applied),
        keys="wrong" if keys_reason else "ok",
        clock="ok" if abs(offset) <= CLOCK_SECONDS else "off",
        clock_offset_seconds=round(offset, 1),
        keys_reason=keys_reason,
    )


def query_database() -> tuple[frozenset[migration_state.Migration], float]:
    """Return the applied migrations, and our clock's offset from the database's."""
    with database.cursor() as cursor:
        before = timezone.now()
        cursor.execute(QUERY)
        now, names = cursor.fetchone()
        after = timezone.now()
    return migration_state.parse_migrations(names), clock_offset(before, now, after)


def clock_offset(before: datetime, now: datetime, after: datetime) -> float:
    """Return the least possible offset in seconds; the query takes time."""
    if now < before:
        return (before - now) / timedelta(seconds=1)
    return min(0.0, (after - now) / timedelta(seconds=1))


def keys_error() -> str:
    """Return why the keyset file does not open this database's secrets, or "".

    It reads the file again: with a damaged file, a running process works on but cannot restart.
    """
    try:
        check_canary(keyring.open_with_file)
    except KeysetError as error:
        return str(error)
    return ""


class ReadinessCache:
    """Caches the last result; one thread refreshes it while the others do not wait."""

    def __init__(
        self,
        look: Callable[[], Readiness],
        *,
        fresh: float = FRESH_SECONDS,
        stuck: float = STUCK_SECONDS,
    ) -> None:
        self._check, self._fresh, self._stuck = look, fresh, stuck
        self._checking = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Drop the cached result."""
        self._last: Readiness | None = None
        self._seen_at = 0.0

    def readiness(self) -> Readiness:
        """Return a recent result."""
        if (last := self._seen_within(self._fresh)) is not None:
            return last
        # Only the first check has no earlier result to return meanwhile.
        if self._checking.acquire(timeout=0 if self._last else self._stuck):
            try:
                return self._seen_within(self._fresh) or self._refresh()
            finally:
                self._checking.release()
        return self._seen_within(self._stuck) or Readiness(database="away")

    def _seen_within(self, seconds: float) -> Readiness | None:
        return self._last if time.monotonic() - self._seen_at < seconds else None

    def _refresh(self) -> Readiness:
        seen = self._check()
        if seen.state != (self._last or READY).state:
            # Only changes are logged; load balancers ask every few seconds.
            log.log(logging.INFO if seen.ready else logging.WARNING, describe_readiness(seen))
        self._last, self._seen_at = seen, time.monotonic()
        return seen


def describe_readiness(seen: Readiness) -> str:
    """Return the log message for a result."""
    if seen.ready:
        return "ready"
    parts = ("database", "migrations", "keys", "clock")
    wrong = [f"{part} {getattr(seen, part)}" for part in parts if getattr(seen, part) != "ok"]
    reason = f". {seen.keys_reason}" if seen.keys_reason else ""
    offset = seen.clock_offset_seconds
    clock = "" if offset is None else f"; our clock is {offset} s ahead of the database's"
    return f"not ready: {', '.join(wrong)}{clock}{reason}"


readiness_cache = ReadinessCache(check_readiness)
