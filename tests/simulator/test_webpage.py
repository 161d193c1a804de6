"""网页授权 inside WeChat's own browser, by the W vectors."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulator.wechat import SVC, WEB, WeChat, read

WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.54"
WECOM = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 wxwork/4.1.30 MicroMessenger/7.0.1"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"
ASKED = {
    "appid": SVC["appid"],
    "redirect_uri": "https://rp.test/cb",
    "response_type": "code",
    "scope": "snsapi_userinfo",
    "state": "abc123",
}


def opened(wechat: WeChat, *, browser: str = WECHAT, **changes: str) -> requests.Response:
    """The page as a browser gets it; an empty value leaves a parameter out."""
    asked = {name: value for name, value in {**ASKED, **changes}.items() if value}
    answer: requests.Response = wechat.get(
        "/connect/oauth2/authorize", asked, headers={"User-Agent": browser}, allow_redirects=False
    )
    return answer


def decided(
    wechat: WeChat, decision: str, *, person: str = "LI", **changes: str
) -> requests.Response:
    """What follows a tap on the page."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', opened(wechat, **changes).text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "decision": decision, "person": person}
    answer: requests.Response = wechat.post(
        "/connect/oauth2/authorize",
        params={**ASKED, **changes},
        data=form,
        headers={"User-Agent": WECHAT},
        allow_redirects=False,
    )
    return answer


def token_of(wechat: WeChat, answer: requests.Response) -> dict[str, Any]:
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    wechat.control("switches", client_ip="10.9.9.9")
    return read(wechat.exchange(code, SVC))


def test_w01_the_silent_scope_sends_a_known_person_back_at_once(wechat: WeChat) -> None:
    wechat.http.cookies.set("sim_person", "LI")

    answer = opened(wechat, scope="snsapi_base")

    assert answer.status_code == 302
    assert re.fullmatch(
        r"https://rp\.test/cb\?code=[A-Za-z0-9]{32}&state=abc123", answer.headers["location"]
    )


def test_w01_somebody_who_is_not_known_is_chosen_first(wechat: WeChat) -> None:
    assert "这部手机是谁的" in opened(wechat, scope="snsapi_base").text

    answer = decided(wechat, "agree", scope="snsapi_base")

    assert answer.headers["location"].startswith("https://rp.test/cb?code=")


def test_w02_the_other_scope_asks(wechat: WeChat) -> None:
    answer = opened(wechat)

    assert (answer.status_code, "允许" in answer.text) == (200, True)


def test_w02_allowing_leads_back_with_a_code_for_unionid_and_profile(wechat: WeChat) -> None:
    token = token_of(wechat, decided(wechat, "agree"))

    assert (token["scope"], token["unionid"]) == ("snsapi_userinfo", "oU-li-OA1-000000000000000000")
    assert read(wechat.userinfo(token))["nickname"] == "李雷😀"


def test_w02_refusing_leads_nowhere_unless_the_switch_says_so(wechat: WeChat) -> None:
    assert "已拒绝" in decided(wechat, "cancel").text

    wechat.control("switches", deny_mode="state_only")

    assert decided(wechat, "cancel").headers["location"] == "https://rp.test/cb?state=abc123"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"appid": WEB["appid"]}, "10016", id="W03-web-app"),
        pytest.param({"redirect_uri": "https://evil.test/cb"}, "10003", id="W04-other-host"),
        pytest.param({"redirect_uri": "https://rp.test:8443/cb"}, "10003", id="W04-port"),
        pytest.param({"browser": DESKTOP}, "请在微信客户端打开链接", id="W05-computer"),
        pytest.param({"browser": WECOM}, "请在微信客户端打开链接", id="W05-wecom"),
        pytest.param({"scope": "snsapi_login"}, "10005", id="scope-of-web-apps"),
        pytest.param({"scope": ""}, "10010", id="no-scope"),
        pytest.param({"redirect_uri": ""}, "10011", id="no-redirect-uri"),
        pytest.param({"appid": ""}, "10012", id="no-appid"),
        pytest.param({"appid": "wxffffffffffffffff"}, "AppID 参数错误", id="unknown-appid"),
    ],
)
def test_a_mistake_is_a_page_at_wechat(
    wechat: WeChat, changes: dict[str, str], message: str
) -> None:
    answer = opened(wechat, **changes)

    assert answer.status_code == 200
    (title,) = re.findall(r'<h1 class="weui_msg_title"[^>]*>([^<]+)</h1>', answer.text)
    assert message in title


def test_a_banned_account_says_so(wechat: WeChat) -> None:
    wechat.control("apps", appid=SVC["appid"], state="offline")

    assert "10004" in opened(wechat).text


def test_w06_a_snapshot_page_tells_of_somebody_who_does_not_exist(wechat: WeChat) -> None:
    real = token_of(wechat, decided(wechat, "agree"))
    wechat.control("switches", snapshot=True)

    token = token_of(wechat, decided(wechat, "agree"))

    assert token["is_snapshotuser"] == 1
    assert token["openid"] != real["openid"]
    assert "unionid" not in token
    assert "unionid" not in read(wechat.userinfo(token))


def test_w07_the_silent_scope_tells_no_unionid(wechat: WeChat) -> None:
    token = token_of(wechat, decided(wechat, "agree", scope="snsapi_base"))

    assert "unionid" not in token
