"""The samples for nginx and Caddy, before upstreams that misbehave as nodes may."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal.devtools.ports import find_free_port
from tests.server.installation import ACME, PORTAL
from tests.server.proxy import Proxy, running_caddy, running_proxy
from tests.waiting import wait_until

PROXIES = {"nginx": running_proxy, "caddy": running_caddy}
installed = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            shutil.which(name) is None or shutil.which("openssl") is None,
            reason=f"not installed: {name}, or openssl",
        ),
    )
    for name in PROXIES
]
# A connection that ended without an answer.
NOTHING = 0
# So many requests that each of two nodes gets one, though Caddy chooses at random.
ENOUGH = 30


class Upstream(ThreadingHTTPServer):
    """A node's address, and what has arrived there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: list[tuple[str, str]] = []
        # As a worker that is killed: the request was accepted, and nobody answers it.
        self.dies = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator[Upstream]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        if self.path == "/healthz":
            return self.answer()
        self.server.arrived.append((self.command, self.path))
        self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.server.dies:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        return self.answer()

    do_POST = do_GET

    def answer(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *words: object) -> None:
        pass


class Nowhere:
    """An address at which nobody listens."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{find_free_port()}"


@pytest.fixture(scope="module", params=installed)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def before_two(name: str, folder: Path) -> Iterator[tuple[Proxy, list[Upstream]]]:
    with ExitStack() as stack:
        upstreams = [stack.enter_context(Upstream().running()) for _ in range(2)]
        yield stack.enter_context(PROXIES[name](folder, upstreams)), upstreams


@pytest.fixture(scope="module")
def healthy(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Proxy, list[Upstream]]]:
    """A proxy before two nodes that never die."""
    with before_two(name, tmp_path_factory.mktemp(name)) as running:
        yield running


@pytest.fixture
def proxy(healthy: tuple[Proxy, list[Upstream]]) -> Proxy:
    return healthy[0]


@pytest.fixture
def upstreams(healthy: tuple[Proxy, list[Upstream]]) -> list[Upstream]:
    """Its nodes, at which nothing has arrived."""
    for each in healthy[1]:
        each.arrived.clear()
    return healthy[1]


@pytest.fixture
def dying(name: str, tmp_path: Path) -> Iterator[tuple[Proxy, list[Upstream]]]:
    """A proxy before two nodes, whose first one dies when it is asked."""
    with before_two(name, tmp_path) as (proxy, upstreams):
        upstreams[0].dies = True
        yield proxy, upstreams


def encrypted(proxy: Proxy, *, server_name: str = PORTAL) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(proxy.trusted))
    return context.wrap_socket(
        socket.create_connection(("127.0.0.1", proxy.port), timeout=10), server_hostname=server_name
    )


def ask(
    proxy: Proxy, method: str, path: str, *, host: str = PORTAL, tls: bool = True, body: str = ""
) -> tuple[int, str | None]:
    """Ask for a host inside a connection that named the portal: the status, and where it leads."""
    plain = ("127.0.0.1", proxy.plain_port)
    connection = http.client.HTTPConnection(PORTAL, timeout=10)
    connection.sock = encrypted(proxy) if tls else socket.create_connection(plain, timeout=10)
    with closing(connection):
        try:
            connection.request(method, path, body=body or None, headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
        except (http.client.HTTPException, OSError):
            return NOTHING, None
        return answer.status, answer.headers["location"]


class TestForeignHosts:
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", "login.example.com"])
    @pytest.mark.parametrize("tls", [True, False])
    def test_89_a_foreign_host_gets_no_answer(
        self, proxy: Proxy, upstreams: list[Upstream], host: str, tls: bool
    ) -> None:
        status, _to = ask(proxy, "GET", "/", host=host, tls=tls)
        # An empty one is no request at all.
        assert status == NOTHING or (host == "" and status == 400)
        assert [each.arrived for each in upstreams] == [[], []]

    def test_89_another_name_gets_no_certificate(self, proxy: Proxy) -> None:
        with pytest.raises(ssl.SSLError), encrypted(proxy, server_name="evil.example"):
            pass

    @pytest.mark.parametrize("host", [PORTAL, ACME])
    def test_hosts_of_ours_are_answered(self, proxy: Proxy, host: str) -> None:
        assert ask(proxy, "GET", "/login", host=host) == (200, None)
        assert ask(proxy, "GET", "/a?b=c", host=host, tls=False) == (301, f"https://{host}/a?b=c")


def test_90_a_slow_body_reaches_no_node_before_it_is_whole(
    proxy: Proxy, upstreams: list[Upstream]
) -> None:
    def arrived() -> list[tuple[str, str]]:
        return [request for each in upstreams for request in each.arrived]

    with encrypted(proxy) as slow:
        head = f"POST /slow HTTP/1.1\r\nHost: {PORTAL}\r\nContent-Length: 4\r\n\r\n"
        slow.sendall(head.encode() + b"ab")
        # What comes later is answered: the proxy has read what was sent before.
        assert ask(proxy, "GET", "/later") == (200, None)
        assert ask(proxy, "GET", "/later") == (200, None)
        assert arrived() == [("GET", "/later")] * 2
        slow.sendall(b"cd")
        wait_until(lambda: ("POST", "/slow") in arrived(), seconds=10)
        assert b" 200 " in slow.recv(1000).splitlines()[0]


def test_91_a_request_that_a_dying_worker_took_is_repeated_if_it_changes_nothing(
    dying: tuple[Proxy, list[Upstream]],
) -> None:
    proxy, upstreams = dying
    asked = [f"/page/{n}" for n in range(ENOUGH)]
    assert {ask(proxy, "GET", path) for path in asked} == {(200, None)}
    assert upstreams[0].arrived


def test_91_a_post_that_was_sent_is_not_repeated(dying: tuple[Proxy, list[Upstream]]) -> None:
    proxy, upstreams = dying
    sent = [f"/form/{n}" for n in range(ENOUGH)]
    answers = Counter(ask(proxy, "POST", path, body="a=1")[0] for path in sent)
    arrived = Counter(path for each in upstreams for _method, path in each.arrived)
    assert arrived == Counter(sent)
    assert answers == {200: len(upstreams[1].arrived), 503: len(upstreams[0].arrived)}
    assert upstreams[0].arrived


def test_91_a_post_that_could_not_be_sent_goes_to_the_other_node(name: str, tmp_path: Path) -> None:
    with Upstream().running() as there, PROXIES[name](tmp_path, [Nowhere(), there]) as proxy:
        sent = [f"/form/{n}" for n in range(6)]
        assert {ask(proxy, "POST", path, body="a=1") for path in sent} == {(200, None)}
        assert Counter(path for _method, path in there.arrived) == Counter(sent)


def test_with_no_node_left_it_says_so_in_both_languages(name: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        with Upstream().running() as there:
            proxy = stack.enter_context(PROXIES[name](tmp_path, [Nowhere(), there]))
            # Also on connections that are open.
            there.dies = True
        answer = proxy.browser().get(f"https://{ACME}/login", timeout=10)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    answer.encoding = "utf-8"
    # Caddy has them in one line.
    assert answer.text.replace("\n", " ").strip() == (
        "The service is not available at the moment. Please try again soon. "
        "暂时无法访问，请稍后再试。"
    )
