"""Where the processes of one server keep their counts for each other, and how the dead leave it."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# What adds up over processes; gauges of the living are removed with them.
ADDED_UP = ("counter", "histogram")


def make_folder() -> Path:
    """Return the folder of this server's counts, made once, gone when this process ends.

    Where counts go is decided when prometheus_client is first imported, so this must come first.
    """
    if "prometheus_client" in sys.modules and VARIABLE in os.environ:
        return Path(os.environ[VARIABLE])
    # One that is in the environment already is that of the process which started this one.
    folder = Path(tempfile.mkdtemp(prefix="menkou-metrics-"))
    os.environ[VARIABLE] = str(folder)
    atexit.register(remove, folder, os.getpid())
    return folder


def remove(folder: Path, owner: int) -> None:
    """Remove the folder, unless this is a child of the process that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep others from reading while counts move from one file to another."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bury(folder: Path, pid: int) -> None:
    """Add what a dead process counted to what all the dead have counted, and remove its files.

    Without its counts the totals would fall, which Prometheus takes for a restart of everything.
    """
    from prometheus_client.multiprocess import mark_process_dead

    with alone_in(folder):
        mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        for kind in ADDED_UP:
            left = folder / f"{kind}_{pid}.db"
            if left.exists():
                add(left, folder / f"{kind}_departed.db")
                left.unlink()


def add(left: Path, to: Path) -> None:
    """Add the counts of one file to those of another; half-written ones are lost."""
    from prometheus_client.mmap_dict import MmapedDict

    total = MmapedDict(str(to))  # type: ignore[no-untyped-call]
    with contextlib.suppress(RuntimeError, ValueError), contextlib.closing(total):
        for key, value, _at, _place in MmapedDict.read_all_values_from_file(str(left)):  # type: ignore[no-untyped-call]
            before, _moment = total.read_value(key)  # type: ignore[no-untyped-call]
            total.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
