"""One supervisor at a time in one clone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.running.refusal import Refused


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock while the block runs; the system lets go of it however we end."""
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(_busy(lock)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _busy(lock: Path) -> str:
    holder = lock.read_text(encoding="utf-8") or "unknown"
    return (
        f"`make {lock.stem}` is already at work in this folder (process {holder}). "
        "Stop it with Ctrl-C first."
    )
