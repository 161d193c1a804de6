"""How many threads may wait for providers, so that a slow one never stalls the site."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings

WAIT_SECONDS = 2.0


class NoPlace(Exception):
    """Too many people already wait for this provider."""


class Places:
    """Places in one process, so that some of its threads always answer everybody else.

    Half of the threads may ask by one connection, three quarters by all of them together: when a
    provider hangs, all connections to it hang. An eighth may queue, two seconds long.
    """

    def __init__(self, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._asking: Counter[UUID] = Counter()
        self._queued = 0

    @contextlib.contextmanager
    def take(self, connection_id: UUID) -> Iterator[None]:
        """Hold a place for the block; raises NoPlace after the wait, or at once in a crowd."""
        with self._changed:
            self._wait_for_place(connection_id)
            self._asking[connection_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking[connection_id] -= 1
                self._asking = +self._asking
                self._changed.notify_all()

    def _wait_for_place(self, connection_id: UUID) -> None:
        def free() -> bool:
            return self._is_free(connection_id)

        if free():
            return
        if self._queued >= max(1, settings.MENKOU_THREADS // 8):
            raise NoPlace
        self._queued += 1
        try:
            if not self._changed.wait_for(free, timeout=self._wait_seconds):
                raise NoPlace
        finally:
            self._queued -= 1

    def _is_free(self, connection_id: UUID) -> bool:
        threads = settings.MENKOU_THREADS
        return self._asking[connection_id] < max(1, threads // 2) and self._asking.total() < max(
            1, threads * 3 // 4
        )


places = Places()
