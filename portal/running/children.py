"""The processes that a supervisor starts, and the list of them that outlives it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM
from types import TracebackType

from portal.running.places import ROOT
from portal.running.processes import PATIENCE, command_of, end_leftover, put_away, spawn

SIGNALS = (SIGTERM, SIGKILL)


class Children:
    """Named processes; leaving ends them all, last first."""

    def __init__(self, listed_in: Path, *, patience: float = PATIENCE) -> None:
        self.listed_in = listed_in
        self.patience = patience
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name in reversed(self.running):
            put_away(self.running[name], SIGNALS, patience=self.patience)
        self.running.clear()
        self.listed_in.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """End what an earlier supervisor started and could not end, having been killed."""
        try:
            commands = json.loads(self.listed_in.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        for pid, command in reversed(list(commands.items())):
            # The command line tells whether the number still means the process that we started.
            if command is not None:
                end_leftover(int(pid), command, SIGNALS)
        self.listed_in.unlink(missing_ok=True)

    def start(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process in the clone's folder under a name that a person understands."""
        sys.stdout.flush()
        process = spawn(command, environment=environment, folder=ROOT)
        self.running[name] = process
        self._list()
        return process

    def run(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> int:
        """Start a process, wait for its end and give its exit code."""
        code = self.start(name, command, environment=environment).wait()
        del self.running[name]
        self._list()
        return code

    def ended(self) -> str | None:
        """Name the first process that has stopped by itself, if there is one."""
        stopped = (name for name, process in self.running.items() if process.poll() is not None)
        return next(stopped, None)

    def _list(self) -> None:
        commands = {process.pid: command_of(process.pid) for process in self.running.values()}
        self.listed_in.write_text(json.dumps(commands), encoding="utf-8")
