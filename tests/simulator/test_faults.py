"""Faults and switches, by the X vectors."""

from __future__ import annotations

import re
import time

import pytest
import requests

from tests.simulator.wechat import WEB, WeChat, exchange_params, read

TOKEN = "/sns/oauth2/access_token"


def test_x01_a_code_that_met_a_system_error_counts_as_used(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", errcode=-1, count=1)
    code = wechat.code()

    answers = [read(wechat.exchange(code)), read(wechat.exchange(code))]

    assert [answer["errcode"] for answer in answers] == [-1, 40163]
    assert answers[0]["errmsg"].startswith("system error, rid: ")


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param({"errcode": 45011}, 40163, id="quota"),
        pytest.param({"http_status": 502}, 40163, id="bad-gateway"),
        pytest.param({"errcode": 40125}, 0, id="secret"),
        pytest.param({"errcode": 40164}, 0, id="address"),
    ],
)
def test_a_fault_uses_the_code_up_unless_it_comes_before_the_code(
    wechat: WeChat, fault: dict[str, int], left: int
) -> None:
    wechat.control("faults", endpoint="token", count=1, **fault)
    code = wechat.code()
    wechat.exchange(code)

    assert read(wechat.exchange(code)).get("errcode", 0) == left


def test_x02_an_answer_can_be_late(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", delay_ms=400, count=1)
    params = exchange_params(wechat.code())

    with pytest.raises(requests.Timeout):
        wechat.http.get(wechat.base + TOKEN, params=params, timeout=0.1)

    assert wechat.log()["counts"]["token"] == 1


def test_a_late_answer_still_comes(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", delay_ms=200)
    began = time.monotonic()

    answer = read(wechat.exchange(wechat.code()))

    assert "openid" in answer
    assert time.monotonic() - began >= 0.2


def test_an_answer_can_drip(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="auth", drip_ms=3)
    token = wechat.token()
    pair = {"access_token": token["access_token"], "openid": token["openid"]}
    began = time.monotonic()

    answer = wechat.get("/sns/auth", pair)

    assert read(answer) == {"errcode": 0, "errmsg": "ok"}
    assert answer.headers["Content-Type"] == "text/plain"
    assert time.monotonic() - began >= 0.003 * len(answer.content)


def test_an_answer_can_be_cut_off(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", close=True, count=1)
    params = exchange_params(wechat.code())

    with pytest.raises(requests.ConnectionError):
        wechat.http.get(wechat.base + TOKEN, params=params, timeout=10)

    assert read(wechat.get(TOKEN, params))["errcode"] == 40163


def test_x03_a_gateway_can_answer_instead(wechat: WeChat) -> None:
    wechat.control(
        "faults", endpoint="token", http_status=502, raw_body="<html>", content_type="text/html"
    )

    answer = wechat.exchange(wechat.code())

    assert (answer.status_code, answer.text) == (502, "<html>")
    assert answer.headers["Content-Type"] == "text/html"


def test_x04_an_answer_can_be_empty(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", raw_body="", content_type="text/html; charset=gbk")

    answer = wechat.exchange(wechat.code())

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "text/html; charset=gbk"


def test_an_errcode_can_come_with_another_status(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="userinfo", errcode=99999, errmsg="odd", http_status=500)

    answer = wechat.userinfo(wechat.token())

    assert answer.status_code == 500
    assert read(answer)["errcode"] == 99999
    assert read(answer)["errmsg"].startswith("odd, rid: ")


def test_x05_userinfo_can_speak_of_somebody_else(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="userinfo", set={"openid": "o" + "x" * 27})
    token = wechat.token()

    answer = read(wechat.userinfo(token))

    assert answer["openid"] == "o" + "x" * 27
    assert answer["nickname"] == "李雷😀"


def test_x06_the_unionid_can_be_left_out(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", omit=["unionid"])

    assert sorted(read(wechat.exchange(wechat.code()))) == [
        *("access_token", "expires_in", "openid", "refresh_token", "scope")
    ]


def test_fields_are_not_added_to_an_error(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", set={"is_snapshotuser": 1})

    assert sorted(read(wechat.exchange("bogus"))) == ["errcode", "errmsg"]
    assert read(wechat.exchange(wechat.code()))["is_snapshotuser"] == 1


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; encoding=utf-8", "text/plain; charset=utf-8"],
)
def test_x07_the_content_type_is_a_switch(wechat: WeChat, content_type: str) -> None:
    wechat.control("switches", content_type=content_type)

    answer = wechat.userinfo(wechat.token())

    assert answer.headers["Content-Type"] == content_type
    assert read(answer)["nickname"] == "李雷😀"


def test_the_content_type_can_be_missing(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="userinfo", content_type="none")

    answer = wechat.userinfo(wechat.token())

    assert "Content-Type" not in answer.headers
    assert read(answer)["nickname"] == "李雷😀"


def test_x11_a_new_secret_ends_the_old_one_at_once(wechat: WeChat) -> None:
    app = wechat.control("apps", appid=WEB["appid"], rotate_secret=True)

    assert read(wechat.exchange("bogus"))["errcode"] == 40125
    assert read(wechat.exchange("bogus", secret=app["secret"]))["errcode"] == 40029


def test_a_fault_counts_down_and_the_next_one_follows(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", errcode=45011, count=2)
    wechat.control("faults", endpoint="token", errcode=-1, count=1)

    seen = [read(wechat.exchange("bogus"))["errcode"] for _ in range(4)]

    assert seen == [45011, 45011, -1, 40029]


def test_faults_can_be_cleared(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="token", errcode=-1)

    wechat.http.delete(wechat.base + "/__sim__/faults", timeout=10)

    assert read(wechat.exchange("bogus"))["errcode"] == 40029


def test_the_page_can_go_wrong_too(wechat: WeChat) -> None:
    wechat.control("faults", endpoint="qrconnect", http_status=503, raw_body="busy")

    assert (wechat.qrconnect().status_code, wechat.qrconnect().text) == (503, "busy")


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        ("rid", r"invalid code, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"),
        ("hints", r"invalid code, hints: \[ req_id: \w+ \]"),
        ("none", "invalid code"),
    ],
)
def test_the_errmsg_names_the_request_in_three_styles(
    wechat: WeChat, style: str, pattern: str
) -> None:
    wechat.control("switches", rid_style=style)

    assert re.fullmatch(pattern, read(wechat.exchange("bogus"))["errmsg"])
