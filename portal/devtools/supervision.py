"""What every command does that starts processes: one at a time, and none survives it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.lock import hold_lock

INTERRUPTED = 130
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervised(var: Path, name: str, work: Callable[[ChildProcesses], None]) -> int:
    """Do the work under the lock of this name; return the exit code."""
    children = ChildProcesses(var / f"{name}.children.json")
    try:
        with interruptible(), hold_lock(var / f"{name}.lock"):
            children.terminate_leftovers()
            with children:
                work(children)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt inside the block for the first signal; ignore later ones.

    The signals are SIGINT, SIGTERM and SIGHUP.
    """
    before = {number: signal.signal(number, _interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not interrupt the cleanup.
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
