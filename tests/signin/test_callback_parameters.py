"""The parameters of a callback are checked before anything is sent to the provider."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from connections.models import PendingSignIn
from projects.models import Project
from tests.cast import make_connection
from tests.connections.sign_in_assertions import assert_failed, assert_signed_in, text_of
from tests.wechat import Visitor, WeChat


@pytest.fixture
def visitor(visitor: Visitor, project: Project) -> Visitor:
    """Somebody who has just agreed at WeChat."""
    make_connection(project)
    visitor.press()
    return visitor


def come_back(visitor: Visitor, *parameters: tuple[str, str]) -> Any:
    """Arrive with these parameters, each as often as it is there."""
    path = "/sso/oauth2/callback/wechat_web"
    return visitor.client.get(f"{path}?{urlencode(parameters)}")


@pytest.mark.parametrize(
    ("parameters", "field", "expected"),
    [
        ([("code", "a"), ("code", "b")], "code", "one value"),
        ([("code", "a"), ("code", "a")], "code", "one value"),
        ([("code", "")], "code", "not empty"),
        ([("code", "a\x01")], "code", "no control characters"),
        ([("code", "a\r\nb")], "code", "no control characters"),
        ([("code", "a\x85b")], "code", "no control characters"),
        ([("code", "x" * 16_385)], "code", "at most 16384 characters"),
        ([("code", "a"), ("error", "")], "error", "not empty"),
        ([("error", "a"), ("error", "access_denied")], "error", "one value"),
        ([("error", "access_denied\x07")], "error", "no control characters"),
        ([("code", "a"), ("iss", "b"), ("iss", "b")], "iss", "one value"),
        ([("code", "a"), ("iss", "")], "iss", "not empty"),
    ],
)
def test_v4_an_unusable_parameter_is_named_in_the_record(
    visitor: Visitor, wechat: WeChat, parameters: list[tuple[str, str]], field: str, expected: str
) -> None:
    answer = come_back(visitor, ("state", visitor.state), *parameters)

    ended = assert_failed(answer, "reject", cause="callback_parameter")
    assert (ended.facts["field"], ended.facts["expected"]) == (field, expected)
    assert wechat.log()["counts"] == {}


def test_v4_two_states_are_no_state(visitor: Visitor, wechat: WeChat) -> None:
    state, code = ("state", visitor.state), ("code", wechat.code())

    for other in (state, ("state", "s" * 32), ("state", "")):
        assert come_back(visitor, state, code, other).status_code == 400

    assert wechat.log()["counts"] == {}
    # The sign-in itself can still be finished.
    assert_signed_in(come_back(visitor, state, code), visitor)


def test_v4_a_code_that_says_denied_is_a_cancelled_sign_in(
    visitor: Visitor, wechat: WeChat
) -> None:
    answer = come_back(visitor, ("state", visitor.state), ("code", "authdeny"))

    assert_failed(answer, "cancelled", cause="cancelled")
    assert wechat.log()["counts"] == {}


def test_an_empty_code_beside_an_error_is_no_fault(visitor: Visitor) -> None:
    answer = come_back(visitor, ("state", visitor.state), ("code", ""), ("error", "access_denied"))

    assert_failed(answer, "cancelled", cause="cancelled")


def test_f22_a_code_of_the_greatest_length_is_sent(visitor: Visitor, wechat: WeChat) -> None:
    answer = come_back(visitor, ("state", visitor.state), ("code", "x" * 16_384))

    assert_failed(answer, "retry", cause="40029")
    assert wechat.calls("token") == 1


def test_v4_a_nul_ends_on_a_page(visitor: Visitor, wechat: WeChat) -> None:
    answer = come_back(visitor, ("state", visitor.state), ("code", "a\0b"))

    assert (answer.status_code, "<h1>" in answer.content.decode()) == (400, True)
    assert "Bad request" in text_of(answer)
    assert PendingSignIn.objects.count() == 1
    assert wechat.log()["counts"] == {}
