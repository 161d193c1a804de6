"""The child processes of a supervisor, and a file that lists them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM
from types import TracebackType
from typing import IO

from portal.devtools.folders import ROOT
from portal.devtools.processes import PATIENCE, command_line, spawn, terminate, terminate_leftover

SIGNALS = (SIGTERM, SIGKILL)


class ChildProcesses:
    """Named child processes; leaving the context ends them all, last first."""

    def __init__(self, listed_in: Path, *, patience: float = PATIENCE) -> None:
        self.listed_in = listed_in
        self.patience = patience
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> ChildProcesses:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name in reversed(self.running):
            terminate(self.running[name], SIGNALS, patience=self.patience)
        self.running.clear()
        self.listed_in.unlink(missing_ok=True)

    def terminate_leftovers(self) -> None:
        """End the children of an earlier supervisor that was killed."""
        try:
            commands = json.loads(self.listed_in.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        for pid, command in reversed(list(commands.items())):
            # The command line shows whether the pid is still that of the same process.
            if command is not None:
                terminate_leftover(int(pid), command, SIGNALS)
        self.listed_in.unlink(missing_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process in the clone's folder; `name` appears in messages."""
        sys.stdout.flush()
        process = spawn(command, environment=environment, folder=ROOT, output=output, errors=output)
        self.running[name] = process
        self._list()
        return process

    def run(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """Start a process, wait for its end and return its exit code."""
        self.start(name, command, environment=environment)
        return self.wait(name)

    def wait(self, name: str) -> int:
        """Wait for the end of a process and return its exit code."""
        code = self.running[name].wait()
        del self.running[name]
        self._list()
        return code

    def first_ended(self) -> str | None:
        """Return the name of the first process that has stopped by itself, or None."""
        stopped = (name for name, process in self.running.items() if process.poll() is not None)
        return next(stopped, None)

    def _list(self) -> None:
        commands = {process.pid: command_line(process.pid) for process in self.running.values()}
        self.listed_in.write_text(json.dumps(commands), encoding="utf-8")
