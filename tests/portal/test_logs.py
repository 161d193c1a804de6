"""A log line carries the request's id and never a secret."""

from __future__ import annotations

import logging
import re
import sys

import pytest

from portal.logs import Line, Scrub, scrubbed
from portal.middleware import request_id

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
    token = request_id.set("00112233aabbccdd")
    try:
        line = Line().format(record_of("hello"))
    finally:
        request_id.reset(token)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 WARNING menkou \[00112233aabbccdd\] hello",
        line,
    )


def test_outside_a_request_the_id_is_a_dash() -> None:
    assert Line().format(record_of("hello")).endswith(" WARNING menkou [-] hello")


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
