"""The QR code page, by the Q vectors."""

from __future__ import annotations

import re

import pytest

from tests.simulator.qr import decode
from tests.simulator.wechat import PEND, SVC, WeChat, uuid_in

BAD_APPID = "AppID 参数错误"
BAD_REDIRECT = "redirect_uri 参数错误"
BAD_SCOPE = "Scope 参数错误或没有 Scope 权限"


def vector(name: str, *values: object) -> object:
    return pytest.param(*values, id=name)


def messages(page: str) -> list[str]:
    return re.findall(r'<h1 class="weui_msg_title"[^>]*>([^<]+)</h1>', page)


def test_q01_a_good_request_shows_a_qr_code(wechat: WeChat) -> None:
    answer = wechat.qrconnect()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert re.fullmatch("[A-Za-z0-9]{16}", uuid_in(answer.text))
    assert '<h1 class="title">微信登录</h1>' in answer.text
    assert 'class="main impowerBox"' in answer.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        vector("Q02-unknown-appid", {"appid": "wxffffffffffffffff"}, BAD_APPID),
        vector("Q04-other-host", {"redirect_uri": "https://evil.test/cb"}, BAD_REDIRECT),
        vector("Q05-subdomain", {"redirect_uri": "https://www.rp.test/cb"}, BAD_REDIRECT),
        vector("Q06-port", {"redirect_uri": "https://rp.test:8443/cb"}, BAD_REDIRECT),
        vector("Q06-empty-port", {"redirect_uri": "https://rp.test:/cb"}, BAD_REDIRECT),
        vector("Q07-longer-host", {"redirect_uri": "https://rp.test.evil.test/cb"}, BAD_REDIRECT),
        vector("Q08-user-info", {"redirect_uri": "https://rp.test@evil.test/cb"}, BAD_REDIRECT),
        vector("Q08-backslash", {"redirect_uri": "https://evil.test\\@rp.test/cb"}, BAD_REDIRECT),
        vector("Q08-line-break", {"redirect_uri": "https://rp.test/\r\nx"}, BAD_REDIRECT),
        vector("Q10-script", {"redirect_uri": "javascript:alert(1)"}, BAD_REDIRECT),
        vector("Q10-no-scheme", {"redirect_uri": "//rp.test/cb"}, BAD_REDIRECT),
        vector("Q10-broken", {"redirect_uri": "https://[rp.test/cb"}, BAD_REDIRECT),
        vector("Q12-other-scope", {"scope": "snsapi_userinfo"}, BAD_SCOPE),
        vector("Q13-service-account", {"appid": SVC["appid"]}, BAD_SCOPE),
        vector("Q14-app-in-review", {"appid": PEND["appid"]}, BAD_SCOPE),
    ],
)
def test_a_bad_request_is_a_page_at_wechat(
    wechat: WeChat, changes: dict[str, str], message: str
) -> None:
    answer = wechat.qrconnect(**changes)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert messages(answer.text) == [message]
    assert "/connect/qrcode/" not in answer.text


@pytest.mark.parametrize(
    ("without", "message"),
    [
        vector("Q03-appid", "appid", BAD_APPID),
        vector("Q11-redirect_uri", "redirect_uri", BAD_REDIRECT),
        vector("Q12-scope", "scope", BAD_SCOPE),
    ],
)
def test_a_missing_parameter_is_a_page_at_wechat(
    wechat: WeChat, without: str, message: str
) -> None:
    answer = wechat.qrconnect(without)

    assert answer.status_code == 200
    assert messages(answer.text) == [message]


def test_a_refusal_in_english_explains_itself(wechat: WeChat) -> None:
    page = wechat.qrconnect(scope="snsapi_userinfo", lang="en").text

    assert messages(page) == [BAD_SCOPE]
    assert "The scope is not snsapi_login, or the app is not an approved website app" in page


@pytest.mark.parametrize(
    "changes",
    [
        vector("Q09-any-path-and-query", {"redirect_uri": "http://rp.test/any/path?x=1"}),
        vector("Q09-capitals", {"redirect_uri": "https://RP.test/cb"}),
    ],
)
def test_any_path_under_the_callback_domain_is_good(
    wechat: WeChat, changes: dict[str, str]
) -> None:
    assert uuid_in(wechat.qrconnect(**changes).text)


def test_q15_english_is_spoken_on_request(wechat: WeChat) -> None:
    page = wechat.qrconnect(lang="en").text

    assert '<html lang="en">' in page
    assert '<h1 class="title">WeChat Login</h1>' in page
    assert "<p>“Test site”</p>" in page


def test_q16_the_form_of_wxlogin_js_may_be_framed(wechat: WeChat) -> None:
    answer = wechat.qrconnect(
        "response_type",
        login_type="jssdk",
        self_redirect="true",
        styletype="",
        sizetype="",
        bgcolor="",
        rst="",
        style="white",
    )

    assert uuid_in(answer.text)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers


def test_a_page_of_its_own_may_not_be_framed(wechat: WeChat) -> None:
    assert "frame-ancestors 'none'" in wechat.qrconnect().headers["Content-Security-Policy"]


def test_q17_the_state_may_be_missing(wechat: WeChat) -> None:
    assert uuid_in(wechat.qrconnect("state").text)


def test_q18_markup_in_the_state_stays_text(wechat: WeChat) -> None:
    page = wechat.qrconnect(state="<script>alert(1)</script>").text

    assert uuid_in(page)
    assert "<script>alert(1)</script>" not in page
    assert "&amp;state=%3Cscript%3Ealert%281%29%3C%2Fscript%3E" in page


def test_markup_in_the_redirect_uri_stays_text(wechat: WeChat) -> None:
    page = wechat.qrconnect(redirect_uri='https://rp.test/"><b>x</b>').text

    assert uuid_in(page)
    assert "<b>x</b>" not in page


@pytest.mark.parametrize("lang", ["cn", "en"])
@pytest.mark.parametrize("appid", ["wx0123456789abcdef", "wxffffffffffffffff"])
def test_q19_every_page_says_in_both_languages_that_it_is_a_simulator(
    wechat: WeChat, lang: str, appid: str
) -> None:
    page = wechat.qrconnect(lang=lang, appid=appid).text

    assert '<strong>模拟器 <span lang="en">SIMULATOR</span></strong>' in page
    assert '<span lang="zh-CN">不是微信，不是腾讯</span>' in page
    assert '<span lang="en">Not WeChat, not Tencent</span>' in page


def test_q20_the_qr_code_leads_to_the_phone(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()

    answer = wechat.get(f"/connect/qrcode/{uuid}")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert decode(answer.content) == f"{wechat.base}/connect/confirm?uuid={uuid}"


def test_q21_an_unknown_qr_code_is_not_found(wechat: WeChat) -> None:
    answer = wechat.get("/connect/qrcode/doesnotexist0000")

    assert answer.status_code == 404


def test_every_visit_gets_a_qr_code_of_its_own(wechat: WeChat) -> None:
    assert wechat.new_uuid() != wechat.new_uuid()


def test_a_lenient_app_is_called_back_on_localhost_with_any_port(wechat: WeChat) -> None:
    app = wechat.control(
        "apps", appid="wx5555555555555555", callback_domain="rp.test", lenient_localhost=True
    )
    asked = {"appid": app["appid"]}

    for address in ("http://localhost:8000/cb", "http://acme.localhost:8000/cb"):
        assert uuid_in(wechat.qrconnect(redirect_uri=address, **asked).text)
    for address in ("http://notlocalhost:8000/", "http://localhost.evil.test/"):
        page = wechat.qrconnect(redirect_uri=address, **asked).text
        assert messages(page) == [BAD_REDIRECT]
