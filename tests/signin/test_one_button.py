"""WeChat as one button: which way the page picks, and that both lead to the same person."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.http import HttpResponse
from django.test import RequestFactory

from connections.models import Connection, Identity, SignIn
from connections.secrets import seal_secret
from connections.values.browsers import Browser, detect_browser
from projects.models import Project, User
from signin.buttons import buttons_of
from tests.browsers import ANDROID, DESKTOP, PHONE, WECHAT, WECOM
from tests.cast import ACCOUNT_ID, APPID, client_of, make_connection, make_official_account
from tests.cast import OFFICIAL_APPID as SVC
from tests.connections.sign_in_assertions import assert_failed, assert_signed_in, text_of
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

OFFICIAL = "wechat_official_account"


@pytest.fixture
def both(project: Project) -> Project:
    """A project with WeChat Web and the official account."""
    make_connection(project)
    make_official_account(project)
    return project


@pytest.fixture
def using(visitor: Visitor) -> Callable[[str], Visitor]:
    """The visitor, with another browser."""

    def change(said: str) -> Visitor:
        visitor.wechat.tell("switches", client_ip="10.9.9.9")
        visitor.client.defaults["HTTP_USER_AGENT"] = said
        return visitor

    return change


def sign_in_inside_wechat(visitor: Visitor, person: str = "LI") -> HttpResponse:
    visitor.press(OFFICIAL)
    told = visitor.wechat.tell("issue-code", appid=SVC, person=person, scope="snsapi_userinfo")
    return visitor.come_back(OFFICIAL, code=told["code"], state=visitor.state)


@each_row(
    "said, kind",
    [
        (DESKTOP, Browser.DESKTOP),
        ("", Browser.DESKTOP),
        (PHONE, Browser.PHONE),
        (ANDROID, Browser.PHONE),
        (WECHAT, Browser.WECHAT),
        (WECOM, Browser.WECOM),
        (WECOM.upper(), Browser.WECOM),
    ],
)
def test_a_browser_is_known_by_what_it_says_and_wecom_before_wechat(
    said: str, kind: Browser
) -> None:
    assert detect_browser(RequestFactory().get("/", headers={"user-agent": said})) is kind


@pytest.mark.parametrize(
    ("kind", "start", "elsewhere"),
    [
        (Browser.DESKTOP, "/sso/wechat_web/start", ""),
        (Browser.WECHAT, f"/sso/{OFFICIAL}/start", ""),
        (Browser.PHONE, "/sso/wechat_web/start", f"/sso/{OFFICIAL}/elsewhere"),
        (Browser.WECOM, "/sso/wechat_web/start", f"/sso/{OFFICIAL}/elsewhere"),
    ],
)
def test_both_share_a_button_which_picks_by_the_browser(
    both: Project, kind: Browser, start: str, elsewhere: str
) -> None:
    (button,) = buttons_of(both, kind).shown

    assert (button.label, button.fallback_url) == ("Sign in with WeChat", elsewhere)
    assert elsewhere or button.start_url == start


@pytest.mark.parametrize(
    "given", [{"account_id": "gh_aaaaaaaaaaaa"}, {"test_account": True}], ids=["other", "test"]
)
def test_people_who_are_not_the_same_have_two_buttons(
    project: Project, given: dict[str, Any]
) -> None:
    make_connection(project)
    make_official_account(project, **given)

    buttons = buttons_of(project, Browser.WECHAT).shown

    assert [each.alias for each in buttons] == ["wechat_web", OFFICIAL]


def test_a_second_web_app_keeps_a_button_of_its_own(both: Project) -> None:
    make_connection(both, alias="second", client_id="wx1111111111111111")

    buttons = buttons_of(both, Browser.WECHAT).shown

    assert [each.start_url for each in buttons] == [f"/sso/{OFFICIAL}/start", "/sso/second/start"]


def test_one_that_is_switched_off_leaves_the_other_as_it_is(project: Project) -> None:
    make_connection(project)
    make_official_account(project, enabled=False)

    (button,) = buttons_of(project, Browser.PHONE).shown

    assert (button.start_url, button.fallback_url) == ("/sso/wechat_web/start", "")


def test_an_official_account_alone_explains_itself_at_a_computer(project: Project) -> None:
    make_official_account(project)
    browser = client_of(project.host)

    page = browser.get("/login?next=/account", headers={"user-agent": DESKTOP}).content.decode()
    assert f'href="/sso/{OFFICIAL}/elsewhere?next=%2Faccount"' in page
    answer = browser.get(
        f"/sso/{OFFICIAL}/elsewhere?next=/account", headers={"user-agent": DESKTOP}
    )

    assert "Continue in WeChat" in text_of(answer)
    assert f'data-copy="http://{project.host}/login?next=%2Faccount"' in answer.content.decode()
    assert "Show a QR code here" not in text_of(answer)


def test_on_a_phone_the_page_says_what_to_do_and_still_has_the_code(both: Project) -> None:
    answer = client_of(both.host).get(f"/sso/{OFFICIAL}/elsewhere", headers={"user-agent": PHONE})

    page = answer.content.decode()
    assert f'data-copy="http://{both.host}/login"' in page
    assert 'action="/sso/wechat_web/start"' in page
    assert answer.headers["cache-control"] == "no-store"


def test_in_wecom_there_is_no_code_that_its_own_phone_could_not_scan(both: Project) -> None:
    answer = client_of(both.host).get(f"/sso/{OFFICIAL}/elsewhere", headers={"user-agent": WECOM})

    assert "Continue in WeChat" in text_of(answer)
    assert "/start" not in answer.content.decode()


def test_whoever_opens_the_explanation_inside_wechat_signs_in_at_once(both: Project) -> None:
    answer = client_of(both.host).get(
        f"/sso/{OFFICIAL}/elsewhere?next=//evil.test", headers={"user-agent": WECHAT}
    )

    assert (answer.status_code, answer.headers["location"]) == (302, "/login")


@pytest.mark.parametrize("alias", ["wechat_web", "nobody"])
def test_what_explains_nothing_has_no_such_page(both: Project, alias: str) -> None:
    assert client_of(both.host).get(f"/sso/{alias}/elsewhere").status_code == 404


def test_l06_inside_wechat_people_go_to_the_official_accounts_page(
    both: Project, using: Callable[[str], Visitor]
) -> None:
    visitor = using(WECHAT)

    answer = visitor.press(OFFICIAL)

    # In exactly this order, and with nothing besides: some of WeChat's clients insist.
    assert answer.headers["location"] == (
        f"{visitor.wechat.origin}/connect/oauth2/authorize?appid={SVC}"
        f"&redirect_uri=http%3A%2F%2Facme.login.test%2Fsso%2Foauth2%2Fcallback%2F{OFFICIAL}"
        f"&response_type=code&scope=snsapi_userinfo&state={visitor.state}#wechat_redirect"
    )


@pytest.mark.parametrize("said", [DESKTOP, PHONE, WECOM], ids=["computer", "phone", "wecom"])
def test_outside_wechat_the_official_account_is_not_started(
    both: Project, using: Callable[[str], Visitor], said: str
) -> None:
    answer = using(said).press(OFFICIAL)

    assert_failed(answer, "policy", cause="outside_wechat")
    assert "location" not in answer.headers


def test_t01_i02_a_person_is_the_same_by_both_ways(
    both: Project, using: Callable[[str], Visitor]
) -> None:
    assert_signed_in(using(DESKTOP).sign_in(), using(DESKTOP), as_name="李雷😀")

    visitor = using(WECHAT)
    assert_signed_in(sign_in_inside_wechat(visitor), visitor, as_name="李雷😀")

    assert User.objects.filter(project=both).count() == 1
    identity = Identity.objects.get()
    assert identity.namespace == f"wechat:{ACCOUNT_ID}"
    apps = set(identity.keys.values_list("namespace", flat=True))
    assert apps == {f"wechat-app:{APPID}", f"wechat-app:{SVC}"}


def test_t21_a_snapshot_pages_person_is_nobody(
    both: Project, using: Callable[[str], Visitor]
) -> None:
    visitor = using(WECHAT)
    visitor.wechat.tell("switches", snapshot=True)

    answer = sign_in_inside_wechat(visitor)

    assert_failed(answer, "policy", cause="snapshot")
    assert "使用完整服务" in text_of(answer)


def test_i05_an_account_that_is_bound_to_nothing_signs_nobody_in(
    both: Project, using: Callable[[str], Visitor]
) -> None:
    visitor = using(WECHAT)
    visitor.wechat.fault("token", omit=["unionid"])
    visitor.wechat.fault("userinfo", omit=["unionid"])

    assert_failed(sign_in_inside_wechat(visitor), "config", cause="no_unionid")


def test_an_ip_whitelist_is_told_to_the_administrator(
    both: Project, using: Callable[[str], Visitor]
) -> None:
    visitor = using(WECHAT)
    visitor.wechat.tell("switches", client_ip="203.0.113.9")

    sign_in_inside_wechat(visitor)

    sign_in = SignIn.objects.get()
    assert (sign_in.outcome, sign_in.cause) == ("config", "40164")


class TestEmbeddedBrowsers:
    @pytest.fixture
    def google(self, project: Project) -> Connection:
        connection = Connection.objects.create(
            project=project,
            provider="google",
            alias="google",
            settings={"client_id": "1-a.apps.googleusercontent.com", "scopes": ""},
        )
        seal_secret(connection, field="client_secret", value="GOCSPX-x", actor=None)
        return connection

    @pytest.mark.parametrize("said", [WECHAT, WECOM], ids=["wechat", "wecom"])
    def test_where_nothing_else_is_left_the_page_says_what_to_do(
        self, project: Project, google: Connection, said: str
    ) -> None:
        page = client_of(project.host).get("/login", headers={"user-agent": said})

        assert "Sign in with Google" not in text_of(page)
        assert "Open in browser" in text_of(page)
        assert f'data-copy="http://{project.host}/login"' in page.content.decode()

    def test_other_ways_stay_and_nothing_is_explained(
        self, both: Project, google: Connection
    ) -> None:
        page = text_of(client_of(both.host).get("/login", headers={"user-agent": WECHAT}))

        assert "Sign in with WeChat" in page
        assert "Google" not in page
        assert "Open in browser" not in page

    def test_a_browser_of_ones_own_has_them_all(self, both: Project, google: Connection) -> None:
        page = text_of(client_of(both.host).get("/login", headers={"user-agent": PHONE}))

        assert "Sign in with Google" in page

    def test_it_is_not_started_there_either(
        self, project: Project, google: Connection, visitor: Visitor
    ) -> None:
        visitor.client.defaults["HTTP_USER_AGENT"] = WECHAT

        answer = visitor.press("google")

        assert (answer.status_code, SignIn.objects.get().cause) == (403, "embedded")
        assert "在浏览器打开" in text_of(answer)


def test_the_simulators_page_leads_back_signed_in(
    both: Project, using: Callable[[str], Visitor], wechat: WeChat
) -> None:
    wechat.tell("apps", appid=SVC, callback_domain=both.host)
    visitor = using(WECHAT)

    address = visitor.press(OFFICIAL).headers["location"]
    with requests.Session() as phone:
        phone.headers["User-Agent"] = WECHAT
        token = re.search(r'middlewaretoken" value="(\w+)"', phone.get(address, timeout=5).text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "decision": "agree", "person": "LI"}
        back = phone.post(address.split("#")[0], data=form, timeout=5, allow_redirects=False)
    place = urlsplit(back.headers["location"])

    answer = visitor.client.get(place.path, dict(parse_qsl(place.query)))
    assert_signed_in(answer, visitor, as_name="李雷😀")
