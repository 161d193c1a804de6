"""Limits how many threads wait for other servers, so that a slow one cannot stall the site."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

WAIT_SECONDS = 2.0


class LimiterFull(Exception):
    """Too many threads already wait for other servers."""


@dataclass(frozen=True)
class Share:
    """The share of a worker's threads for one kind of work: per key, in total, and queued."""

    name: str
    per_key: float
    in_all: float
    queue: float


# By connection. All connections to a provider hang when it does.
SIGN_INS = Share("sign-ins", per_key=1 / 2, in_all=3 / 4, queue=1 / 8)
# By project: form checks and connection tests. With the queue, a quarter of the threads.
FORMS = Share("forms", per_key=1 / 16, in_all=3 / 16, queue=1 / 16)


class ConcurrencyLimiter:
    """A concurrency limiter for one process; some threads always stay free for other requests.

    In total, three quarters of the threads may wait for other servers, and an eighth may queue for
    up to two seconds.
    """

    MAX_SHARE = 3 / 4
    MAX_QUEUED = 1 / 8

    def __init__(self, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._running: Counter[tuple[Share, UUID]] = Counter()
        self._queued: Counter[Share] = Counter()

    @contextlib.contextmanager
    def acquire(self, key: UUID, share: Share = SIGN_INS) -> Iterator[None]:
        """Hold a slot for the block; raises LimiterFull after the wait, or at once with a full
        queue.

        `key` is the id of the connection or project for which the slot counts.
        """
        with self._changed:
            self._wait_for_slot(key, share)
            self._running[share, key] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running[share, key] -= 1
                self._running = +self._running
                self._changed.notify_all()

    def _wait_for_slot(self, key: UUID, share: Share) -> None:
        def free() -> bool:
            return self._is_free(key, share)

        if free():
            return
        in_queue, of_all = self._queued[share], self._queued.total()
        if in_queue >= thread_count(share.queue) or of_all >= thread_count(self.MAX_QUEUED):
            raise LimiterFull
        self._queued[share] += 1
        try:
            if not self._changed.wait_for(free, timeout=self._wait_seconds):
                raise LimiterFull
        finally:
            self._queued[share] -= 1

    def _is_free(self, key: UUID, share: Share) -> bool:
        of_share = sum(number for (each, _key), number in self._running.items() if each == share)
        return (
            self._running[share, key] < thread_count(share.per_key)
            and of_share < thread_count(share.in_all)
            and self._running.total() < thread_count(self.MAX_SHARE)
        )


def thread_count(part: float) -> int:
    """Return this share of a worker's threads, at least one."""
    return max(1, int(settings.MENKOU_THREADS * part))


limiter = ConcurrencyLimiter()
