"""Nickname, picture and token checks, by the U vectors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.test_token import assert_error
from tests.simulator.wechat import SVC, WeChat, read

NOT_LATEST = "invalid credential, access_token is invalid or not latest"


def test_u01_u02_u04_userinfo_tells_nickname_and_picture(wechat: WeChat) -> None:
    token = wechat.token()

    answer = wechat.userinfo(token)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    assert "李雷😀".encode() in answer.content
    assert read(answer) == {
        "openid": token["openid"],
        "nickname": "李雷😀",
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "https://sim/avatar/li/132",
        "privilege": [],
        "unionid": token["unionid"],
    }


def test_u03_nickname_and_picture_may_be_empty(wechat: WeChat) -> None:
    answer = read(wechat.userinfo(wechat.token(person="NONE")))

    assert (answer["nickname"], answer["headimgurl"]) == ("", "")


def test_u04_a_picture_of_the_simulator_s_own_can_be_fetched(wechat: WeChat) -> None:
    wechat.control("people", id="ada", nickname="Ada", picture="/avatar/ada")
    address = read(wechat.userinfo(wechat.token(person="ada")))["headimgurl"]
    assert address == f"{wechat.base}/avatar/ada/132"

    answer = wechat.http.get(address, timeout=10)

    assert answer.headers["Content-Type"] == "image/png"
    assert width_of(answer.content) == 132


@pytest.mark.parametrize(("size", "width"), [(0, 640), (46, 46), (64, 64), (96, 96), (132, 132)])
def test_pictures_have_wechat_s_sizes(wechat: WeChat, size: int, width: int) -> None:
    assert width_of(wechat.get(f"/avatar/LI/{size}").content) == width


@pytest.mark.parametrize("path", ["/avatar/LI/47", "/avatar/nobody/132"])
def test_there_is_no_other_picture(wechat: WeChat, path: str) -> None:
    assert wechat.get(path).status_code == 404


def width_of(png: bytes) -> int:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(png[16:20], "big")


@pytest.mark.parametrize("path", ["/sns/userinfo", "/sns/auth"])
@pytest.mark.parametrize(
    ("changes", "errcode", "errmsg"),
    [
        pytest.param({"access_token": "bogus"}, 40001, NOT_LATEST, id="U05"),
        pytest.param({"openid": "o" * 28}, 40003, "invalid openid", id="U06-U12"),
        pytest.param({"access_token": None}, 41001, "access_token missing", id="U07"),
        pytest.param({"openid": None}, 41009, "missing openid", id="U08"),
    ],
)
def test_a_bad_pair_gives_an_error(
    wechat: WeChat, path: str, changes: dict[str, Any], errcode: int, errmsg: str
) -> None:
    token = wechat.token()
    pair = {"access_token": token["access_token"], "openid": token["openid"]}

    assert_error(wechat.get(path, pair | changes), errcode, errmsg)


def test_u06_the_openid_of_somebody_else_is_refused(wechat: WeChat) -> None:
    token, other = wechat.token(), wechat.token(person="JOSE")

    assert_error(wechat.userinfo(token, openid=other["openid"]), 40003, "invalid openid")


def test_u09_an_access_token_lives_two_hours(wechat: WeChat) -> None:
    token = wechat.token()

    wechat.control("clock", advance_s=7200)
    assert "errcode" not in read(wechat.userinfo(token))
    wechat.control("clock", advance_s=1)
    assert_error(wechat.userinfo(token), 42001, "access_token expired")


def test_u10_the_silent_scope_may_not_ask(wechat: WeChat) -> None:
    wechat.control("switches", client_ip="10.9.9.9")
    token = wechat.token(SVC, scope="snsapi_base")

    assert_error(wechat.userinfo(token), 48001, "api unauthorized")


def test_u11_a_good_pair_is_ok(wechat: WeChat) -> None:
    token = wechat.token()
    pair = {"access_token": token["access_token"], "openid": token["openid"]}

    assert read(wechat.get("/sns/auth", pair)) == {"errcode": 0, "errmsg": "ok"}
