"""Servers that behave as badly as a test asks for."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs


class Peer:
    """One caller: what it asked, and ways to answer it."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping
        self.head, self.body = self._hear()

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    @property
    def query(self) -> dict[str, str]:
        """The fields in the address."""
        fields = parse_qs(self.path.partition("?")[2], keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in lower case."""
        lines = (line.partition(":") for line in self.head.splitlines()[1:])
        return {name.lower(): value.strip() for name, _colon, value in lines if name}

    @property
    def form(self) -> dict[str, str]:
        """The fields that were posted."""
        return {name: values[0] for name, values in parse_qs(self.body).items()}

    def say(self, data: bytes) -> None:
        self._connection.sendall(data)

    def answer(self, body: bytes, *, status: str = "200 OK", headers: str = "") -> None:
        """A whole answer; further headers end with a line break."""
        head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        self.say(head.encode() + body)

    def answer_json(self, **data: Any) -> None:
        self.answer(json.dumps(data).encode())

    def drip(self, data: bytes, *, pause: float) -> None:
        """A byte now and then, until the caller has gone or the server stops."""
        for position in range(len(data)):
            self.say(data[position : position + 1])
            if self._stopping.wait(pause):
                return

    def hang(self) -> None:
        """Say nothing until the server stops."""
        self._stopping.wait()

    def _hear(self) -> tuple[str, str]:
        # Browsers connect ahead of need, and may hang up without having said anything.
        self._connection.settimeout(10)
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += self._more()
        head, _, body = heard.partition(b"\r\n\r\n")
        length = 0
        for line in head.decode().splitlines():
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        while len(body) < length:
            body += self._more()
        self._connection.settimeout(None)
        return head.decode(), body.decode()

    def _more(self) -> bytes:
        piece = self._connection.recv(65536)
        if not piece:
            raise ConnectionResetError
        return piece


Treatment = Callable[[Peer], None]


class Server:
    """A server on loopback that treats every caller in the same way, each in a thread."""

    def __init__(self, treat: Treatment) -> None:
        self.treat = treat
        self.calls: list[str] = []
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._treat, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _treat(self, connection: socket.socket) -> None:
        # Callers hang up whenever they have had enough.
        with connection, contextlib.suppress(OSError):
            peer = Peer(connection, self._stopping)
            self.calls.append(peer.path)
            self.treat(peer)


@contextlib.contextmanager
def serving(treat: Treatment) -> Iterator[Server]:
    """A server for the length of the block."""
    server = Server(treat)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
