"""The one door to other servers: little time, little data, no redirects, nothing private."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from requests.auth import HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from core.http import client as http_client
from core.http import resolver
from core.http.address_rules import is_public, parse_address
from portal.devtools.processes import wait_until
from tests.connections.servers import Peer, Server, free_port, serving
from tests.processor_time import within
from tests.rows import each_row
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
    with http_client.new_session() as session:
        content: bytes = session.get(address).content
    return content


def cause_of(address: str, *, seconds: float = 5) -> str:
    """Why an address gives no answer."""
    with (
        http_client.deadline(seconds),
        http_client.new_session() as session,
        pytest.raises(http_client.RequestFailed) as raised,
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


@each_row(
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
        with http_client.new_session() as session:
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
    body = b"x" * http_client.MAX_BODY_BYTES
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
    assert len(packed) < http_client.MAX_BODY_BYTES

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


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS_PARTS = {
    "answers of status 100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "small chunks": (CHUNKED, b"1\r\nx\r\n"),
    "extensions of chunks": (CHUNKED, b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
}


@pytest.mark.parametrize("name", ENDLESS_PARTS)
def test_99_what_is_around_an_answer_is_cut_off_as_well(settings: Any, name: str) -> None:
    first, again = ENDLESS_PARTS[name]
    sent: list[int] = []

    def treat(peer: Peer) -> None:
        peer.say(first)
        piece = again * (65536 // len(again) + 1)
        # 64 MB, which would be read before the deadline.
        for number in range(1000):
            peer.say(piece)
            sent.append(number)

    with serving(treat) as server, within(3):
        assert cause_of(trusting(server, settings), seconds=30) == "too_large"

    assert len(sent) < 1000


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

        assert 0.4 < time.monotonic() - began < 10


def test_one_deadline_ends_several_calls(settings: Any) -> None:
    with serving(drip_body) as server, http_client.deadline(0.3):
        address = trusting(server, settings)
        for _call in range(2):
            with (
                http_client.new_session() as session,
                pytest.raises(http_client.RequestFailed, match="timeout"),
            ):
                session.get(address)
        assert server.calls == ["/"]


def test_after_its_block_a_deadline_cuts_nothing(settings: Any) -> None:
    with serving(lambda peer: peer.answer(b"hello")) as server:
        address = trusting(server, settings)
        with http_client.deadline(0.2) as end:
            got(address)

        assert got(address) == b"hello"
        assert end.passed is False


def test_urllib3_still_has_the_private_parts_that_we_override() -> None:
    """Which of urllib3's calls these methods, and when, the other tests here show."""
    for connection in (HTTPConnection, HTTPSConnection):
        # What is connected to, and what the certificate and the Host header are made from.
        made = connection("provider.test.")
        assert (made._dns_host, made.host) == ("provider.test.", "provider.test")
        assert list(signature(connection._new_conn).parameters) == ["self"]
    for pool in (HTTPConnectionPool, HTTPSConnectionPool):
        assert list(signature(pool._get_conn).parameters) == ["self", "timeout"]
        assert list(signature(pool._put_conn).parameters) == ["self", "conn"]


def test_a_request_is_sent_as_the_classes_of_allauth_mean_it(settings: Any) -> None:
    heard: list[tuple[str, str]] = []

    def treat(peer: Peer) -> None:
        heard.append((peer.head, peer.body))
        peer.answer(b'{"a": 1}', status="201 Created", headers="Content-Type: a/b\r\n")

    with serving(treat) as server, http_client.new_session() as session:
        url = trusting(server, settings)
        session.get(f"{url}?z=0", params={"a b": "ü", "none": None, "list": ["1", "2"]})
        session.post(url, data={"a b": "ü&"}, params=None, json=None, headers=None, auth=None)
        session.post(url, data="raw", headers={"content-type": "text/x", "User-Agent": "other"})
        session.request("post", url, json={"ü": 1}, auth=HTTPBasicAuth("me", "se:cret"))
        answer = session.post(url, data={}, timeout=99)

    heads = [head.split("\r\n") for head, _body in heard]
    assert heads[0][0] == "GET /?z=0&a+b=%C3%BC&list=1&list=2 HTTP/1.1"
    assert "Content-Type: application/x-www-form-urlencoded" in heads[1]
    assert {"content-type: text/x", "User-Agent: Menkou"} <= set(heads[2])
    assert {
        "Content-Type: application/json",
        "Authorization: Basic " + b64encode(b"me:se:cret").decode(),
    } <= set(heads[3])
    assert "Content-Length: 0" in heads[4]
    assert [body for _head, body in heard] == ["", "a+b=%C3%BC%26", "raw", '{"\\u00fc": 1}', ""]
    assert (answer.status_code, answer.ok, answer.text) == (201, True, '{"a": 1}')
    assert (answer.json(), answer.headers["content-type"]) == ({"a": 1}, "a/b")


@pytest.mark.parametrize(
    "headers", [{"X": "a\r\nY: b"}, {"X": "a\n b"}, {"X\r\nY": "a"}, {"X": " a"}, {"": "a"}]
)
def test_a_header_that_would_be_two_is_not_sent(settings: Any, headers: dict[str, str]) -> None:
    with serving(lambda peer: peer.answer(b"")) as server:
        url = trusting(server, settings)
        with (
            http_client.new_session() as session,
            pytest.raises(http_client.RequestFailed, match="unreachable"),
        ):
            session.get(url, headers=headers)

        assert server.calls == []


def test_an_error_of_the_server_raises_where_a_class_wants_it_to(settings: Any) -> None:
    def treat(peer: Peer) -> None:
        peer.answer(b"secret", status="404 secret")

    with serving(treat) as server, http_client.new_session() as session:
        answer = session.get(trusting(server, settings))

    assert not answer.ok
    with pytest.raises(http_client.UnexpectedStatus, match=r"\A404\Z"):
        answer.raise_for_status()


@each_row(
    "address",
    [
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.1.1",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "::",
        "::ffff:10.0.0.1",
        "64:ff9b::808:808",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fe80::1%lo",
        "ff02::1",
    ],
)
def test_a17_1_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(parse_address(address))


@each_row("address", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111", "2a00::1"])
def test_the_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(parse_address(address))


def test_the_numbers_are_those_that_were_promised() -> None:
    assert http_client.CONNECT_SECONDS == 2
    assert http_client.READ_SECONDS == 3
    assert http_client.DEADLINE_SECONDS == 7
    assert http_client.MAX_BODY_BYTES == 256 * 1024


def test_name_servers_that_hang_are_given_up(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    asked, over = threading.Event(), threading.Event()

    def never(*args: object, **options: object) -> list[Any]:
        asked.set()
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()

    with (
        http_client.deadline(0.3),
        http_client.new_session() as session,
        pytest.raises(http_client.RequestFailed) as failure,
    ):
        session.get(f"{settings.WECHAT_API_BASE_URL}/sns/userinfo")

    assert asked.is_set()
    assert failure.value.cause == "timeout"
    assert time.monotonic() - began < 10
    # The lookup itself ends when the system lets it.
    over.set()
    assert wait_until(lambda: not resolver.fixed_names._threads)


def test_a_host_of_two_addresses_is_reached_at_the_second(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with running_simulator() as wechat:
        port = urlsplit(wechat.origin).port
        settings.WECHAT_API_BASE_URL = f"http://two-addresses.test:{port}"
        answers = [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers)

        with http_client.new_session() as session:
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


def test_the_certificate_and_the_host_header_are_those_of_the_name(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path, "provider.test")
    monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
    believe(certificate, monkeypatch)
    with serving_tls(certificate) as server:
        settings.WECHAT_API_BASE_URL = f"https://provider.test:{server.port}"

        content = got(f"{settings.WECHAT_API_BASE_URL}/")

    assert content == b"ok"
    assert server.names == ["provider.test"]
    assert server.hosts == [f"provider.test:{server.port}"]


def test_another_names_certificate_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path, "other.test")
    monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
    believe(certificate, monkeypatch)
    with serving_tls(certificate) as server:
        settings.WECHAT_API_BASE_URL = f"https://provider.test:{server.port}"

        assert cause_of(f"{settings.WECHAT_API_BASE_URL}/") == "tls_host"

    assert server.hosts == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path, "provider.test")
    monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
    with serving_tls(certificate) as server:
        settings.WECHAT_API_BASE_URL = f"https://provider.test:{server.port}"

        assert cause_of(f"{settings.WECHAT_API_BASE_URL}/") == "tls_issuer"

    assert server.hosts == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_78_the_address_that_was_checked_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    asked: list[str] = []
    reached: list[str] = []
    real = socket.getaddrinfo

    def changing(host: str, *args: Any, **options: Any) -> Any:
        if host != "rebinding.test":
            return real(host, *args, **options)
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    def connect(address: tuple[str, int], *_args: Any, **_options: Any) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)

    for _time in range(3):
        assert cause_of(f"{scheme}://rebinding.test/") == "unreachable"

    assert reached == ["93.184.215.14"] * 3
    assert asked == ["rebinding.test"]


def test_78_a_cached_answer_is_checked_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
    with serving(lambda peer: peer.answer(b"reached")) as server:
        port = server.origin.rpartition(":")[2]
        # As an origin that the deployment trusts, it is known; as one that somebody typed, not.
        assert http_client.resolve_host("provider.test") == ("127.0.0.1",)

        for _time in range(2):
            assert cause_of(f"http://provider.test:{port}/") == "private_address"

    assert server.calls == []


def believe(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections to the deployment's origins accept this authority in place of the real."""
    context = http_client.trust(str(certificate))
    pools = http_client.pools(http_client._TrustedHTTPPool, http_client._TrustedHTTPSPool, context)
    monkeypatch.setattr(http_client, "_trusted_pools", lambda: pools)


def at_loopback(real: Callable[..., Any]) -> Callable[..., Any]:
    """Name servers that know provider.test."""

    def find(host: str, *args: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "provider.test" else host, *args, **options)

    return find


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for a name, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


@dataclass
class TLSServer:
    """A server over TLS: the names that its callers meant, and the hosts that they named."""

    port: int
    names: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


@contextmanager
def serving_tls(
    certificate: Path, answer: Callable[[str], bytes] = lambda path: b"ok"
) -> Iterator[TLSServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.hosts.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer(self.path))

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tests are quiet."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Callers hang up where the certificate is another one's."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: told.names.append(name)
    with Quiet(("127.0.0.1", 0), Handler) as server:
        told = TLSServer(server.server_address[1])
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
