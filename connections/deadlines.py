"""One end to all calls that are made for one callback, kept by one thread of the process."""

from __future__ import annotations

import contextlib
import heapq
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import count

DEADLINE_SECONDS = 7.0
# Ends that come one after the other are looked at together.
PAUSE_SECONDS = 0.02


class Deadline:
    """An end that all calls of one callback share; at that moment open connections are cut.

    Time limits of sockets start anew with every byte, so a server that drips would never end.
    """

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.passed = False
        self.closed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        _watch.add(self)

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.ends - time.monotonic())

    def guard(self, connection: socket.socket) -> None:
        """Cut this connection, too, when time is up."""
        # A duplicate: TLS takes the original socket over, and cannot duplicate its own.
        copy = socket.fromfd(connection.fileno(), connection.family, connection.type)
        with self._lock:
            self._sockets.append(copy)
        if self.passed:
            self.cut()

    def close(self) -> None:
        """Stop the clock."""
        with self._lock:
            self.closed = True
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def cut(self) -> None:
        """End what is open; nothing where the clock was stopped in time."""
        with self._lock:
            if self.closed:
                return
            self.passed = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Watch:
    """The thread that keeps deadlines; one for each would cost more than most calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deadline]] = []
        self._numbers = count()
        self._process = 0

    def add(self, end: Deadline) -> None:
        """Cut the deadline's connections when its time has come."""
        with self._changed:
            if self._process != os.getpid():
                self._begin()
            heapq.heappush(self._waiting, (end.ends, next(self._numbers), end))
            if self._waiting[0][2] is end:
                self._changed.notify()

    def _begin(self) -> None:
        # A thread does not live on in a forked process, and what it kept is not ours there.
        self._process = os.getpid()
        self._waiting.clear()
        threading.Thread(target=self._keep, name="deadlines", daemon=True).start()

    def _keep(self) -> None:
        while True:
            for end in self._over():
                end.cut()
            time.sleep(PAUSE_SECONDS)

    def _over(self) -> list[Deadline]:
        """Wait for the next end; return all that have come."""
        with self._changed:
            while not self._waiting or self._waiting[0][0] > time.monotonic():
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                self._changed.wait(left)
            over = []
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                over.append(heapq.heappop(self._waiting)[2])
            return over


_watch = Watch()
_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def present() -> Deadline | None:
    """Return the end that calls have to keep at the moment, if there is one."""
    return _deadline.get()


@contextlib.contextmanager
def deadline(seconds: float = DEADLINE_SECONDS) -> Iterator[Deadline]:
    """Put one end to all calls that are made inside the block."""
    end = Deadline(seconds)
    token = _deadline.set(end)
    try:
        yield end
    finally:
        _deadline.reset(token)
        end.close()
