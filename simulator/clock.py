"""The simulator's time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Tells the time, and lets tests move it: codes, tokens and QR codes age by this clock."""

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
        """Move forward; a stopped clock stays stopped, a running one goes on from there."""
        if self._stopped_at is not None:
            self._stopped_at += seconds
        else:
            self._ahead += seconds

    def stop_at(self, moment: datetime) -> None:
        """Stand still at a moment, which is read as UTC unless it says otherwise."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self._stopped_at = aware.timestamp()

    def follow_real_time(self) -> None:
        """Forget every change and tell real time again."""
        self._ahead = 0.0
        self._stopped_at = None
