"""Refreshing, by the F vectors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.test_token import assert_error
from tests.simulator.wechat import WEB, WEB2, WeChat, read

MONTH_S = 30 * 24 * 3600


def refresh(wechat: WeChat, token: dict[str, Any], **changes: str | None) -> Any:
    asked = {
        "appid": WEB["appid"],
        "grant_type": "refresh_token",
        "refresh_token": token["refresh_token"],
    }
    return wechat.get("/sns/oauth2/refresh_token", asked | changes)


def test_f01_a_living_access_token_lives_longer(wechat: WeChat) -> None:
    token = wechat.token()
    wechat.control("clock", advance_s=7000)

    answer = read(refresh(wechat, token))

    assert answer == {
        "access_token": token["access_token"],
        "expires_in": 7200,
        "refresh_token": token["refresh_token"],
        "openid": token["openid"],
        "scope": "snsapi_login",
    }
    wechat.control("clock", advance_s=7000)
    assert "errcode" not in read(wechat.userinfo(token))


def test_f02_an_expired_access_token_is_replaced(wechat: WeChat) -> None:
    token = wechat.token()
    wechat.control("clock", advance_s=7201)

    answer = read(refresh(wechat, token))

    assert answer["access_token"] != token["access_token"]
    assert "errcode" not in read(wechat.userinfo(answer))
    assert_error(
        wechat.userinfo(token),
        42001,
        "access_token expired",
    )


@pytest.mark.parametrize(
    ("changes", "errcode", "errmsg"),
    [
        pytest.param({"refresh_token": "bogus"}, 40030, "invalid refresh_token", id="F03"),
        pytest.param({"refresh_token": None}, 41003, "refresh_token missing", id="F05"),
        pytest.param({"appid": WEB2["appid"]}, 40030, "invalid refresh_token", id="F06"),
        pytest.param({"appid": None}, 41002, "appid missing", id="appid-missing"),
        pytest.param({"appid": "wxffffffffffffffff"}, 40013, "invalid appid", id="appid-unknown"),
        pytest.param({"grant_type": None}, 40002, "invalid grant_type", id="grant_type"),
    ],
)
def test_a_bad_refresh_gives_an_error(
    wechat: WeChat, changes: dict[str, str | None], errcode: int, errmsg: str
) -> None:
    assert_error(refresh(wechat, wechat.token(), **changes), errcode, errmsg)


def test_f04_a_refresh_token_lives_thirty_days(wechat: WeChat) -> None:
    token = wechat.token()

    wechat.control("clock", advance_s=MONTH_S)
    assert "errcode" not in read(refresh(wechat, token))
    wechat.control("clock", advance_s=1)
    assert_error(refresh(wechat, token), 42002, "refresh_token expired")
