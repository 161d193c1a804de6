"""The three sites, each under a gunicorn of its own with the same numbers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM

from benchmarks.browsers import SITES, Browser
from benchmarks.load import Seat
from portal import gunicorn
from portal.running.places import ROOT
from portal.running.ports import HOST, free_port
from portal.running.processes import put_away, spawn

STARTS_WITHIN = 60.0
TICKS = os.sysconf("SC_CLK_TCK")
MENKOU_CONFIG = ("--config", "portal/gunicorn.py", "portal.wsgi")
# What portal/gunicorn.py says, for those that have no such file.
SAME_NUMBERS = (
    f"--worker-class={gunicorn.worker_class}",
    f"--threads={gunicorn.threads}",
    f"--keep-alive={gunicorn.keepalive}",
    "--log-level=warning",
    "--no-control-socket",
    *(["--preload"] if gunicorn.preload_app else []),
)
COMMANDS = {
    "menkou": MENKOU_CONFIG,
    "plain": (*SAME_NUMBERS, "benchmarks.plain_allauth.wsgi"),
    "bare": (*SAME_NUMBERS, "benchmarks.bare"),
}


@dataclass
class Running:
    """A site that answers."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    first_answer: float

    def family(self) -> list[int]:
        """The master and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]

    def memory(self) -> float:
        """Megabytes, each shared page divided by those who share it."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.family())
        shares = (line.split() for each in rollups for line in each.splitlines())
        return sum(int(words[1]) for words in shares if words[0] == "Pss:") / 1024

    def cpu(self) -> float:
        """Seconds of processor time that master and workers have used."""
        stats = (Path(f"/proc/{pid}/stat").read_text() for pid in self.family())
        fields = (each.rpartition(")")[2].split() for each in stats)
        return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


@contextmanager
def running(
    name: str, environment: Mapping[str, str], *, project: str, workers: int = gunicorn.workers
) -> Iterator[Running]:
    """Start a site, wait for the first sign-in page of the project, stop it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind={HOST}:{port}", f"--workers={workers}"]
    began = time.perf_counter()
    process = spawn([*command, *COMMANDS[name]], environment=environment, folder=ROOT)
    try:
        await_page(name, port, process, project)
        yield Running(name, port, process, time.perf_counter() - began)
    finally:
        put_away(process, (SIGTERM, SIGKILL))


def await_page(name: str, port: int, process: subprocess.Popen[bytes], project: str) -> None:
    """Wait until the sign-in page is there."""
    site = SITES[name]
    question = site.page(Browser(f"{project}.{site.domain}"))
    ends = time.perf_counter() + STARTS_WITHIN
    while time.perf_counter() < ends and process.poll() is None:
        try:
            seat = Seat(port)
        except ConnectionRefusedError:
            time.sleep(0.005)
            continue
        status = seat.ask(question).status
        seat.socket.close()
        if status == 200:
            return
        raise SystemExit(f"{name} answers {status} where its sign-in page should be.")
    raise SystemExit(f"{name} does not start.")


@contextmanager
def provider(delay: float = 0.0) -> Iterator[str]:
    """The scripted provider; its origin."""
    command = [sys.executable, "-m", "benchmarks.provider", f"--delay={delay}"]
    process = spawn(command, folder=ROOT, output=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://{HOST}:{int(process.stdout.readline())}"
    finally:
        put_away(process, (SIGTERM, SIGKILL))
        process.stdout.close()
