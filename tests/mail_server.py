"""A mail server on loopback, which can hang, take messages or refuse them."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage


class Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections.append(self.connection)
        if self.server.hangs:
            self.server.works_again.wait()
            return
        with suppress(OSError):
            self.converse()

    def converse(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline():
            match line.split(b":")[0].split()[0].upper():
                case b"QUIT":
                    self.say("221 bye")
                    return
                case b"RCPT" if self.server.refuses:
                    self.say("550 no such person")
                case b"DATA":
                    self.say("354 go on")
                    self.receive()
                    self.say("250 taken")
                case _:
                    self.say("250 ok")

    def receive(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.received.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.hangs = False
        self.refuses = False
        self.works_again = threading.Event()
        self.connections: list[socket.socket] = []
        self.received: list[EmailMessage] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def work(self) -> None:
        """Hang up on everybody who waits, and take messages from now on."""
        self.hangs = False
        self.works_again.set()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.work()
            server.shutdown()
