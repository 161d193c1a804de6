"""The sign-in page is kept: what a warm page costs, what picks it, and what is never kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, TestCase

from connections.models import SignIn
from connections.services import set_enabled
from connections.values.browsers import Browser
from projects.models import Project, User
from projects.tenants.hosts import hosts
from signin.page_cache.cache import CachedPage, PageCache, PageKey, page_cache
from tests.browsers import DESKTOP, PHONE, WECHAT, WECOM
from tests.cast import client_of, make_connection, make_official_account
from tests.connections.sign_in_assertions import text_of
from tests.waiting import wait_until
from tests.wechat import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
count = TestCase().assertNumQueries


@pytest.fixture
def browser(project: Project, settings: Any) -> Iterator[Client]:
    """A browser at the sign-in page of a process that listens."""
    make_connection(project)
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    yield client_of(project.host)
    hosts.listener.stop()


def warmed(browser: Client, path: str = "/login", **headers: str) -> None:
    browser.get(path, headers=headers)


def test_a_warm_page_asks_the_database_nothing_and_is_the_same(browser: Client) -> None:
    cold = browser.get("/login")

    with count(0):
        warm = browser.get("/login")

    assert warm.content == cold.content
    assert b"Sign in with WeChat" in warm.content
    differing = {"X-Request-Id"}
    assert {n: v for n, v in warm.items() if n not in differing} == {
        n: v for n, v in cold.items() if n not in differing
    }
    assert warm["Cache-Control"] == "no-cache"
    assert "form-action" not in warm["Content-Security-Policy"]
    assert {"User-Agent", "Accept-Language", "Cookie"} <= set(warm["Vary"].split(", "))


def test_a_page_is_kept_by_language_and_by_address(browser: Client) -> None:
    for path in ("/login", "/signup"):
        for language in ("en", "zh-CN"):
            warmed(browser, path, **{"accept-language": language})

    with count(0):
        login = browser.get("/login", headers={"accept-language": "zh-CN"})
        signup = browser.get("/signup", headers={"accept-language": "en-GB"})

    assert ("微信登录" in login.content.decode(), login["Content-Language"]) == (True, "zh-hans")
    assert "Create your Acme account" in signup.content.decode()


def test_a_page_is_kept_by_kind_of_browser(browser: Client, project: Project) -> None:
    make_official_account(project)
    agents = (DESKTOP, PHONE, WECHAT, WECOM)
    cold = {agent: browser.get("/login", headers={"user-agent": agent}) for agent in agents}

    with count(0):
        warm = {agent: browser.get("/login", headers={"user-agent": agent}) for agent in agents}

    assert {agent: page.content for agent, page in warm.items()} == {
        agent: page.content for agent, page in cold.items()
    }
    assert 'action="/sso/wechat_web/start"' in warm[DESKTOP].content.decode()
    assert 'action="/sso/wechat_official_account/start"' in warm[WECHAT].content.decode()
    assert 'href="/sso/wechat_official_account/elsewhere"' in warm[PHONE].content.decode()
    assert warm[PHONE]["ETag"] != warm[WECHAT]["ETag"]


@pytest.mark.parametrize(
    ("cookie", "is_marked"),
    [
        ("wechat_web", True),
        # The other connection of the same button.
        ("wechat_official_account", True),
        ("made_up", False),
        ("UPPER", False),
        ("wechat_web/", False),
        ("a" * 41, False),
    ],
)
def test_the_button_that_was_used_last_is_marked_by_a_kept_page_too(
    browser: Client, project: Project, cookie: str, is_marked: bool
) -> None:
    make_official_account(project)
    plain = browser.get("/login")
    pages = len(page_cache._pages)
    browser.cookies[django_settings.LAST_USED_COOKIE_NAME] = cookie

    cold = browser.get("/login")
    with count(0):
        warm = browser.get("/login")

    assert warm.content == cold.content
    assert text_of(warm).count("Sign in with WeChat Last used") == int(is_marked)
    assert (warm.content == plain.content) is not is_marked
    # An alias that somebody made up takes no memory.
    assert len(page_cache._pages) == pages + int(is_marked)


def test_a_language_that_is_chosen_is_remembered_by_a_kept_page_too(browser: Client) -> None:
    warmed(browser, "/login?lang=zh-hans")
    browser.cookies.clear()

    with count(0):
        answer = browser.get("/login?lang=zh-hans")

    assert answer["Content-Language"] == "zh-hans"
    assert answer.cookies[django_settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"
    with count(0):
        assert browser.get("/login")["Content-Language"] == "zh-hans"


def test_a_page_that_was_drawn_for_a_choice_gives_its_cookie_to_nobody_else(
    browser: Client,
) -> None:
    warmed(browser, "/login?lang=zh-hans")
    browser.cookies.clear()

    answer = browser.get("/login", headers={"accept-language": "zh-CN"})

    assert answer["Content-Language"] == "zh-hans"
    assert not answer.cookies


def test_somebodys_next_is_in_their_own_page_only(browser: Client) -> None:
    theirs = browser.get("/login?next=/account%3Fa%3D%22b").content.decode()
    mine = browser.get("/login").content.decode()
    others = browser.get("/login?next=/elsewhere").content.decode()

    assert 'name="next" value="/account?a=&quot;b"' in theirs
    assert 'name="next"' not in mine
    assert 'name="next" value="/elsewhere"' in others


def test_a_browser_that_has_the_page_is_told_so(browser: Client) -> None:
    etag = browser.get("/login")["ETag"]

    for path, tag in [("/login", etag), ("/login", f'W/{etag}, "x"'), ("/login?next=", etag)]:
        answer = browser.get(path, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
        assert "Content-Security-Policy" in answer
        assert answer["Vary"] == "User-Agent, Accept-Language, Cookie"
        assert "Content-Type" not in answer


def test_another_language_is_another_page_to_the_browser(browser: Client) -> None:
    etag = browser.get("/login")["ETag"]

    answer = browser.get("/login", headers={"if-none-match": etag, "accept-language": "zh-CN"})

    assert answer.status_code == 200


def test_a_save_is_on_the_page_within_a_second(
    browser: Client, project: Project, owner: User
) -> None:
    warmed(browser)

    set_enabled(project.connections.get(), enabled=False, actor=owner)

    wait_until(lambda: b"not available yet" in browser.get("/login").content, seconds=1.0)
    with count(0):
        assert b"not available yet" in browser.get("/login").content


def test_a_connection_that_was_switched_off_cannot_be_started_from_a_kept_page(
    browser: Client, project: Project, owner: User
) -> None:
    warmed(browser)
    connection = project.connections.get()
    # By hand, past everything that would tell: the page stays as it was.
    type(connection).objects.update(enabled=False)

    assert b"Sign in with WeChat" in browser.get("/login").content
    answer = browser.post("/sso/wechat_web/start", headers={"origin": f"http://{project.host}"})

    assert answer.status_code == 503
    assert SignIn.objects.get().cause == "disabled"


def test_while_nobody_listens_one_query_checks_the_version(
    browser: Client, project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed(browser)
    monkeypatch.setattr(hosts.listener, "is_current", lambda: False)

    with count(1):
        assert b"Sign in with WeChat" in browser.get("/login").content
    set_enabled(project.connections.get(), enabled=False, actor=owner)

    assert b"not available yet" in browser.get("/login").content
    with count(1):
        assert b"not available yet" in browser.get("/login").content


def test_a_head_request_warms_and_is_warm(browser: Client) -> None:
    browser.head("/login")

    with count(0):
        assert browser.head("/login").status_code == 200
        assert b"Sign in with WeChat" in browser.get("/login").content


def test_end_users_pages_are_not_kept(visitor: Visitor, browser: Client) -> None:
    visitor.sign_in("LI")
    assert "李雷" in visitor.client.get("/account").content.decode()

    assert browser.get("/account").status_code == 302
    assert "ETag" not in visitor.client.get("/account")


def test_a_start_asks_for_connection_and_secret_and_leaves_its_state(
    visitor: Visitor, browser: Client
) -> None:
    visitor.client.get("/login")

    with count(2):
        assert visitor.press().status_code == 302


def test_memory_has_a_limit_in_bytes(project: Project, settings: Any) -> None:
    settings.KEPT_PAGES_BYTES = 10_000
    kept = PageCache()
    keys = [
        PageKey(project.pk, version, 0, "/login", "en", Browser.DESKTOP) for version in range(3)
    ]
    page = CachedPage(body=b"x" * 2000, headers=(), etag='"x"')
    for key in (keys[0], keys[1], keys[0]):
        kept.store(key, page)
    kept.get(keys[0])
    kept.store(keys[2], page)

    assert [kept.get(key) is not None for key in keys] == [True, False, True]


def test_a_page_that_is_larger_than_the_limit_is_not_kept(project: Project, settings: Any) -> None:
    settings.KEPT_PAGES_BYTES = 10_000
    kept, key = PageCache(), PageKey(project.pk, 1, 0, "/login", "en", Browser.DESKTOP)

    kept.store(key, CachedPage(body=b"x" * 20_000, headers=(), etag='"x"'))

    assert kept.get(key) is None


def test_without_memory_nothing_is_kept(browser: Client, settings: Any) -> None:
    settings.KEPT_PAGES_BYTES = 0
    warmed(browser)

    with count(2):
        answer = browser.get("/login")
    assert "ETag" in answer
