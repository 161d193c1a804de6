"""What a Content-Type may name, as gunicorn would ask the program."""

from __future__ import annotations

import codecs
import encodings
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from portal.server import text_encodings
from portal.wsgi import application
from tests.rows import each_row

NAMES = ["hex", "rot13", "undefined", "idna", "utf-7", "no-such", "x" * 7000]


@pytest.fixture(autouse=True)
def _connection_of_the_test() -> Iterator[None]:
    """Let no request close it, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def status_of(
    content_type: str, *, host: str = "portal.test", query: str = "next=%2Fa&b", body: str = ""
) -> str:
    """Return the status of an answer of the whole program."""
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": "/login",
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    answer = application(environ, lambda *told: said.extend(told))
    b"".join(answer)
    getattr(answer, "close", int)()
    return str(said[0])


@pytest.mark.django_db
@each_row("name", NAMES)
@each_row("query", ["next=%2Fa&b", "next=\xe4", ""], undo=True)
def test_98_an_encoding_that_no_browser_names_is_refused(name: str, query: str) -> None:
    assert status_of(f"text/plain; charset={name}", query=query) == "400 Bad Request"


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["portal.test", "foreign.example"])
def test_98_so_is_one_that_nobody_knows_of_another_parameter(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert status_of("text/plain; name*=no-such''x", host=host) == "400 Bad Request"
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


@pytest.mark.django_db
@each_row("content_type", ["", "text/plain", "text/plain; charset=UTF-8"], undo=True)
def test_what_browsers_send_is_answered(content_type: str) -> None:
    assert status_of(content_type) == "200 OK"


@pytest.mark.django_db
def test_98_names_of_encodings_are_not_kept() -> None:
    remembered: Any = encodings._cache  # type: ignore[attr-defined]
    unheard_of = ["no-such-1", "utf---8", "utf.....8"]
    for name in unheard_of:
        status_of(f"text/plain; charset={name}")
        status_of(f"text/plain; name*={name}''x")
        part = f"--x\r\nContent-Disposition: form-data; name*={name}''a\r\n\r\n1\r\n--x--\r\n"
        status_of("multipart/form-data; boundary=x", body=part)

    assert not set(remembered) & set(unheard_of)


@each_row(
    "name",
    [*sorted({*encodings.aliases.aliases.values()} - {"mbcs"}), "UTF-8", "utf8", "latin-1"],
)
def test_encodings_of_python_are_found(name: str) -> None:
    assert text_encodings.find_codec(name.lower())
    assert codecs.lookup(name)
