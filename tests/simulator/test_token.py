"""The token endpoint, by the T vectors: the order of its checks, and what they say."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.simulator.wechat import (
    RID,
    SVC,
    WEB,
    WEB2,
    WEB3,
    WeChat,
    exchange_params,
    read,
)

TOKEN_KEYS = ["access_token", "expires_in", "openid", "refresh_token", "scope", "unionid"]
NO_APP = "wxffffffffffffffff"
NO_SECRET = "f" * 32


def assert_error(answer: Any, errcode: int, errmsg: str) -> None:
    """T19: HTTP 200, text/plain, nothing but the two fields, and the id of the request."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    said = read(answer)
    assert said == {"errcode": errcode, "errmsg": said["errmsg"]}
    assert re.fullmatch(re.escape(errmsg) + RID, said["errmsg"]), said


def assert_success(answer: Any) -> None:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    said = read(answer)
    assert sorted(said) == TOKEN_KEYS
    assert (said["expires_in"], said["scope"]) == (7200, "snsapi_login")


def test_t01_a_code_is_exchanged_for_tokens(wechat: WeChat) -> None:
    assert_success(wechat.exchange(wechat.code()))


def test_t01_the_code_that_the_qr_code_page_gets_is_good(wechat: WeChat) -> None:
    outcome = wechat.control("approve", uuid=wechat.new_uuid(), person="LI")

    assert_success(wechat.exchange(outcome["code"]))


def test_t02_a_form_may_be_posted_instead(wechat: WeChat) -> None:
    form = exchange_params(wechat.code())

    assert_success(wechat.post("/sns/oauth2/access_token", data=form))


def test_t03_a_code_is_good_once(wechat: WeChat) -> None:
    code = wechat.code()
    assert_success(wechat.exchange(code))

    assert_error(wechat.exchange(code), 40163, "code been used")


@pytest.mark.parametrize(
    ("changes", "errcode", "errmsg"),
    [
        pytest.param({"code": "bogus"}, 40029, "invalid code", id="T04-T10-code"),
        pytest.param({"appid": NO_APP}, 40013, "invalid appid", id="T06-appid"),
        pytest.param({"secret": NO_SECRET}, 40125, "invalid appsecret", id="T07-secret"),
        pytest.param(
            {"appid": NO_APP, "secret": NO_SECRET, "code": "bogus"},
            40013,
            "invalid appid",
            id="T08-everything",
        ),
        pytest.param(
            {"secret": NO_SECRET, "code": "bogus"},
            40125,
            "invalid appsecret",
            id="T09-secret-and-code",
        ),
        pytest.param({"appid": None}, 41002, "appid missing", id="T11"),
        pytest.param({"secret": None}, 41004, "appsecret missing", id="T12"),
        pytest.param({"secret": ""}, 41004, "appsecret missing", id="T12-empty"),
        pytest.param({"code": None}, 41008, "missing code", id="T13"),
        pytest.param({"grant_type": None}, 40002, "invalid grant_type", id="T14-absent"),
        pytest.param(
            {"grant_type": "client_credential"}, 40002, "invalid grant_type", id="T14-other"
        ),
        pytest.param(
            {"appid": NO_APP, "grant_type": None}, 40002, "invalid grant_type", id="missing-first"
        ),
    ],
)
def test_t19_a_bad_exchange_gives_an_error_with_http_200(
    wechat: WeChat, changes: dict[str, str], errcode: int, errmsg: str
) -> None:
    assert_error(wechat.exchange(wechat.code(), WEB, **changes), errcode, errmsg)


def test_t05_a_code_lives_five_minutes(wechat: WeChat) -> None:
    young, old = wechat.code(), wechat.code()

    wechat.control("clock", advance_s=300)
    assert_success(wechat.exchange(young))
    wechat.control("clock", advance_s=1)
    assert_error(wechat.exchange(old), 42003, "code expired")


def test_t05_or_as_long_as_the_switch_says(wechat: WeChat) -> None:
    wechat.control("switches", code_ttl=600)
    code = wechat.code()

    wechat.control("clock", advance_s=600)

    assert_success(wechat.exchange(code))


def test_t07_a_wrong_secret_leaves_the_code_usable(wechat: WeChat) -> None:
    code = wechat.code()
    assert_error(wechat.exchange(code, secret=NO_SECRET), 40125, "invalid appsecret")

    assert_success(wechat.exchange(code))


def test_t15_t16_another_app_cannot_use_a_code_but_it_uses_it_up(wechat: WeChat) -> None:
    code = wechat.code(WEB)

    assert_error(wechat.exchange(code, WEB2), 40029, "invalid code")
    assert_error(wechat.exchange(code, WEB), 40163, "code been used")


def test_t17_a_service_account_has_a_list_of_addresses(wechat: WeChat) -> None:
    wechat.control("switches", client_ip="10.1.1.1")
    refused = wechat.exchange("bogus", SVC)
    wechat.control("switches", client_ip="10.9.9.9")
    listed = wechat.exchange("bogus", SVC)

    assert_error(refused, 40164, "invalid ip 10.1.1.1 ipv6 ::ffff:10.1.1.1, not in whitelist")
    assert_error(listed, 40029, "invalid code")


def test_t18_a_code_has_capitals(wechat: WeChat) -> None:
    assert_error(wechat.exchange(wechat.code().swapcase()), 40029, "invalid code")


def test_t20_of_two_exchanges_at_once_one_succeeds(wechat: WeChat) -> None:
    code = wechat.code()

    with ThreadPoolExecutor(8) as pool:
        answers = [read(answer) for answer in pool.map(wechat.exchange, [code] * 8)]

    errcodes = sorted(answer.get("errcode", 0) for answer in answers)
    assert errcodes == [0] + [40163] * 7


def test_t21_apps_of_one_account_share_the_unionid_only(wechat: WeChat) -> None:
    first, second = wechat.token(WEB), wechat.token(WEB2)

    assert first["unionid"] == second["unionid"] == "oU-li-OA1-000000000000000000"
    assert first["openid"] != second["openid"]


def test_t22_apps_of_two_accounts_share_nothing(wechat: WeChat) -> None:
    first, second = wechat.token(WEB), wechat.token(WEB3)

    assert second["unionid"] == "oU-li-OA2-000000000000000000"
    assert first["unionid"] != second["unionid"]
    assert first["openid"] != second["openid"]


@pytest.mark.parametrize("person", ["LI", "JOSE", "NONE"])
def test_t23_ids_have_wechat_s_form(wechat: WeChat, person: str) -> None:
    token = wechat.token(person=person)

    assert re.fullmatch("o[A-Za-z0-9_-]{27}", token["openid"])
    assert re.fullmatch("[A-Za-z0-9_-]{28}", token["unionid"])


def test_people_keep_their_ids_in_every_run(wechat: WeChat) -> None:
    token = wechat.token(person="JOSE")

    assert token["openid"] == "osplJ4NnF1o0seZBXfLSXy7WEOJD"
    assert token["unionid"] == "o6I9N5ZWuYMO00ovg3Kxy9Qe4mG5"


def test_the_silent_scope_tells_no_unionid(wechat: WeChat) -> None:
    wechat.control("switches", client_ip="10.9.9.9")

    token = wechat.token(SVC, scope="snsapi_base")

    assert token["scope"] == "snsapi_base"
    assert "unionid" not in token
