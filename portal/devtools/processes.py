"""Starts processes that end with their parent, recognises leftover ones, and ends them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from portal.devtools.child_environments import plain_environment

PATIENCE = 10.0
PR_SET_PDEATHSIG = 1


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: int | IO[bytes] | None = None,
    errors: int | IO[bytes] | None = None,
    when_orphaned: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in its own session, so that Ctrl-C reaches only us and we can end it.

    By default it gets the plain environment. If this process is killed, Linux sends it the signal
    ``when_orphaned``.
    """
    process = subprocess.Popen(
        command,
        env=plain_environment() if environment is None else environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        preexec_fn=_die_with_parent(when_orphaned),
    )
    # For a moment a new process has no command line, by which it is recognised later.
    wait_until(lambda: process.poll() is not None or command_line(process.pid) is not None)
    return process


def _die_with_parent(when_orphaned: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, when_orphaned)
        # The parent may have died before prctl was called.
        if os.getppid() != parent:
            os._exit(1)

    return bind


def terminate(
    process: subprocess.Popen[bytes],
    signals: Sequence[signal.Signals],
    *,
    patience: float = PATIENCE,
) -> None:
    """End a child process and its process group, with increasingly forceful signals."""
    for number in signals:
        process.send_signal(number)
        try:
            process.wait(timeout=patience)
            break
        except subprocess.TimeoutExpired:
            continue
    _kill_group(process.pid)
    process.wait()


def terminate_leftover(pid: int, command: str, signals: Sequence[signal.Signals]) -> bool:
    """End a process of an earlier run; return whether it has ended."""
    for number in signals:
        if not is_running(pid, command):
            break
        os.kill(pid, number)
        wait_until(lambda: not is_running(pid, command))
    return not is_running(pid, command)


def is_running(pid: int, command: str) -> bool:
    """Whether the process runs and has that command line."""
    return command_line(pid) == command


def command_line(pid: int) -> str | None:
    """Return the command line of a running process, joined with spaces, or None."""
    if sys.platform != "linux":
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],
            env=plain_environment(),
            capture_output=True,
            check=False,
        )
        return shown.stdout.decode(errors="replace").strip() or None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # A zombie process has no command line.
    return words.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace") or None


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> bool:
    """Wait for the condition with a timeout; return whether it was met."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _kill_group(leader: int) -> None:
    # Every child leads its own process group; kill what is left of it.
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
