"""The sites, each under a gunicorn of its own with the same numbers."""

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
from tempfile import TemporaryFile
from typing import IO

from benchmarks.browsers import SITES, Browser
from benchmarks.grants import PROVIDERS
from benchmarks.load import Seat
from portal.devtools.folders import ROOT
from portal.devtools.ports import HOST, find_free_port
from portal.devtools.processes import spawn, terminate

STARTS_WITHIN = 60.0
LAST_WORDS = 4000
TICKS = os.sysconf("SC_CLK_TCK")
# Menkou's own numbers, said to all. Its file reads its settings, which we have not got here.
WORKERS, THREADS = 2, 64
SAME_NUMBERS = (
    "--worker-class=gthread",
    f"--threads={THREADS}",
    "--keep-alive=5",
    "--log-level=warning",
    "--no-control-socket",
    "--preload",
)
COMMANDS = {
    "menkou": ("--config=portal/server/gunicorn.py", "portal.wsgi"),
    "plain": ("benchmarks.plain_allauth.wsgi",),
    "bare": ("benchmarks.bare",),
    "allauth": ("benchmarks.peers.wsgi",),
    "toolkit": ("benchmarks.peers.wsgi",),
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

    def memory(self, part: str = "Pss") -> float:
        """Megabytes, each shared page divided by those who share it.

        `Pss_Anon` leaves out files, which other programs may have loaded too.
        """
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.family())
        shares = (line.split() for each in rollups for line in each.splitlines())
        return sum(int(words[1]) for words in shares if words[0] == f"{part}:") / 1024

    def cpu(self) -> float:
        """Seconds of processor time that master and workers have used."""
        stats = (Path(f"/proc/{pid}/stat").read_text() for pid in self.family())
        fields = (each.rpartition(")")[2].split() for each in stats)
        return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


@contextmanager
def running(
    name: str, environment: Mapping[str, str], *, project: str, workers: int = WORKERS
) -> Iterator[Running]:
    """Start a site, wait for the first page of the project, stop it afterwards."""
    port = find_free_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind={HOST}:{port}", f"--workers={workers}"]
    began = time.perf_counter()
    # One line a request goes there, as it would go to a file in production.
    with TemporaryFile() as log:
        process = spawn(
            [*command, *SAME_NUMBERS, *COMMANDS[name]],
            environment=environment,
            folder=ROOT,
            output=log,
            errors=log,
        )
        try:
            await_page(name, port, process, project)
            yield Running(name, port, process, time.perf_counter() - began)
        except SystemExit as failed:
            raise SystemExit(f"{failed}\n{last_words(log)}") from None
        finally:
            terminate(process, (SIGTERM, SIGKILL))


def await_page(name: str, port: int, process: subprocess.Popen[bytes], project: str) -> None:
    """Wait until the sign-in page is there, or the discovery document of a peer without one."""
    question = first_question(name, project)
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
        raise SystemExit(f"{name} answers {status} where its first page should be.")
    raise SystemExit(f"{name} does not start.")


def first_question(name: str, project: str) -> bytes:
    """Return the request that the site answers first."""
    if name in SITES:
        site = SITES[name]
        return site.page(Browser(f"{project}.{site.domain}"))
    peer = PROVIDERS[name]
    return Browser(peer.host).request("GET", peer.discovery, scheme=peer.scheme)


def last_words(log: IO[bytes]) -> str:
    """What the site said last, where it has failed."""
    log.seek(max(0, log.seek(0, os.SEEK_END) - LAST_WORDS))
    return log.read().decode(errors="replace")


@contextmanager
def provider(delay: float = 0.0) -> Iterator[str]:
    """The scripted provider; its origin."""
    command = [sys.executable, "-m", "benchmarks.provider", f"--delay={delay}"]
    process = spawn(command, folder=ROOT, output=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://{HOST}:{int(process.stdout.readline())}"
    finally:
        terminate(process, (SIGTERM, SIGKILL))
        process.stdout.close()
