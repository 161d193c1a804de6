"""A website receives the sign-in: the demo website, WeChat, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from applications.logout.delivery import deliver
from applications.models import LogoutDelivery
from connections.models import EndUserSession, SignIn
from connections.secrets import check_keys, seal_secret
from connections.values.outcomes import Outcome
from projects.models import User
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.website import running_website

WORDS = {
    "en": {
        "sign_in": "Sign in",
        "title": "Sign in to Demo Shop",
        "hello": "Hello, 李雷😀",
        "sign_out": "Sign out",
        "welcome": "Welcome to the Demo Shop",
        "cancelled": "Sign-in cancelled",
        "again": "Try again",
        "denied": "You cancelled the sign-in, or you may not use this website.",
        "mismatch": "This sign-in was started in another browser, or too long ago.",
    },
    "zh-CN": {
        "sign_in": "登录",
        "title": "登录 Demo Shop",
        "hello": "您好，李雷😀",
        "sign_out": "退出登录",
        "welcome": "欢迎来到演示商店",
        "cancelled": "登录已取消",
        "again": "重新登录",
        "denied": "您取消了登录，或者无权使用本网站。",
        "mismatch": "此次登录是在其他浏览器中发起的，或者已经过期。",
    },
}


@pytest.fixture
def website(stage: Stage, tmp_path: Path) -> Iterator[str]:
    check_keys()
    with running_website(stage.project, tmp_path) as (origin, _application):
        yield origin


def press_sign_in(visitor: Person, website: str) -> None:
    """From the website to WeChat's QR code."""
    words = WORDS[visitor.language]
    visitor.page.goto(website)
    visitor.page.get_by_role("link", name=words["sign_in"], exact=True).click()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
    press_wechat(visitor)


def press_wechat(visitor: Person) -> None:
    visitor.sign_in_button.click()
    visitor.page.wait_for_url("**/connect/qrconnect?**")


def expect_greeting(page: Page, website: str, words: dict[str, str]) -> None:
    page.wait_for_url(f"{website}/")
    expect(page.get_by_role("heading", name=words["hello"])).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_website_greets_by_name(stage: Stage, website: str, language: str) -> None:
    stage.add_wechat()
    words, visitor = WORDS[language], stage.browser(language)
    visitor.visit(website, "website")

    press_sign_in(visitor, website)
    visitor.agree("李雷")

    expect_greeting(visitor.page, website, words)
    visitor.inspect("website-greeting")
    person = User.objects.get(project=stage.project)
    received = visitor.page.locator("dl")
    expect(received).to_contain_text(str(person.pk))
    expect(received).to_contain_text("unionid")
    assert stage.app["secret"] not in visitor.page.content()
    visitor.page.set_viewport_size({"width": 320, "height": 900})
    visitor.check_no_sideways_scrolling()

    visitor.page.get_by_role("button", name=words["sign_out"]).click()
    expect(visitor.page.get_by_role("heading", name=words["welcome"])).to_be_visible()
    # Menkou does not know the person any more.
    visitor.page.get_by_role("link", name=words["sign_in"], exact=True).click()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()


def test_signing_out_of_one_website_signs_out_of_the_other(
    stage: Stage, website: str, tmp_path: Path, settings: Any
) -> None:
    stage.add_wechat()
    words, visitor = WORDS["en"], stage.browser()
    with running_website(stage.project, tmp_path, host="localhost") as (other, _application):
        settings.MENKOU_PRIVATE_ORIGINS = (website, other)
        press_sign_in(visitor, website)
        visitor.agree("李雷")
        expect_greeting(visitor.page, website, words)
        # Menkou knows the person, so WeChat is not needed again.
        visitor.page.goto(other)
        visitor.page.get_by_role("link", name=words["sign_in"], exact=True).click()
        expect_greeting(visitor.page, other, words)

        visitor.page.get_by_role("button", name=words["sign_out"]).click()
        expect(visitor.page.get_by_role("heading", name=words["welcome"])).to_be_visible()
        visitor.page.goto(website)
        expect(visitor.page.get_by_role("heading", name=words["hello"])).to_be_visible()
        for delivery in LogoutDelivery.objects.all():
            # As the worker does.
            deliver.func(None, delivery.pk)
        assert [each.answer for each in LogoutDelivery.objects.all()] == ["200", "200"]

        visitor.page.reload()
        expect(visitor.page.get_by_role("heading", name=words["welcome"])).to_be_visible()


def test_who_cancels_at_wechat_can_try_again(stage: Stage, website: str) -> None:
    stage.wechat.tell("switches", deny_mode="state_only")
    stage.add_wechat()
    words, visitor = WORDS["en"], stage.browser()
    press_sign_in(visitor, website)

    visitor.refuse()
    expect(visitor.page.get_by_role("heading", name=words["cancelled"])).to_be_visible()
    assert SignIn.objects.get().outcome == Outcome.CANCELLED
    visitor.page.get_by_role("link", name=words["again"]).click()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
    press_wechat(visitor)
    visitor.agree("李雷")

    expect_greeting(visitor.page, website, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_website_leads_straight_to_wechat(stage: Stage, website: str, language: str) -> None:
    stage.wechat.tell("switches", deny_mode="state_only")
    stage.add_wechat()
    words, visitor = WORDS[language], stage.browser(language)
    ask_for_wechat(visitor, website)

    # No page in between.
    visitor.page.goto(website)
    visitor.page.get_by_role("link", name=words["sign_in"], exact=True).click()
    visitor.page.wait_for_url("**/connect/qrconnect?**")
    visitor.refuse()
    expect(visitor.page.get_by_role("heading", name=words["cancelled"])).to_be_visible()
    visitor.page.get_by_role("link", name=words["again"]).click()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
    visitor.inspect("website-straight-again")
    # A reload and the back button start nothing by themselves.
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", name=words["cancelled"])).to_be_visible()
    visitor.page.go_forward()
    press_wechat(visitor)
    visitor.agree("李雷")

    expect_greeting(visitor.page, website, words)
    assert EndUserSession.objects.get().alias == "wechat_web"


def ask_for_wechat(visitor: Person, website: str) -> None:
    """Let the website's requests have `connection`, as a website with a WeChat button does it."""

    def add_connection(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        location = f"{answer.headers['location']}&connection=wechat_web"
        route.fulfill(response=answer, headers={**answer.headers, "location": location})

    visitor.page.route(f"{website}/sign-in", add_connection)


def test_after_a_wrong_secret_was_mended_the_same_sign_in_goes_on(
    stage: Stage, website: str
) -> None:
    connection = stage.add_wechat(secret="f" * 32)
    words, visitor = WORDS["en"], stage.browser()
    press_sign_in(visitor, website)
    visitor.agree("李雷")
    expect(
        visitor.page.get_by_role("heading", name="Sign-in with WeChat is currently unavailable")
    ).to_be_visible()

    seal_secret(connection, field="client_secret", value=stage.app["secret"], actor=stage.owner)
    visitor.page.get_by_role("link", name="Back to the sign-in page").click()
    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
    press_wechat(visitor)
    visitor.agree("李雷")

    expect_greeting(visitor.page, website, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_website_explains_what_went_wrong_and_leads_on(
    stage: Stage, website: str, language: str
) -> None:
    stage.add_wechat()
    words, visitor = WORDS[language], stage.browser(language)
    visitor.page.goto(f"{website}/callback?error=access_denied&state=any")
    expect(visitor.page.get_by_role("alert")).to_have_text(words["denied"])
    visitor.inspect("website-denied")
    visitor.page.goto(f"{website}/callback?code=any&state=of-another-browser")
    expect(visitor.page.get_by_role("alert")).to_contain_text(words["mismatch"])

    visitor.page.get_by_role("link", name=words["again"]).click()

    expect(visitor.page.get_by_role("heading", name=words["title"])).to_be_visible()
