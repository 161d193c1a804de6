"""The folder in which the processes of one server share their Prometheus metrics."""

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

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# Kinds that are summed over processes; gauges are removed with their process.
SUMMED_KINDS = ("counter", "histogram")


def make_metrics_folder() -> Path:
    """Create the metrics folder, which is removed when this process ends; return its path.

    Call it before prometheus_client is imported, which reads the path on import.
    """
    if "prometheus_client" in sys.modules and FOLDER_VARIABLE in os.environ:
        return Path(os.environ[FOLDER_VARIABLE])
    # A folder in the environment belongs to the process that started this one.
    folder = Path(tempfile.mkdtemp(prefix="menkou-metrics-"))
    os.environ[FOLDER_VARIABLE] = str(folder)
    atexit.register(remove_folder, folder, os.getpid())
    return folder


def remove_folder(folder: Path, owner: int) -> None:
    """Remove the folder, unless this is a child of the process that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock the folder, so that nothing is read while counts move between files."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def merge_dead_process(folder: Path, pid: int) -> None:
    """Add a dead process's counts to the total of dead processes, and remove its files.

    Without them the totals would fall, which Prometheus interprets as a restart.
    """
    from prometheus_client.multiprocess import mark_process_dead

    with lock_folder(folder):
        mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        for kind in SUMMED_KINDS:
            left = folder / f"{kind}_{pid}.db"
            if left.exists():
                add_counts(left, folder / f"{kind}_departed.db")
                left.unlink()


def add_counts(left: Path, to: Path) -> None:
    """Add the counts of one file to those of another; half-written ones are lost."""
    from prometheus_client.mmap_dict import MmapedDict

    total = MmapedDict(str(to))  # type: ignore[no-untyped-call]
    with contextlib.suppress(RuntimeError, ValueError), contextlib.closing(total):
        for key, value, _at, _place in MmapedDict.read_all_values_from_file(str(left)):  # type: ignore[no-untyped-call]
            before, _moment = total.read_value(key)  # type: ignore[no-untyped-call]
            total.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
