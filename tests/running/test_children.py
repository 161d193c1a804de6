"""Processes that we start end with us, and only they do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.processes import command_line, wait_until

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)",
]
PARENT = [
    sys.executable,
    "-c",
    "import pathlib, subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); time.sleep(60)",
]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEPER) as process:
        assert wait_until(lambda: command_line(process.pid) == " ".join(SLEEPER))
        yield process
        process.kill()


def test_leaving_ends_every_child_and_forgets_them(var: Path) -> None:
    with ChildProcesses(var / "children.json") as children:
        processes = [children.start(name, SLEEPER) for name in ("first", "second")]
        assert set(json.loads((var / "children.json").read_text())) == {
            str(process.pid) for process in processes
        }
    assert [process.returncode for process in processes] == [-15, -15]
    assert not (var / "children.json").exists()


def test_a_child_that_does_not_listen_is_killed(var: Path) -> None:
    with ChildProcesses(var / "children.json", patience=0.1) as children:
        process = children.start("deaf", [*DEAF, str(var / "ready")])
        assert wait_until((var / "ready").exists)
    assert process.returncode == -9


def test_what_a_child_started_ends_with_it(var: Path) -> None:
    grandchild = var / "grandchild"
    with ChildProcesses(var / "children.json") as children:
        children.start("parent", [*PARENT, str(grandchild)])
        assert wait_until(lambda: grandchild.exists() and grandchild.read_text() != "")
    assert wait_until(lambda: command_line(int(grandchild.read_text())) is None)


def test_the_child_that_stopped_by_itself_is_named(var: Path) -> None:
    with ChildProcesses(var / "children.json") as children:
        children.start("steady", SLEEPER)
        assert children.first_ended() is None
        children.start("hasty", [sys.executable, "-c", ""]).wait()
        assert children.first_ended() == "hasty"


def test_running_a_command_gives_its_exit_code(var: Path) -> None:
    with ChildProcesses(var / "children.json") as children:
        assert children.run("seven", [sys.executable, "-c", "raise SystemExit(7)"]) == 7
        assert children.first_ended() is None


def test_a_child_left_by_a_killed_supervisor_is_ended_at_the_next_start(var: Path, sleeper) -> None:
    (var / "children.json").write_text(json.dumps({sleeper.pid: " ".join(SLEEPER)}))
    ChildProcesses(var / "children.json").terminate_leftovers()
    assert sleeper.wait() == -15
    assert not (var / "children.json").exists()


def test_a_number_that_means_another_process_by_now_is_left_alone(var: Path, sleeper) -> None:
    (var / "children.json").write_text(json.dumps({sleeper.pid: "another command"}))
    ChildProcesses(var / "children.json").terminate_leftovers()
    assert sleeper.poll() is None
    assert not (var / "children.json").exists()
