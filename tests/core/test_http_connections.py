"""Connections to providers are kept for a moment, and keep every promise of new ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.http import client as http_client


class Provider(ThreadingHTTPServer):
    """A server that keeps connections, and counts those that it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sockets: list[socket.socket] = []
        self.asked: list[tuple[str, str | None]] = []
        self.hangs = threading.Event()
        self.hangs.set()
        self.drops_next = False

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.sockets.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers hang up whenever they have had enough."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Provider

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.headers["Cookie"]))
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.hangs.wait(10)
        if self.server.drops_next:
            self.server.drops_next = False
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Set-Cookie", "who=somebody")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests are quiet."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider()
    settings.WECHAT_API_BASE_URL = server.origin
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield server
    server.hangs.set()
    server.shutdown()
    thread.join()
    for each in server.sockets:
        each.close()
    server.server_close()


def ask(provider: Provider, method: str = "GET", query: str = "") -> bytes:
    with http_client.new_session() as session:
        content: bytes = session.request(method, f"{provider.origin}/{query}").content
    return content


def test_a_question_goes_over_the_connection_of_the_one_before(provider: Provider) -> None:
    assert [ask(provider, "POST"), ask(provider), ask(provider)] == [b"ok"] * 3

    assert len(provider.sockets) == 1


def test_a_code_is_sent_over_a_connection_of_its_own(provider: Provider) -> None:
    ask(provider)

    assert [ask(provider, "POST"), ask(provider, "POST")] == [b"ok"] * 2

    assert len(provider.sockets) == 3


def test_a_question_is_asked_again_where_the_kept_connection_was_closed(
    provider: Provider,
) -> None:
    ask(provider)
    provider.drops_next = True

    with http_client.recording_exchanges() as recorded:
        assert ask(provider) == b"ok"

    # A trial shows only the request that was answered.
    assert [(each.exchange.status, each.exchange.cause) for each in recorded] == [(200, "")]
    assert [method for method, _cookie in provider.asked] == ["GET"] * 3
    assert len(provider.sockets) == 2


def test_a_code_is_not_sent_again_where_its_connection_was_closed(provider: Provider) -> None:
    ask(provider)
    provider.drops_next = True

    with pytest.raises(http_client.RequestFailed, match="unreachable"):
        ask(provider, "POST")

    assert [method for method, _cookie in provider.asked] == ["GET", "POST"]


def test_a_code_in_an_address_is_not_sent_again_either(provider: Provider) -> None:
    ask(provider)
    provider.drops_next = True

    with pytest.raises(http_client.RequestFailed, match="unreachable"):
        ask(provider, query="?access_token=x&code=y")

    assert len(provider.asked) == 2


def test_a_connection_that_was_idle_for_long_is_not_used(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(provider)
    monkeypatch.setattr(http_client, "MAX_IDLE_SECONDS", 0.0)

    assert ask(provider) == b"ok"

    assert len(provider.sockets) == 2


def test_the_deadline_cuts_a_kept_connection_too(provider: Provider) -> None:
    ask(provider)
    provider.hangs.clear()

    with http_client.deadline(0.3), pytest.raises(http_client.RequestFailed, match="timeout"):
        ask(provider)

    assert len(provider.sockets) == 1


def test_a_kept_connection_carries_no_cookie_to_the_next_question(provider: Provider) -> None:
    ask(provider)
    ask(provider)

    assert provider.asked == [("GET", None)] * 2
