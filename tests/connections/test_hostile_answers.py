"""A provider that answers slowly, hugely or absurdly: a failed sign-in, never a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse

from connections.models import SignIn
from projects.models import Project
from tests.cast import ACCOUNT_ID, make_connection
from tests.connections.concurrent import all_at_once
from tests.connections.servers import Peer, Server, serving
from tests.connections.sign_in_assertions import (
    assert_failed,
    assert_nobody_is_known,
    assert_signed_in,
)
from tests.wechat import Visitor, WeChat

TOKEN = {
    "access_token": "an-access-token",
    "expires_in": 7200,
    "refresh_token": "a-refresh-token",
    "openid": "o" + "1" * 27,
    "scope": "snsapi_login",
    "unionid": "o" + "2" * 27,
}
PROFILE = {"openid": TOKEN["openid"], "unionid": TOKEN["unionid"], "nickname": "Mei"}


class Answers:
    """A WeChat that says exactly what it is told to."""

    def __init__(self) -> None:
        self.token: bytes = json.dumps(TOKEN).encode()
        self.userinfo: bytes = json.dumps(PROFILE).encode()

    def treat(self, peer: Peer) -> None:
        peer.answer(self.token if "access_token" in peer.path.partition("?")[0] else self.userinfo)


@pytest.fixture
def answers(visitor: Visitor, settings: Any) -> Iterator[Answers]:
    told = Answers()
    with serving(told.treat) as server:
        settings.WECHAT_API_BASE_URL = server.origin
        yield told


def come_back(visitor: Visitor) -> HttpResponse:
    visitor.press()
    return visitor.come_back(code="c", state=visitor.state)


def test_what_the_following_tests_change_signs_somebody_in(
    visitor: Visitor, project: Project, answers: Answers
) -> None:
    make_connection(project)

    assert_signed_in(come_back(visitor), visitor, as_name="Mei")


@pytest.mark.parametrize(
    "errcode",
    [
        '"40029\\u0000"',
        '"\\ud800"',
        '"<script>"',
        "{}",
        "[]",
        "true",
        "false",
        "1e400",
        "40029.0",
        "0.0",
        "-0.0",
        "NaN",
    ],
)
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_an_errcode_that_is_no_whole_number_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, errcode: str
) -> None:
    make_connection(project)
    setattr(answers, endpoint, with_errcode(endpoint, errcode))

    answer = come_back(visitor)

    assert_failed(answer, "config", cause="malformed", provider_code="", provider_trace="")


@pytest.mark.parametrize(
    ("errcode", "kept"), [("4" * 300, "4" * 40), ("-7", "-7"), ("987654321", "987654321")]
)
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_a8_36_an_errcode_that_nobody_knows_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, errcode: str, kept: str
) -> None:
    make_connection(project)
    setattr(answers, endpoint, with_errcode(endpoint, errcode))

    answer = come_back(visitor)

    assert_failed(answer, "config", cause="unknown_code", provider_code=kept, provider_trace="")


@pytest.mark.parametrize("errcode", ["0", "-0", "null", '"0"', '""'])
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_an_errcode_of_zero_is_none(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, errcode: str
) -> None:
    make_connection(project)
    setattr(answers, endpoint, with_errcode(endpoint, errcode))

    assert_signed_in(come_back(visitor), visitor, as_name="Mei")


@pytest.mark.parametrize("errcode", ["40029", '"40029"'])
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_an_errcode_is_the_same_as_text(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, errcode: str
) -> None:
    make_connection(project)
    setattr(answers, endpoint, with_errcode(endpoint, errcode))

    assert_failed(come_back(visitor), "retry", cause="40029", provider_code="40029")


@pytest.mark.parametrize(
    ("errmsg", "address"),
    [
        ("invalid ip 203.0.113.7, not in whitelist rid: 5fc5-1a2b", "203.0.113.7"),
        ("invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", "203.0.113.7"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("invalid ip 999.1.1.1, not in whitelist", ""),
        ("invalid ip <script>", ""),
        ("1.2.3.4" * 20, ""),
        (5, ""),
    ],
)
def test_the_address_that_wechat_refuses_is_a_fact(
    visitor: Visitor, project: Project, answers: Answers, errmsg: Any, address: str
) -> None:
    make_connection(project)
    answers.token = json.dumps({"errcode": 40164, "errmsg": errmsg}).encode()

    assert_failed(come_back(visitor), "config", cause="40164")

    assert SignIn.objects.get().facts.get("received", "") == address


@pytest.mark.parametrize(
    ("scope", "is_granted"),
    [
        ("snsapi_login", True),
        ("snsapi_base,snsapi_login", True),
        ("snsapi_base snsapi_login", True),
        ("", True),
        (None, True),
        ("snsapi_base", False),
    ],
)
def test_a_token_without_the_scope_of_the_profile_is_told_as_such(
    visitor: Visitor, project: Project, answers: Answers, scope: Any, is_granted: bool
) -> None:
    make_connection(project)
    answers.token = json.dumps({**TOKEN, "scope": scope}).encode()

    answer = come_back(visitor)

    if is_granted:
        assert_signed_in(answer, visitor, as_name="Mei")
        return
    assert_failed(answer, "config", cause="scope_missing")
    facts = SignIn.objects.get().facts
    assert (facts["received"], facts["expected"]) == ("snsapi_base", "snsapi_login")
    assert "access_token" in facts["request"], "the profile was not asked for"


def with_errcode(endpoint: str, errcode: str) -> bytes:
    """An answer in which nothing but the errcode, written in JSON, can be wrong."""
    usual = json.dumps(TOKEN if endpoint == "token" else PROFILE)
    return f'{{"errcode": {errcode}, "errmsg": "\\u0000 rid: x", {usual[1:]}'.encode()


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xfe{}",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"openid": ',
        b'{"openid": ' + b"9" * 5000 + b"}",
    ],
    ids=["bytes", "null", "text", "deep list", "deep dict", "cut", "long number"],
)
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_59_an_answer_that_cannot_be_read_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, answer: bytes
) -> None:
    make_connection(project)
    setattr(answers, endpoint, answer)

    cause = "not_json" if answer.startswith(b"\xff") else "malformed"
    assert_failed(come_back(visitor), "config", cause=cause, provider_code="")


@pytest.mark.parametrize("value", [None, "", True, [], {}, "a b", "x\x00", "好", "x" * 129])
@pytest.mark.parametrize("name", ["openid", "access_token"])
def test_a_token_answer_with_an_absurd_value_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, name: str, value: object
) -> None:
    make_connection(project)
    if (name, value) == ("access_token", "x" * 129):
        value = "x" * 1025
    answers.token = json.dumps({**TOKEN, name: value}).encode()

    if name == "openid" and value not in (None, ""):
        assert_failed(come_back(visitor), "config", cause="no_subject")
    else:
        assert_failed(come_back(visitor), "config", cause="malformed")


@pytest.mark.parametrize("value", [True, [], {}, "a b", "x\x00", "好", "x" * 129])
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_a12_an_absurd_unionid_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str, value: object
) -> None:
    make_connection(project)
    usual = TOKEN if endpoint == "token" else PROFILE
    setattr(answers, endpoint, json.dumps({**usual, "unionid": value}).encode())

    assert_failed(come_back(visitor), "config", cause="no_subject")


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, "\ud800", "\x00", "http://[", "x" * 5000, "\u202e", "<b>"]
)
def test_absurd_names_and_pictures_sign_in_all_the_same(
    visitor: Visitor, project: Project, answers: Answers, value: object
) -> None:
    make_connection(project)
    answers.userinfo = json.dumps({**PROFILE, "nickname": value, "headimgurl": value}).encode()

    person = assert_signed_in(come_back(visitor), visitor)

    assert person.picture == ""
    assert 0 < len(person.shown_name) <= 64
    assert "<b>" not in visitor.client.get("/account").content.decode()


@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_a14_59_an_answer_that_is_far_too_long_is_a_failed_sign_in(
    visitor: Visitor, project: Project, answers: Answers, endpoint: str
) -> None:
    make_connection(project)
    setattr(answers, endpoint, b" " * 10 * 1024 * 1024)

    assert_failed(come_back(visitor), "config", cause="too_large")


def test_a_token_endpoint_that_redirects_is_not_followed(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any
) -> None:
    make_connection(project)

    def treat(peer: Peer) -> None:
        address = f"{wechat.origin}/sns/oauth2/access_token"
        peer.answer(b"", status="307 Temporary", headers=f"Location: {address}\r\n")

    with serving(treat) as server:
        settings.WECHAT_API_BASE_URL = server.origin
        assert_failed(visitor.sign_in(), "config", cause="unexpected_status")

    assert wechat.calls("token") == 0


def treat_by_code(peer: Peer) -> None:
    """The code says how slow the answer is."""
    code = peer.form.get("code", "")
    if code == "hang":
        peer.hang()
    elif code == "drip-headers":
        peer.drip(b"HTTP/1.1 200 OK\r\n" * 9, pause=1)
    elif code == "drip-body":
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        peer.drip(b" " * 1000, pause=1)
    elif code == "hang-later":
        peer.answer_json(**TOKEN)
    else:
        peer.hang()


@pytest.mark.django_db(transaction=True)
def test_t13_59_however_slow_wechat_is_the_answer_comes_within_eight_seconds(
    project: Project, wechat: WeChat, settings: Any
) -> None:
    make_connection(project)
    slow = ["hang", "drip-headers", "drip-body", "hang-later"]

    def sign_in(code: str) -> tuple[int, float]:
        visitor = Visitor(project, wechat)
        visitor.press()
        began = time.monotonic()
        answer = visitor.come_back(code=code, state=visitor.state)
        return answer.status_code, time.monotonic() - began

    with serving(treat_by_code) as server:
        settings.WECHAT_API_BASE_URL = server.origin
        ended = all_at_once([lambda code=code: sign_in(code) for code in slow])  # type: ignore[misc]
        asked = token_calls(server)

    assert [status for status, _ in ended] == [503] * 4
    assert all(2.5 < seconds < 15 for _, seconds in ended), ended
    assert [each.cause for each in SignIn.objects.all()] == ["timeout"] * 4
    assert asked == 4
    assert_nobody_is_known()


def token_calls(server: Server) -> int:
    return server.calls.count("/sns/oauth2/access_token")


def test_the_settings_of_a_connection_are_the_ones_that_count(
    visitor: Visitor, project: Project, answers: Answers
) -> None:
    """An answer that names another app or account changes nothing."""
    make_connection(project)
    answers.userinfo = json.dumps(
        {**PROFILE, "appid": "wxevil", "client_id": "wxevil", "account_id": "gh_evil"}
    ).encode()

    person = assert_signed_in(come_back(visitor), visitor)

    identity = person.identities.get()
    assert identity.namespace == f"wechat:{ACCOUNT_ID}"
