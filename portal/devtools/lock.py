"""A lock, so that only one supervisor runs in a clone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.devtools.command_errors import CommandFailed


@contextmanager
def hold_lock(lock: Path) -> Iterator[None]:
    """Hold the lock during the block; the system releases it when the process ends."""
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(_busy(lock)) from None
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
