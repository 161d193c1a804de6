"""How many threads may wait for one connection's provider, so that it never stalls the site."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings

WAIT_SECONDS = 2.0


class NoPlace(Exception):
    """Too many people already wait for this provider."""


class Places:
    """Places in one process: half of its threads may ask one provider, a quarter may queue."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asking: defaultdict[UUID, int] = defaultdict(int)
        self._queued: defaultdict[UUID, int] = defaultdict(int)

    @contextlib.contextmanager
    def take(self, connection_id: UUID) -> Iterator[None]:
        """Hold a place for the block; raises NoPlace after two seconds, or at once in a crowd."""
        with self._changed:
            self._wait_for_place(connection_id)
            self._asking[connection_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking[connection_id] -= 1
                if not self._asking[connection_id]:
                    del self._asking[connection_id]
                self._changed.notify_all()

    def _wait_for_place(self, connection_id: UUID) -> None:
        threads = settings.MENKOU_THREADS

        def free() -> bool:
            return self._asking[connection_id] < max(1, threads // 2)

        if free():
            return
        if self._queued[connection_id] >= max(1, threads // 4):
            raise NoPlace
        self._queued[connection_id] += 1
        try:
            if not self._changed.wait_for(free, timeout=WAIT_SECONDS):
                raise NoPlace
        finally:
            self._queued[connection_id] -= 1


places = Places()
