"""One WeChat button: inside WeChat, at a computer, on a phone, and the same person everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from projects.models import User
from tests.browsers import PHONE, WECHAT, WECOM
from tests.journeys.stage import LANGUAGES, Person, Stage

NAMES = {"en": "WeChat Official Account / 服务号", "zh-CN": "微信服务号 (WeChat Official Account)"}
OWN_ID = {"en": "The official account's own 原始ID", "zh-CN": "服务号自己的原始ID"}


def add_official_account(administrator: Person, language: str) -> None:
    """Fill in the form with what the simulator's page shows."""
    page, stage = administrator.page, administrator.stage
    service: dict[str, Any] = stage.wechat.ask("apps")["apps"][1]
    page.goto(f"{stage.portal}/projects/acme/connections/add/")
    page.get_by_role("link", name=NAMES[language]).click()
    page.get_by_label("Client ID").fill(service["appid"])
    page.get_by_label("Client Secret").first.fill(service["secret"])
    page.get_by_label("Account ID").first.fill(service["open_account"])
    page.get_by_label(OWN_ID[language]).fill(service["original_id"])
    administrator.save()
    expect(administrator.messages).to_contain_text(administrator.words["live"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_is_the_same_at_a_computer_and_inside_wechat(stage: Stage, language: str) -> None:
    stage.add_wechat()
    administrator = stage.browser(language)
    administrator.start_session()
    add_official_account(administrator, language)
    administrator.page.goto(f"{stage.portal}/projects/acme/connections/")
    expect(administrator.page.locator(".shared-button")).to_have_count(2)
    administrator.picture(f"list-{language}")
    administrator.check_accessibility()

    at_a_computer = stage.browser(language)
    at_a_computer.press_button()
    at_a_computer.agree("李雷")
    at_a_computer.page.wait_for_url("**/account")

    inside = stage.browser(language, width=390, user_agent=WECHAT)
    inside.page.goto(stage.sign_in_page)
    buttons = inside.page.get_by_role("button", name=inside.words["button"], exact=True)
    expect(buttons).to_have_count(1)
    buttons.click()
    inside.page.wait_for_url("**/connect/oauth2/authorize?**")
    inside.picture(f"inside-wechat-{language}")
    inside.page.get_by_role("radio", name="李雷").check()
    inside.page.get_by_role("button", name="允许").click()
    inside.page.wait_for_url("**/account#wechat_redirect")

    expect(inside.page.get_by_role("heading", name="李雷😀")).to_be_visible()
    assert User.objects.filter(project=stage.project).count() == 1


@pytest.mark.parametrize(
    ("language", "dark", "title", "copy"),
    [
        ("en", False, "Continue in WeChat", "Copy the link"),
        ("zh-CN", True, "请在微信中继续", "复制链接"),
    ],
)
def test_on_a_phone_the_page_says_how_to_go_on(
    stage: Stage, language: str, dark: bool, title: str, copy: str
) -> None:
    stage.add_wechat()
    administrator = stage.browser(language)
    administrator.start_session()
    add_official_account(administrator, language)
    person = stage.browser(language, width=390, dark=dark, user_agent=PHONE)
    person.page.goto(f"{stage.sign_in_page}?next=/account")

    person.page.get_by_role("link", name=person.words["button"], exact=True).click()

    expect(person.page.get_by_role("heading", name=title)).to_be_visible()
    person.picture(f"elsewhere-{language}")
    person.check_accessibility()
    person.check_no_sideways_scrolling()
    person.page.get_by_role("button", name=copy).click()
    expect(person.page.locator("[data-copy]")).not_to_contain_text(copy)
    person.page.locator("form button").click()
    person.page.wait_for_url("**/connect/qrconnect?**")


def test_in_wecom_and_at_a_computer_the_official_account_alone_explains_itself(
    stage: Stage,
) -> None:
    administrator = stage.browser()
    administrator.start_session()
    add_official_account(administrator, "en")
    for name, agent, width in [("computer", None, 1280), ("wecom", WECOM, 390)]:
        person = stage.browser(width=width, user_agent=agent)
        person.page.goto(stage.sign_in_page)
        person.check_accessibility()
        person.page.get_by_role("link", name="Sign in with WeChat").click()

        expect(person.page.get_by_role("heading", name="Continue in WeChat")).to_be_visible()
        expect(person.page.locator("form")).to_have_count(0)
        person.picture(f"elsewhere-{name}")
        person.check_accessibility()


def test_where_nothing_works_inside_wechat_the_page_says_so(stage: Stage) -> None:
    stage.project.connections.create(
        provider="google", alias="google", settings={"client_id": "1-a.apps.googleusercontent.com"}
    )
    for language, dark in [("en", False), ("zh-CN", True)]:
        person = stage.browser(language, width=390, dark=dark, user_agent=WECHAT)
        person.page.goto(stage.sign_in_page)

        expect(person.page.get_by_role("main")).to_contain_text("在浏览器打开")
        person.picture(f"nothing-inside-{language}")
        person.check_accessibility()
        person.check_no_sideways_scrolling()
