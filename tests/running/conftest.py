"""A place for servers and processes, and a supervisor of them in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.devtools.folders import ROOT, VAR
from portal.devtools.processes import wait_until

Supervise = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder in the clone: where the clone itself can be reached, its servers can, too."""
    VAR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="tests-") as folder:
        yield Path(folder)


@pytest.fixture
def supervise(var: Path) -> Iterator[Supervise]:
    """Start a supervisor of a server and one witness, and wait until both are up."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        (var / "witness").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.running.supervisor", str(var)]
        started.append(subprocess.Popen(command, cwd=ROOT))
        assert wait_until(lambda: (var / "witness").exists(), seconds=60)
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait()
