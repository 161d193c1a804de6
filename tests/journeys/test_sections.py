"""The sections of a connection's page: as tabs, by keyboard, with errors, and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cast import make_connection
from tests.journeys.stage import LANGUAGES, Stage

TABS = ["Credentials", "Button", "Access", "Activity"]
SENTENCE = {
    "en": "Existing users only. Nobody new can sign in.",
    "zh-CN": "仅限已有用户，新用户无法登录。",
}
REFUSED = {"en": "Sign-in is not possible here", "zh-CN": "无法登录"}


def test_sections_are_tabs_that_lose_nothing_typed(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/wechat_web/")
    page = person.page
    tabs = page.get_by_role("tab")
    assert [name for name in tabs.all_inner_texts() if name in TABS] == TABS
    expect(page.get_by_role("tabpanel", name="Credentials")).to_be_visible()
    page.get_by_label("Account ID").fill("gh_ba9876543210")

    # By keyboard: one stop for all tabs, arrows go round.
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Button")).to_be_visible()
    expect(page.get_by_role("tab", name="Button")).to_be_focused()
    assert page.url.endswith("#button")
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Activity")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    expect(page.get_by_label("Account ID")).to_have_value("gh_ba9876543210")
    assert page.locator("[role=tab][tabindex='0']").count() == 1
    page.keyboard.press("ArrowLeft")
    # The save bar is in view wherever something has changed.
    expect(page.get_by_text("1 change")).to_be_in_viewport()
    person.check_accessibility()

    page.get_by_role("tab", name="Button").click()
    page.reload()
    expect(page.get_by_role("tabpanel", name="Button")).to_be_visible()
    person.inspect("connection-button")


def test_an_error_opens_its_section(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/wechat_web/#button")
    page = person.page
    page.get_by_role("tab", name="Credentials").click()
    page.get_by_label("Account ID").fill("wx0123456789abcdef")
    page.get_by_role("tab", name="Button").click()
    # Found out while typing.
    expect(page.get_by_role("tab", name="Credentials 1 error")).to_be_visible()

    person.save()

    expect(page.get_by_role("tab", name="Credentials 1 error")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.get_by_label("Account ID")).to_be_visible()
    page.get_by_role("tab", name="Button").click()
    page.get_by_role("alert").get_by_role("link", name="Account ID").click()
    expect(page.get_by_label("Account ID")).to_be_focused()


def test_a_warning_in_a_closed_section_leads_to_its_field(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/add/wechat_web/")
    warnings = person.page.get_by_role("group", name="Warnings")
    # The buttons would look the same.
    warnings.get_by_role("link", name="Button label in English").click()
    expect(person.page.get_by_role("tabpanel", name="Button")).to_be_visible()
    expect(person.page.get_by_label("Button label in English")).to_be_focused()


def test_without_a_script_sections_stand_below_each_other(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser(scripts=False)
    person.open_portal("/projects/acme/connections/wechat_web/")
    page = person.page
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Button").click()
    expect(page.get_by_label("Button label in English")).to_be_in_viewport()
    page.get_by_label("Button label in English").fill("Use WeChat")
    page.get_by_label("Account ID").fill("gh_ba9876543210")
    expect(page.get_by_role("heading", name="Latest sign-ins")).to_be_visible()
    person.save()
    expect(person.messages).to_contain_text("Saved.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_existing_users_only(stage: Stage, language: str) -> None:
    connection = stage.add_wechat()
    visitor = stage.browser(language)
    visitor.press_button()
    visitor.agree()
    visitor.page.wait_for_url("**/account")
    owner = stage.browser(language)
    owner.open_portal(f"{connection.get_absolute_url()}#access")
    page = owner.page
    page.locator("[name=access_people]").select_option("existing")
    # Before it is saved.
    expect(page.locator("#access-sentence")).to_have_text(SENTENCE[language])
    owner.inspect("connection-access")
    owner.save()
    expect(owner.messages).to_be_visible()
    expect(page.locator("#access-sentence")).to_have_text(SENTENCE[language])

    stranger = stage.browser(language)
    stranger.press_button()
    stranger.agree("韩梅梅")
    expect(stranger.page.get_by_role("heading", name=REFUSED[language])).to_be_visible()
    stranger.inspect("not-admitted")
    visitor.press_button()
    visitor.agree()
    visitor.page.wait_for_url("**/account")

    page.reload()
    page.get_by_role("tab").last.click()
    row = page.locator("#activity .sign-ins tbody tr", has_text="“")
    expect(row).to_have_count(1)
    owner.inspect("connection-activity")
