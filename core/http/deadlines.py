"""A common deadline for all calls that belong to one callback, enforced by one thread."""

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
# Deadlines that pass within this time are handled together.
PAUSE_SECONDS = 0.02


class Deadline:
    """A deadline shared by all calls of one callback; open connections are cut when it passes.

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
        """Cut this connection as well when the deadline passes."""
        # A duplicate: TLS takes the original socket over, and cannot duplicate its own.
        copy = socket.fromfd(connection.fileno(), connection.family, connection.type)
        with self._lock:
            self._sockets.append(copy)
        if self.passed:
            self.cut()

    def close(self) -> None:
        """Cancel the deadline and release its connections."""
        with self._lock:
            self.closed = True
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def cut(self) -> None:
        """Cut the open connections, unless the deadline was cancelled."""
        with self._lock:
            if self.closed:
                return
            self.passed = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class DeadlineThread:
    """The thread that enforces all deadlines; a thread for each would cost more than most calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deadline]] = []
        self._sequence = count()
        self._process = 0

    def add(self, end: Deadline) -> None:
        """Cut the deadline's connections when it passes."""
        with self._changed:
            if self._process != os.getpid():
                self._start_thread()
            heapq.heappush(self._waiting, (end.ends, next(self._sequence), end))
            if self._waiting[0][2] is end:
                self._changed.notify()

    def _start_thread(self) -> None:
        # Threads do not survive a fork, and the deadlines of the parent are not ours.
        self._process = os.getpid()
        self._waiting.clear()
        threading.Thread(target=self._run, name="deadlines", daemon=True).start()

    def _run(self) -> None:
        while True:
            for end in self._wait_for_expired():
                end.cut()
            time.sleep(PAUSE_SECONDS)

    def _wait_for_expired(self) -> list[Deadline]:
        """Wait for the next deadline; return all that have passed."""
        with self._changed:
            while not self._waiting or self._waiting[0][0] > time.monotonic():
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                self._changed.wait(left)
            over = []
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                over.append(heapq.heappop(self._waiting)[2])
            return over


_watch = DeadlineThread()
_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current_deadline() -> Deadline | None:
    """Return the deadline in force, or None."""
    return _deadline.get()


@contextlib.contextmanager
def deadline(seconds: float = DEADLINE_SECONDS) -> Iterator[Deadline]:
    """Give all calls inside the block one common deadline."""
    end = Deadline(seconds)
    token = _deadline.set(end)
    try:
        yield end
    finally:
        _deadline.reset(token)
        end.close()
