"""The one door to other servers: little time, little data, no redirects, nothing private."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from connections import outside
from tests.connections.servers import Peer, Server, free_port, serving
from tests.wechat import running_simulator

ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"

PRIVATE = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://localhost:{port}/",
    "http://LocalHost:{port}/",
    "http://user:password@127.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[fec0::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/machine/?comp=goalstate",
    "http://100.100.100.200/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "https://127.0.0.1:{port}/",
    "https://[::1]:{port}/",
    "https://169.254.169.254/",
]


def trusting(server: Server, settings: Any) -> str:
    """Let this deployment's endpoints be the server; returns its address."""
    settings.WECHAT_API_BASE_URL = server.origin
    return f"{server.origin}/"


def got(address: str) -> bytes:
    """What an address answers."""
    with outside.session() as session:
        content: bytes = session.get(address).content
    return content


def cause_of(address: str, *, seconds: float = 5) -> str:
    """Why an address gives no answer."""
    with (
        outside.deadline(seconds),
        outside.session() as session,
        pytest.raises(outside.NoAnswer) as raised,
    ):
        session.get(address)
    assert str(raised.value) == raised.value.cause
    assert raised.value.__cause__ is None
    return raised.value.cause


def test_the_origins_of_the_deployment_are_reached(settings: Any) -> None:
    with serving(lambda peer: peer.answer(b"hello")) as server:
        assert got(trusting(server, settings)) == b"hello"


@pytest.mark.parametrize("form", PRIVATE)
def test_a17_1_private_addresses_are_refused(settings: Any, form: str) -> None:
    with serving(lambda peer: peer.answer(b"reached")) as server:
        address = form.format(port=server.origin.rpartition(":")[2])

        assert cause_of(address) == "private_address"

        assert server.calls == []


@pytest.mark.parametrize(
    "address",
    [
        "http://*.example/",
        "http://.example/",
        "http://idp..example/",
        "http://" + 64 * "a" + ".example/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[v1.x]/",
        "http://[::1/",
        "http:///",
    ],
)
def test_an_address_that_cannot_be_one_is_no_answer(address: str) -> None:
    assert cause_of(address) == "unreachable"


def test_only_the_whole_origin_is_exempt(settings: Any) -> None:
    with serving(lambda peer: peer.answer(b"reached")) as server:
        trusting(server, settings)
        address = server.origin[:-1]
        settings.WECHAT_API_BASE_URL = address

        assert cause_of(f"{server.origin}/") == "private_address"
        assert server.calls == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temp", "308 Perm"])
def test_a17_1_a_redirect_is_not_followed(settings: Any, status: str) -> None:
    def treat(peer: Peer) -> None:
        peer.answer(b"", status=status, headers="Location: /elsewhere\r\n")

    with serving(treat) as server:
        address = trusting(server, settings)
        with outside.session() as session:
            answer = session.post(address, data={"secret": "s"}, allow_redirects=True)

        assert answer.status_code == int(status[:3])
        assert server.calls == ["/"]


def test_proxies_of_the_environment_are_not_used(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving(lambda peer: peer.answer(b"direct")) as server:
        assert got(trusting(server, settings)) == b"direct"


def test_we_say_who_we_are(settings: Any) -> None:
    heard: list[str] = []

    def treat(peer: Peer) -> None:
        heard.extend(line for line in peer.head.splitlines() if line.startswith("User-Agent"))
        peer.answer(b"")

    with serving(treat) as server:
        got(trusting(server, settings))

    assert heard == ["User-Agent: Menkou"]


def test_an_answer_of_256_kb_is_read(settings: Any) -> None:
    body = b"x" * outside.LONGEST_ANSWER
    with serving(lambda peer: peer.answer(body)) as server:
        assert got(trusting(server, settings)) == body


def test_a14_59_an_answer_of_10_mb_is_cut_off(settings: Any) -> None:
    sent: list[int] = []

    def treat(peer: Peer) -> None:
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n")
        for number in range(160):
            peer.say(b"x" * 65536)
            sent.append(number)

    with serving(treat) as server:
        assert cause_of(trusting(server, settings)) == "too_large"

    assert len(sent) < 160


def test_an_answer_that_unpacks_to_10_mb_is_cut_off(settings: Any) -> None:
    packed = gzip.compress(b"x" * 10 * 1024 * 1024)
    assert len(packed) < outside.LONGEST_ANSWER

    def treat(peer: Peer) -> None:
        peer.answer(packed, headers="Content-Encoding: gzip\r\n")

    with serving(treat) as server:
        assert cause_of(trusting(server, settings)) == "too_large"


PACKED = gzip.compress(b"x" * 10 * 1024 * 1024)


@pytest.mark.parametrize(
    ("headers", "body"),
    [("", b"x" * 10 * 1024 * 1024), ("Content-Encoding: gzip\r\n", PACKED)],
    ids=["10 MB", "packed"],
)
@pytest.mark.parametrize("status", ["302 Found", "307 Temp"])
def test_a_redirect_of_10_mb_is_cut_off_as_well(
    settings: Any, status: str, headers: str, body: bytes
) -> None:
    def treat(peer: Peer) -> None:
        peer.answer(body, status=status, headers=f"Location: /elsewhere\r\n{headers}")

    with serving(treat) as server:
        assert cause_of(trusting(server, settings)) == "too_large"

    assert server.calls == ["/"]


def test_59_an_answer_that_ends_early_is_no_answer(settings: Any) -> None:
    def treat(peer: Peer) -> None:
        peer.say(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"openid": "o"}')

    with serving(treat) as server:
        assert cause_of(trusting(server, settings)) == "unreachable"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\x01\x02\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    ],
    ids=["nothing", "binary", "no status", "many headers"],
)
def test_59_what_is_no_http_is_no_answer(settings: Any, garbage: bytes) -> None:
    with serving(lambda peer: peer.say(garbage)) as server:
        assert cause_of(trusting(server, settings)) == "unreachable"


def test_a_wrong_content_encoding_is_no_answer(settings: Any) -> None:
    def treat(peer: Peer) -> None:
        peer.answer(b"not packed at all", headers="Content-Encoding: gzip\r\n")

    with serving(treat) as server:
        assert cause_of(trusting(server, settings)) == "unreachable"


def drip_body(peer: Peer) -> None:
    peer.say(ENDLESS)
    peer.drip(b"x" * 1000, pause=0.05)


def drip_headers(peer: Peer) -> None:
    peer.drip(ENDLESS * 100, pause=0.05)


def drip_packed_body(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n")
    peer.drip(gzip.compress(bytes(range(256)) * 40), pause=0.05)


def drip_chunks(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.drip(b"1\r\nx\r\n" * 1000, pause=0.05)


@pytest.mark.parametrize(
    "treat", [drip_body, drip_headers, drip_packed_body, drip_chunks, Peer.hang]
)
def test_59_at_the_deadline_a_slow_server_is_cut_off(settings: Any, treat: Any) -> None:
    with serving(treat) as server:
        address = trusting(server, settings)
        began = time.monotonic()

        assert cause_of(address, seconds=0.5) == "timeout"

        assert 0.4 < time.monotonic() - began < 1.5


def test_one_deadline_ends_several_calls(settings: Any) -> None:
    with serving(drip_body) as server, outside.deadline(0.3):
        address = trusting(server, settings)
        for _call in range(2):
            with outside.session() as session, pytest.raises(outside.NoAnswer, match="timeout"):
                session.get(address)
        assert server.calls == ["/"]


def test_after_its_block_a_deadline_cuts_nothing(settings: Any) -> None:
    with serving(lambda peer: peer.answer(b"hello")) as server:
        address = trusting(server, settings)
        with outside.deadline(0.2) as end:
            got(address)

        assert got(address) == b"hello"
        assert end.passed is False


def test_the_numbers_are_those_that_were_promised() -> None:
    assert outside.CONNECT_SECONDS == 2
    assert outside.READ_SECONDS == 3
    assert outside.DEADLINE_SECONDS == 7
    assert outside.LONGEST_ANSWER == 256 * 1024


def test_name_servers_that_hang_are_given_up(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    asked = threading.Event()

    def never(*args: object, **options: object) -> None:
        asked.set()
        time.sleep(1.5)

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()

    with (
        outside.deadline(0.3),
        outside.session() as session,
        pytest.raises(outside.NoAnswer) as failure,
    ):
        session.get(f"{settings.WECHAT_API_BASE_URL}/sns/userinfo")

    assert asked.is_set()
    assert failure.value.cause == "timeout"
    assert time.monotonic() - began < 1.0


def test_a_host_of_two_addresses_is_reached_at_the_second(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with running_simulator() as wechat:
        port = urlsplit(wechat.origin).port
        settings.WECHAT_API_BASE_URL = f"http://two-addresses.test:{port}"
        answers = [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers)

        with outside.session() as session:
            address = f"{settings.WECHAT_API_BASE_URL}/sns/auth"
            answer = session.get(address, headers={"host": "127.0.0.1"})

    assert answer.json()["errcode"] == 41001


def test_an_address_that_uses_up_all_time_leaves_the_next_ones_a_moment(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    port = free_port()
    settings.WECHAT_API_BASE_URL = f"http://three-addresses.test:{port}"
    addresses = ["127.0.0.2", "127.0.0.1", "::1"]
    tried: list[str] = []
    real = socket.getaddrinfo

    def slow(host: str, *args: Any, **options: Any) -> list[Any]:
        if host == "three-addresses.test":
            return [(2, 1, 6, "", (address, port)) for address in addresses]
        tried.append(host)
        if host == addresses[0]:
            time.sleep(0.4)
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    assert cause_of(settings.WECHAT_API_BASE_URL, seconds=0.3) == "timeout"

    assert tried == addresses


class Names:
    """Name servers that hang for names of tenants, and know those of the deployment."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hanging = threading.Event()
        self._real = socket.getaddrinfo

    def find(self, host: str, *args: Any, **options: Any) -> Any:
        self.asked.append(host)
        if host.endswith(".tenant.test"):
            self.hanging.wait(10)
            raise socket.gaierror
        return self._real("127.0.0.1" if host == "ours.test" else host, *args, **options)

    def ask_in_vain(self, host: str) -> None:
        assert cause_of(f"http://{host}/", seconds=0.05) == "timeout"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """Every thread that asks for names of tenants hangs."""
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found.find)
    # On a busy machine a question may be given up before its thread begins.
    while len(found.asked) < outside.ASKERS:
        found.ask_in_vain(f"{len(found.asked)}.tenant.test")
    yield found
    found.hanging.set()


def test_names_of_tenants_that_hang_do_not_keep_ours_from_being_found(
    names: Names, settings: Any
) -> None:
    with serving(lambda peer: peer.answer(b"hello")) as server:
        settings.WECHAT_API_BASE_URL = server.origin.replace("127.0.0.1", "ours.test")

        assert got(settings.WECHAT_API_BASE_URL) == b"hello"


def test_a_name_that_nobody_waits_for_any_more_is_not_asked_for(names: Names) -> None:
    names.ask_in_vain("late.tenant.test")
    names.hanging.set()

    assert cause_of("http://next.tenant.test/") == "unreachable"

    assert len(names.asked) == outside.ASKERS + 1
    assert names.asked[-1] == "next.tenant.test"
