"""Statements, counted between a site and PostgreSQL: what is sent, not what a library says.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

# Their connections are not those of requests: they beat whether anybody asks or not.
LISTENS = b"menkou listening"
QUERY, PARSE, BIND, EXECUTE = b"Q", b"P", b"B", b"E"


@dataclass
class Heard:
    """The statements of all connections, in the order in which they were sent."""

    statements: list[str] = field(default_factory=list)

    def since(self, before: int) -> list[str]:
        """Return what came after so many."""
        return self.statements[before:]


class Ear:
    """Reads what one client says: a start-up, then messages of a letter and a length."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.buffer = b""
        self.started = self.ignored = False
        self.prepared: dict[bytes, str] = {}
        self.bound: dict[bytes, str] = {}

    def hear(self, data: bytes) -> None:
        """Take the next bytes."""
        self.buffer += data
        if not self.started:
            self._start()
        while self.started and len(self.buffer) >= 5:
            (length,) = struct.unpack("!I", self.buffer[1:5])
            if len(self.buffer) < 1 + length:
                return
            kind, body = self.buffer[:1], self.buffer[5 : 1 + length]
            self.buffer = self.buffer[1 + length :]
            if not self.ignored:
                self._message(kind, body)

    def _start(self) -> None:
        if len(self.buffer) < 8:
            return
        (length,) = struct.unpack("!I", self.buffer[:4])
        if len(self.buffer) >= length:
            self.ignored = LISTENS in self.buffer[:length]
            self.buffer, self.started = self.buffer[length:], True

    def _message(self, kind: bytes, body: bytes) -> None:
        if kind == QUERY:
            self.heard.statements.append(body.rstrip(b"\0").decode())
        elif kind == PARSE:
            name, _, rest = body.partition(b"\0")
            self.prepared[name] = rest.partition(b"\0")[0].decode()
        elif kind == BIND:
            portal, _, rest = body.partition(b"\0")
            self.bound[portal] = self.prepared[rest.partition(b"\0")[0]]
        elif kind == EXECUTE:
            self.heard.statements.append(self.bound[body.partition(b"\0")[0]])


@contextlib.contextmanager
def wire(url: str) -> Iterator[tuple[str, Heard]]:
    """Stand in front of the server of this address; the address to use, and what is heard."""
    there = urlsplit(url)
    heard = Heard()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        target = (there.hostname or "127.0.0.1", there.port or 5432)
        threading.Thread(target=_accept, args=(server, target, heard), daemon=True).start()
        login = there.netloc.rpartition("@")[0]
        # Nothing can be read of what is encrypted, or sent round about by another way.
        yield (
            urlunsplit(there._replace(netloc=f"{login}@127.0.0.1:{port}", query="sslmode=disable")),
            heard,
        )


def _accept(server: socket.socket, target: tuple[str, int], heard: Heard) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            database = socket.create_connection(target)
            ear = Ear(heard)
            for source, sink, listener in ((client, database, ear), (database, client, None)):
                threading.Thread(target=_pass, args=(source, sink, listener), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, ear: Ear | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            if ear is not None:
                ear.hear(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
