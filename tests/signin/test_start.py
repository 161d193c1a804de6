"""Pressing the button: L01 to L08, and who may press it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from django.test import RequestFactory

from connections.models import Connection, PendingSignIn, SignIn
from projects.models import Project
from signin import flow
from tests.cast import APPID, client_of, make_connection
from tests.connections.sign_in_assertions import (
    CHINESE,
    assert_failed,
    assert_nobody_is_known,
    assert_refused_unrecorded,
    assert_signed_in,
    text_of,
)
from tests.wechat import Visitor, WeChat

WEB2 = "wx1111111111111111"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"
WECHAT_PHONE = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.54 NetType/WIFI"
WECOM_PHONE = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 wxwork/4.1.30 MicroMessenger/7.0.1"

HOSTILE = [
    "https://evil.test/",
    "//evil.test/",
    "///evil.test/",
    "/\\evil.test/",
    "\\\\evil.test/",
    "/\t/evil.test/",
    "http://acme.login.test@evil.test/",
    "http://beta.login.test/account",
    "javascript:alert(1)",
    "/account\r\nSet-Cookie: a=b",
    "http:evil.test",
    "?next=//evil.test",
    "/" + "a" * 2000,
]


def test_l01_the_address_at_wechat_is_exactly_what_wechat_documents(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)

    answer = visitor.press()

    assert answer.status_code == 302
    assert re.fullmatch("[A-Za-z0-9]{16,128}", visitor.state)
    assert answer.headers["location"] == (
        f"{wechat.origin}/connect/qrconnect?appid={APPID}"
        "&redirect_uri=http%3A%2F%2Facme.login.test%2Fsso%2Foauth2%2Fcallback%2Fwechat_web"
        f"&response_type=code&scope=snsapi_login&state={visitor.state}&lang=en#wechat_redirect"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("demanded", [False, True])
def test_a_start_passes_on_that_a_new_sign_in_is_demanded(project: Project, demanded: bool) -> None:
    settings = {"client_id": "2045436852", "scopes": ""}
    connection = Connection.objects.create(
        project=project, provider="weibo", alias="weibo", settings=settings
    )

    begun = flow.begin(
        RequestFactory().post("/sso/weibo/start", headers={"host": project.host}),
        connection,
        secret_names=frozenset({"client_secret"}),
        next_path="/",
        reauthenticate=demanded,
    )

    assert ("forcelogin=true" in begun.url) is demanded
    assert PendingSignIn.objects.count() == 1


def test_by_default_people_are_sent_to_wechat_itself(project: Project) -> None:
    make_connection(project)

    answer = client_of(project.host).post(
        "/sso/wechat_web/start", headers={"origin": f"http://{project.host}"}
    )

    assert answer.headers["location"].startswith(
        f"https://open.weixin.qq.com/connect/qrconnect?appid={APPID}&"
    )


def test_the_address_shows_a_qr_code_and_agreeing_leads_back_signed_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    wechat.tell("apps", appid=APPID, callback_domain=project.host)

    page = requests.get(visitor.press().headers["location"], timeout=5)
    uuid = re.search(r"/connect/qrcode/(\w+)", page.text)
    assert uuid is not None
    back = urlsplit(wechat.tell("approve", uuid=uuid[1], person="LI")["navigate"])

    assert f"{back.scheme}://{back.netloc}" == visitor.origin
    answer = visitor.client.get(back.path, dict(parse_qsl(back.query)))
    assert_signed_in(answer, visitor, as_name="李雷😀")


def test_l02_a4_42_nothing_of_the_request_gets_into_the_address(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    evil = {
        "scope": "foo",
        "auth_params": "appid=wxevil&redirect_uri=https://evil.test",
        "process": "connect",
        "redirect_uri": "https://evil.test",
        "lang": "zh-hans",
    }
    expected = parameters(visitor.press().headers["location"])

    in_body = visitor.press(**{**evil, "lang": "x"})
    in_query = visitor.client.post(
        "/sso/wechat_web/start?scope=foo&auth_params=appid%3Dwxevil%26redirect_uri%3Dhttps://evil.test",
        headers={"origin": visitor.origin},
    )

    assert parameters(in_body.headers["location"]) == expected
    assert parameters(in_query.headers["location"]) == expected


def parameters(address: str) -> dict[str, list[str]]:
    """All parameters but the state, which is new each time."""
    query = parse_qs(urlsplit(address).query)
    assert query.pop("state")
    return query


@pytest.mark.parametrize(
    ("language", "lang"), [("en", "en"), ("zh-CN", "cn"), ("zh-hans", "cn"), ("fr", "en")]
)
def test_l03_wechats_page_speaks_the_visitors_language(
    project: Project, wechat: WeChat, language: str, lang: str
) -> None:
    make_connection(project)

    answer = Visitor(project, wechat, language=language).press()

    assert parameters(answer.headers["location"])["lang"] == [lang]


def test_l04_a_connection_that_is_switched_off_cannot_be_started(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, enabled=False)

    answer = visitor.press()

    assert_failed(answer, "config", cause="disabled", alias="wechat_web", provider="wechat_web")
    assert "location" not in answer.headers
    assert wechat.log()["counts"] == {}
    assert PendingSignIn.objects.count() == 0


def test_l04_a_connection_without_a_secret_cannot_be_started(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, secret="")

    answer = visitor.press()

    assert_failed(answer, "config", cause="secret_missing")
    assert "location" not in answer.headers
    assert wechat.log()["counts"] == {}


def test_a_connection_whose_provider_this_release_lacks_is_unavailable(
    visitor: Visitor, project: Project
) -> None:
    connection = make_connection(project)
    connection.provider = "gone"
    connection.save()

    answer = visitor.press()

    assert (answer.status_code, SignIn.objects.get().cause) == (503, "provider_unknown")
    assert "currently unavailable" in text_of(answer)


@pytest.mark.parametrize(
    ("agent", "cause"),
    [(WECHAT_PHONE, "in_wechat"), (WECOM_PHONE, "in_wecom")],
    ids=["wechat", "wecom"],
)
def test_l05_inside_wechat_people_are_told_to_use_a_computer(
    visitor: Visitor, project: Project, agent: str, cause: str
) -> None:
    make_connection(project)
    visitor.client.defaults["HTTP_USER_AGENT"] = agent

    answer = visitor.press()

    assert_failed(answer, "policy", cause=cause)
    assert "Open the sign-in page in a computer's browser" in text_of(answer)
    assert "location" not in answer.headers


def test_l05_inside_wechat_people_are_told_so_in_chinese(project: Project, wechat: WeChat) -> None:
    make_connection(project)
    visitor = Visitor(project, wechat, language="zh-CN")
    visitor.client.defaults["HTTP_USER_AGENT"] = WECHAT_PHONE

    answer = visitor.press()

    assert "请在电脑浏览器中打开" in text_of(answer)
    for words in CHINESE["policy"]:
        assert words in text_of(answer)


def test_l05_a_computers_browser_goes_to_wechat(visitor: Visitor, project: Project) -> None:
    make_connection(project)
    visitor.client.defaults["HTTP_USER_AGENT"] = DESKTOP

    assert visitor.press().status_code == 302


@pytest.mark.parametrize("address", HOSTILE)
def test_l07_44_a_hostile_next_is_not_used(
    visitor: Visitor, project: Project, address: str
) -> None:
    make_connection(project)

    visitor.press(next=address)

    assert PendingSignIn.objects.get().next == ""
    answer = visitor.come_back(code=visitor.wechat.code(), state=visitor.state)
    assert_signed_in(answer, visitor)


def test_l07_a_next_with_a_nul_is_refused_outright(visitor: Visitor, project: Project) -> None:
    make_connection(project)

    assert visitor.press(next="/a\x00b").status_code == 400
    assert PendingSignIn.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("/orders?page=2&sort=-date", "/orders?page=2&sort=-date"),
        ("http://acme.login.test/orders?x=1#end", "/orders?x=1"),
        ("/文档", "/%E6%96%87%E6%A1%A3"),
    ],
)
def test_l07_a_next_on_this_host_is_honoured(
    visitor: Visitor, project: Project, given: str, used: str
) -> None:
    make_connection(project)

    answer = visitor.sign_in(next=given)

    assert (answer.status_code, answer.headers["location"]) == (302, used)


def test_the_sign_in_page_hands_a_good_next_on_and_drops_a_hostile_one(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)

    good = visitor.client.get("/login", {"next": "/orders?page=2"}).content.decode()
    hostile = visitor.client.get("/login", {"next": "//evil.test/"}).content.decode()

    assert '<input type="hidden" name="next" value="/orders?page=2">' in good
    assert "evil.test" not in hostile
    assert 'name="next"' not in hostile


def test_l08_a19_two_apps_in_one_project_are_chosen_by_their_alias(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)

    first = visitor.press("wechat_web")
    second = visitor.press("web2")

    assert parameters(first.headers["location"])["appid"] == [APPID]
    assert parameters(second.headers["location"])["appid"] == [WEB2]
    assert parameters(second.headers["location"])["redirect_uri"] == [
        "http://acme.login.test/sso/oauth2/callback/web2"
    ]
    answer = visitor.come_back(
        "web2", code=visitor.wechat.code("LI", appid=WEB2), state=visitor.state
    )
    assert_signed_in(answer, visitor, as_name="李雷😀")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://beta.login.test"},
        {"origin": "http://portal.test"},
        {"origin": "http://acme.login.test:8000"},
        {"origin": "https://acme.login.test"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "null", "sec-fetch-site": "same-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "referer": "http://acme.login.test/login"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"referer": "https://evil.test/acme.login.test/"},
        {"referer": "http://[evil"},
        {"sec-fetch-site": "cross-site", "referer": "http://acme.login.test/login"},
        {},
    ],
)
def test_43_nobody_else_can_press_the_button(
    visitor: Visitor, project: Project, wechat: WeChat, headers: dict[str, str]
) -> None:
    make_connection(project)

    answer = visitor.client.post("/sso/wechat_web/start", headers=headers)

    assert_refused_unrecorded(answer)
    assert PendingSignIn.objects.count() == 0
    assert wechat.log()["counts"] == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://acme.login.test"},
        {"origin": "HTTP://ACME.login.test"},
        {"sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"referer": "http://acme.login.test/login?next=/x"},
    ],
)
def test_the_projects_own_page_can_press_the_button(
    visitor: Visitor, project: Project, headers: dict[str, str]
) -> None:
    make_connection(project)

    answer = visitor.client.post("/sso/wechat_web/start", headers=headers)

    assert answer.status_code == 302


@pytest.mark.parametrize("method", ["get", "head", "put"])
def test_43_only_a_post_starts_a_sign_in(visitor: Visitor, project: Project, method: str) -> None:
    make_connection(project)

    answer = getattr(visitor.client, method)(
        "/sso/wechat_web/start", headers={"origin": visitor.origin}
    )

    if method == "put":
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    else:
        assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert PendingSignIn.objects.count() == 0


@pytest.mark.parametrize("path", ["/sso/nothing/start", "/sso/WECHAT_WEB/start"])
def test_a19_an_alias_that_the_project_does_not_have_is_not_found(
    visitor: Visitor, project: Project, path: str
) -> None:
    make_connection(project)

    assert visitor.client.post(path, headers={"origin": visitor.origin}).status_code == 404


def test_24_a_connection_of_another_project_is_not_found(
    visitor: Visitor, other_project: Project
) -> None:
    make_connection(other_project)

    assert visitor.press().status_code == 404
    assert visitor.come_back(code="c", state="s").status_code == 404
    assert_nobody_is_known()


def test_the_portal_has_neither_start_nor_callback(project: Project) -> None:
    make_connection(project)
    portal = client_of("portal.test")

    assert portal.post("/sso/wechat_web/start").status_code == 404
    assert portal.get("/sso/oauth2/callback/wechat_web").status_code == 404
