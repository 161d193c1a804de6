"""`menkou proxy check` names what nginx or Caddy breaks, and nothing if they break nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.devtools.ports import find_free_port
from portal.server.proxy.echo import new_token
from tests.server.installation import PORTAL
from tests.server.proxy import AROUND, MISSING, certificate
from tests.waiting import wait_until

HOST = "proxy_set_header Host $host;"
FOR = "proxy_set_header X-Forwarded-For $remote_addr;"
PROTO = "proxy_set_header X-Forwarded-Proto $scheme;"
BUFFERS = "large_client_header_buffers 4 32k;"
GOOD = (HOST, FOR, PROTO, BUFFERS)
APPENDED = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
TWICE = 'proxy_set_header X-Forwarded-For "$remote_addr, 10.0.0.1";'

# The lines of nginx, and what the command says about them.
NGINX: Mapping[str, tuple[tuple[str, ...], str]] = {
    "good": (GOOD, ""),
    "appended": ((HOST, APPENDED, PROTO, BUFFERS), ""),
    "no host": ((FOR, PROTO, BUFFERS), "Host header is not passed on"),
    "no scheme": ((HOST, FOR, BUFFERS), "scheme is not passed on"),
    "no address": ((HOST, PROTO, BUFFERS), "X-Forwarded-For does not have"),
    "two addresses": ((HOST, TWICE, PROTO, BUFFERS), "set MENKOU_PROXY_COUNT=2"),
    "no cookie": ((*GOOD, 'proxy_set_header Cookie "";'), "Cookie header is removed"),
    "no origin": ((*GOOD, 'proxy_set_header Origin "";'), "Origin header is removed"),
    "no metadata": ((*GOOD, 'proxy_set_header Sec-Fetch-Site "";'), "Sec-Fetch-Site header is"),
    "no answer's cookie": ((*GOOD, "proxy_hide_header Set-Cookie;"), "Set-Cookie"),
    "short addresses": ((HOST, FOR, PROTO), "callback with a long code does not arrive"),
    "small bodies": ((*GOOD, "client_max_body_size 100k;"), "large form or SAML response"),
    "elsewhere": (('return 200 "hello";',), "not from Menkou"),
}
CADDY: Mapping[str, tuple[tuple[str, ...], str]] = {
    "good": ((), ""),
    "no host": (("header_up Host {upstream_hostport}",), "Host header is not passed on"),
    "no scheme": (("header_up -X-Forwarded-Proto",), "scheme is not passed on"),
    "no address": (("header_up -X-Forwarded-For",), "X-Forwarded-For does not have"),
    "no cookie": (("header_up -Cookie",), "Cookie header is removed"),
    "no origin": (("header_up -Origin",), "Origin header is removed"),
    "no answer's cookie": (("header_down -Set-Cookie",), "Set-Cookie"),
}


@contextmanager
def running(command: list[str], folder: Path, ports: Mapping[str, int]) -> Iterator[None]:
    """Run the proxy until the end of the block."""
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: all(is_open(port) for port in ports.values()))
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def is_open(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def installed(settings: Any, tmp_path: Path) -> Path:
    """The settings of production behind one proxy; returns the proxy's certificate."""
    settings.MENKOU_PORTAL_HOST = PORTAL
    settings.MENKOU_PROJECT_DOMAIN = "login.example.com"
    settings.ALLOWED_HOSTS = [PORTAL, ".login.example.com"]
    settings.SESSION_COOKIE_SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.MENKOU_CA_BUNDLE = str(certificate(tmp_path))
    return tmp_path


def check(port: int) -> str:
    """What the command says: everything that is wrong, or ""."""
    try:
        call_command("proxy", "check", connect=("127.0.0.1", port), stdout=StringIO())
    except CommandError as error:
        return str(error)
    return ""


def assert_named(cases: Mapping[str, tuple[Any, str]], ports: Mapping[str, int]) -> None:
    for name, (_lines, expected) in cases.items():
        told = check(ports[name])
        if not expected:
            assert told == "", name
        else:
            assert expected in told, name
            assert told.startswith("2 problems found."), (name, told)


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
@pytest.mark.django_db(transaction=True)
def test_what_nginx_breaks_is_named(installed: Path, live_server: Any) -> None:
    ports = {name: find_free_port() for name in NGINX}
    blocks = [
        f"server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {installed}/fullchain.pem;"
        f"ssl_certificate_key {installed}/privkey.pem; client_body_buffer_size 512k;"
        f"{in_server(lines)}"
        f"location / {{ {in_location(lines, live_server.url)} }} }}"
        for name, (lines, _expected) in NGINX.items()
    ]
    (installed / "menkou.conf").write_text("\n".join(blocks))
    (installed / "nginx.conf").write_text(AROUND.format(folder=installed))
    command = ["nginx", "-e", str(installed / "nginx.log"), "-c", str(installed / "nginx.conf")]

    with running(command, installed, ports):
        assert_named(NGINX, ports)


def in_server(lines: tuple[str, ...]) -> str:
    return " ".join(each for each in lines if each == BUFFERS)


def in_location(lines: tuple[str, ...], upstream: str) -> str:
    own = " ".join(each for each in lines if each != BUFFERS)
    return own if own.startswith("return") else f"{own} proxy_pass {upstream};"


@pytest.mark.skipif(shutil.which("caddy") is None, reason="not installed: caddy")
@pytest.mark.django_db(transaction=True)
def test_what_caddy_breaks_is_named(installed: Path, live_server: Any) -> None:
    ports = {name: find_free_port() for name in CADDY}
    options = f"{{\n\tadmin off\n\tauto_https off\n\thttp_port {find_free_port()}\n}}\n"
    sites = [
        f"https://{PORTAL}:{ports[name]}, https://*.login.example.com:{ports[name]} {{\n"
        f"\ttls {installed}/fullchain.pem {installed}/privkey.pem\n"
        f"\treverse_proxy {live_server.url} {{\n"
        + "".join(f"\t\t{line}\n" for line in lines)
        + "\t}\n}\n"
        for name, (lines, _expected) in CADDY.items()
    ]
    (installed / "Caddyfile").write_text(options + "".join(sites))
    command = ["caddy", "run", "--adapter=caddyfile", f"--config={installed}/Caddyfile"]

    with running(command, installed, ports):
        assert_named(CADDY, ports)


# --- for strangers ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "x:1:y", "ä" * 5000])
def test_strangers_learn_nothing(token: str) -> None:
    answer = Client().get("/proxyz", {"token": token})

    assert (answer.status_code, answer.content) == (404, b"Not found.\n")


@pytest.mark.django_db
def test_a_token_is_valid_once() -> None:
    token = new_token()

    answers = [Client().get("/proxyz", {"token": token}).status_code for _time in range(2)]

    assert answers == [200, 404]
