"""Processes: starting one that cannot outlive us, recognising one again, ending one."""

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
    """Start a process in a session of its own, so that Ctrl-C reaches us alone and we put it away.

    Should we be killed outright, Linux sends it the signal named by ``when_orphaned``.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        preexec_fn=_bound_to_us(when_orphaned),
    )
    # For a moment a new process has no words yet by which it could be recognised later.
    wait_until(lambda: process.poll() is not None or command_of(process.pid) is not None)
    return process


def _bound_to_us(when_orphaned: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, when_orphaned)
        # We may have died before the system was asked to tell.
        if os.getppid() != parent:
            os._exit(1)

    return bind


def put_away(
    process: subprocess.Popen[bytes],
    signals: Sequence[signal.Signals],
    *,
    patience: float = PATIENCE,
) -> None:
    """End a process of ours and its family, each signal less polite than the one before."""
    for number in signals:
        process.send_signal(number)
        try:
            process.wait(timeout=patience)
            break
        except subprocess.TimeoutExpired:
            continue
    _end_family(process.pid)
    process.wait()


def end_leftover(pid: int, command: str, signals: Sequence[signal.Signals]) -> bool:
    """End a process that an earlier run left behind; true when it is gone."""
    for number in signals:
        if not is_running(pid, command):
            break
        os.kill(pid, number)
        wait_until(lambda: not is_running(pid, command))
    return not is_running(pid, command)


def is_running(pid: int, command: str) -> bool:
    """Tell whether the process lives and is still the one with that command line."""
    return command_of(pid) == command


def command_of(pid: int) -> str | None:
    """Give the words of a living process' command line, joined by blanks."""
    if sys.platform != "linux":
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        return shown.stdout.decode(errors="replace").strip() or None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # A process that has ended but was not collected yet has no words left.
    return words.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace") or None


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> bool:
    """Wait for the condition, at most so long; true when it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _end_family(leader: int) -> None:
    # Every process of ours leads a group of its own; what is left of it has no one to answer to.
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
