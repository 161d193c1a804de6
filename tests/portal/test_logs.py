"""A log line carries the request's id and never a secret."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import Context

import pytest
from django.test import Client

from connections.models import Connection
from portal.logs import Line, Scrub, scrubbed
from portal.middleware import request_id
from projects.models import Project
from tests.cast import client_of, make_connection

CANARY = "CANARY-6f1d"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"GET /sns/oauth2/access_token?appid=wx1&secret={CANARY}&code={CANARY}",
            "GET /sns/oauth2/access_token?appid=wx1&secret=[removed]&code=[removed]",
        ),
        (
            f'{{"access_token": "{CANARY}", "expires_in": 7200, "refresh_token":"{CANARY}"}}',
            '{"access_token": "[removed]", "expires_in": 7200, "refresh_token":"[removed]"}',
        ),
        (f"{{'client_secret': '{CANARY}'}}", "{'client_secret': '[removed]'}"),
        (f"appsecret = {CANARY}, AppID = wx1", "appsecret = [removed], AppID = wx1"),
        (f"PASSWORD={CANARY} user=me", "PASSWORD=[removed] user=me"),
        (f"state={CANARY}", "state=[removed]"),
        (f"token: {CANARY}; key: {CANARY}", "token: [removed] key: [removed]"),
        ("errcode=40029, errmsg=invalid code", "errcode=40029, errmsg=invalid code"),
        ("grant_type=authorization_code&appid=wx1", "grant_type=authorization_code&appid=wx1"),
        ("用户登录成功", "用户登录成功"),
    ],
)
def test_values_of_secret_names_are_removed_and_others_stay(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


def record_of(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("menkou", logging.WARNING, "file", 1, message, arguments, None)


def test_arguments_are_scrubbed_with_the_message() -> None:
    record = record_of("called %s", f"https://api.example/?access_token={CANARY}")
    assert Scrub().filter(record)
    assert record.getMessage() == "called https://api.example/?access_token=[removed]"


def test_a_line_with_a_wrong_placeholder_breaks_nothing() -> None:
    record = record_of(f"code={CANARY} %d", "no number")
    assert Scrub().filter(record)
    assert record.getMessage() == "code=[removed] %d"


def test_a_line_tells_time_level_logger_and_request() -> None:
    context = Context()
    context.run(request_id.set, "00112233aabbccdd")
    line = context.run(Line().format, record_of("hello"))
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 WARNING menkou \[00112233aabbccdd\] hello",
        line,
    )


def test_outside_a_request_the_id_is_a_dash() -> None:
    line = Context().run(Line().format, record_of("hello"))
    assert line.endswith(" WARNING menkou [-] hello")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged of requests, drawn when it is logged."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Line())
    logger = logging.getLogger("django.request")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    yield written
    logger.setLevel(level)
    logger.removeHandler(handler)


class TestLinesOfRequests:
    def test_an_answer_that_refuses_and_its_line_carry_the_same_id(
        self, project: Project, lines: io.StringIO
    ) -> None:
        answers = {
            "Bad Request: /login": client_of("acme.login.test").get("/login?a=%00"),
            "Not Found: /login": client_of("nobody.example").get("/login"),
            "Not Found: /nowhere": client_of("acme.login.test").get("/nowhere"),
        }
        ids = [answer.headers["x-request-id"] for answer in answers.values()]
        assert len(set(ids)) == 3
        told = [line.split(" ", 3)[3] for line in lines.getvalue().splitlines()]
        assert told == [f"[{each}] {said}" for each, said in zip(ids, answers, strict=True)]

    def test_what_breaks_and_its_line_carry_the_same_id(
        self, as_owner: Client, project: Project, lines: io.StringIO
    ) -> None:
        make_connection(project)
        Connection.objects.update(settings=["written by no release of ours"])
        as_owner.raise_request_exception = False
        answer = as_owner.get("/projects/acme/connections/wechat_web/")
        assert answer.status_code == 500
        said = "Internal Server Error: /projects/acme/connections/wechat_web/"
        line = lines.getvalue().splitlines()[0]
        assert line.split(" ", 3)[3] == f"[{answer.headers['x-request-id']}] {said}"


def test_a_trace_is_scrubbed_too() -> None:
    record = record_of("it broke")
    try:
        raise ValueError(f"client_secret={CANARY}")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = Line().format(record)
    assert "ValueError: client_secret=[removed]" in line
    assert "Traceback (most recent call last)" in line
    # The trace quotes the source, which holds the name of the canary and not its value.
    assert CANARY not in line
