"""The product as a process of its own, which is asked over HTTP and measured from outside."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from core.http.client import DEADLINE_SECONDS
from portal.devtools.ports import find_free_port
from portal.devtools.processes import spawn, wait_until
from tests.wechat import ROOT

# Without the time in which a busy machine let neither the worker nor this process run.
MOST_SECONDS = DEADLINE_SECONDS + 1
# After this the worker is killed.
PATIENCE_SECONDS = 20.0
# Most answers need 0.05.
MOST_PROCESSOR_SECONDS = 2.0
MOST_GROWTH_KB = 50 * 1024
# What a person may read, or a browser follow; what gunicorn itself refuses has 400, 414 and 431.
ALLOWED = frozenset(
    {200, 302, 303, 400, 403, 404, 405, 409, 410, 413, 414, 429, 431, 503},
)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reply:
    """What the product answered."""

    status_code: int
    headers: http.client.HTTPMessage
    content: bytes


class Worker:
    """One process of gunicorn; `ask` fails where an answer breaks a limit.

    No dataclass: hypothesis would print its fields, and the environment has a password in it.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment = environment
        self.log = log
        # What must appear neither on a page nor in the log.
        self.secrets: set[str] = set()
        self.port = find_free_port()
        self.memory_kb = 0

    def start(self) -> None:
        """Start it, and wait for its first answer."""
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.serve",
            "--config",
            "portal/server/gunicorn.py",
        ]
        with self.log.open("wb") as output:
            self.gunicorn = spawn(
                [*command, "--bind", f"127.0.0.1:{self.port}"],
                environment=self.environment,
                folder=ROOT,
                output=output,
                errors=output,
            )
        assert wait_until(self.answers, seconds=60), self.log.read_text()

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    def stop(self) -> None:
        self.gunicorn.terminate()
        try:
            self.gunicorn.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.gunicorn.pid, signal.SIGKILL)
            self.gunicorn.wait()

    @property
    def pid(self) -> int:
        """The process that answers: the only child of the one that was started."""
        children = Path(f"/proc/{self.gunicorn.pid}/task/{self.gunicorn.pid}/children")
        return int(children.read_text().split()[0])

    def begin_to_measure(self) -> None:
        """Take the present size as what the process needs; call it when everything is loaded."""
        self.memory_kb = memory_of(self.pid)["VmRSS"]
        forget_peak(self.pid)

    @property
    def grown_kb(self) -> int:
        """How much larger the process was at any time than when the measuring began."""
        return memory_of(self.pid)["VmHWM"] - self.memory_kb

    def ask(
        self, method: str, host: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        """Return the answer; fails where it breaks a limit."""
        pid, said = self.pid, self.log.stat().st_size
        before, began = processor_seconds(pid), time.monotonic() - delayed_seconds(pid)
        try:
            reply = self.exchange(method, host, path, body, headers)
        except OSError as error:
            # It is stuck, or its end has come: somebody else shall answer the next one.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: self.has_another_than(pid), seconds=20)
            self.memory_kb = 0
            raise AssertionError(f"no answer: {error!r}\n{self.log_since(said)}") from None
        seconds = time.monotonic() - delayed_seconds(pid) - began
        assert reply.status_code in ALLOWED, f"{reply.status_code}\n{self.log_since(said)}"
        assert seconds < MOST_SECONDS, f"answered after {seconds:.1f} s"
        used = processor_seconds(pid) - before
        assert used < MOST_PROCESSOR_SECONDS, f"computed for {used:.2f} s"
        if self.memory_kb:
            grown, now = self.grown_kb, memory_of(pid)["VmRSS"]
            forget_peak(pid)
            assert grown < MOST_GROWTH_KB, f"{grown} kB more than in the beginning, {now} kB now"
        self.refuse_secrets(reply.content.decode(errors="replace"))
        self.refuse_secrets(self.log_since(said))
        return reply

    def exchange(
        self, method: str, host: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body or None, {"Host": host, **headers})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        except http.client.HTTPException as error:
            raise OSError(repr(error)) from None
        finally:
            connection.close()

    def has_another_than(self, pid: int) -> bool:
        with suppress(OSError, IndexError):
            return self.pid != pid
        return False

    def log_since(self, position: int) -> str:
        with self.log.open("rb") as file:
            file.seek(position)
            return file.read()[-4_000:].decode(errors="replace")

    def refuse_secrets(self, text: str) -> None:
        assert not [number for number, each in enumerate(self.secrets) if each in text], "a secret"


@dataclass
class Browser:
    """Somebody who asks the product, and keeps its cookies; the methods are Django's Client's."""

    worker: Worker
    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Reply:
        sent = urlencode(query or {}, doseq=True, errors="surrogatepass")
        separator = "&" if "?" in path else "?"
        return self.send("GET", f"{path}{separator}{sent}" if sent else path)

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        body = (
            data
            if isinstance(data, bytes)
            else urlencode(data, doseq=True, errors="surrogatepass").encode()
        )
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, body, {**form, **(headers or {})})

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        sent = {**(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if "HTTP_USER_AGENT" in self.defaults:
            sent["User-Agent"] = self.defaults["HTTP_USER_AGENT"]
        reply = self.worker.ask(method, self.host, path, body, sent)
        for each in reply.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(each).items():
                self.cookies[name] = morsel.value
        return reply


def in_parts(fields: Mapping[str, str], files: Collection[str]) -> tuple[bytes, dict[str, str]]:
    """Return a form as multipart/form-data, in which a letter takes no more than its bytes."""
    boundary = "----between----"
    parts = []
    for name, value in fields.items():
        file = '; filename="idp.xml"\r\nContent-Type: text/xml' if name in files else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        # As bytes of its own a file may come that is no text.
        how = "surrogateescape" if name in files else "surrogatepass"
        parts.append(head.encode() + as_bytes(value, how) + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def as_bytes(text: str, how: str) -> bytes:
    try:
        return text.encode("utf-8", how)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def memory_of(pid: int) -> dict[str, int]:
    """Return the sizes of a process in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    pairs = [line.split() for line in lines if line.endswith(" kB")]
    return {name.rstrip(":"): int(size) for name, size, _unit in pairs}


def forget_peak(pid: int) -> None:
    """Let the greatest size of a process be its present one."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def processor_seconds(pid: int) -> float:
    """Return how long all threads of a process have computed."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / TICKS


def delayed_seconds(*pids: int) -> float:
    """Return how long threads of these processes and of ours were ready, and waited to run."""
    files = [each for pid in (*pids, os.getpid()) for each in Path(f"/proc/{pid}/task").iterdir()]
    waited = 0
    for each in files:
        with suppress(OSError):  # it has just ended
            waited += int((each / "schedstat").read_text().split()[1])
    return waited / 1e9


@contextmanager
def running(environment: Mapping[str, str], log: Path) -> Iterator[Worker]:
    """A worker for the length of the block."""
    worker = Worker(environment, log)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
