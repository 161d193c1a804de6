"""The simulator's time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """A clock that tests can move. Codes, tokens and QR codes expire by it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        if self._stopped_at is not None:
            return self._stopped_at
        return time.time() + self._ahead

    def read(self) -> str:
        """The time as ISO 8601 text in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat().replace("+00:00", "Z")

    def advance(self, seconds: float) -> None:
        """Move forward. A stopped clock stays stopped."""
        if self._stopped_at is not None:
            self._stopped_at += seconds
        else:
            self._ahead += seconds

    def stop_at(self, moment: datetime) -> None:
        """Stop at a time. Without a time zone it is UTC."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self._stopped_at = aware.timestamp()

    def follow_real_time(self) -> None:
        """Return to real time."""
        self._ahead = 0.0
        self._stopped_at = None
