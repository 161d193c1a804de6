"""A draft is shown, published and restored, and a new connection begins as one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from connections.models import Connection
from tests.cast import open_secret
from tests.journeys.stage import LANGUAGES, Person, Stage

PAGE = "/projects/acme/connections/wechat_web/"
WORDS = {
    "en": {
        "button": "Button",
        "label": "Button label in English",
        "save_as_draft": "Save as draft",
        "publish": "Publish",
        "activity": "Activity",
        "show": "Show revisions",
        "first": "Revision 1",
        "restore": "Restore",
        "draft": "Draft",
        "kept": "is kept for this form for an hour",
    },
    "zh-CN": {
        "button": "按钮",
        "label": "按钮文字（英文）",
        "save_as_draft": "保存草稿",
        "publish": "发布",
        "activity": "动态",
        "show": "查看版本记录",
        "first": "版本 1",
        "restore": "恢复",
        "draft": "草稿",
        "kept": "保留一小时",
    },
}


def press(person: Person, name: str) -> None:
    person.page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_is_reviewed_published_and_restored(stage: Stage, language: str) -> None:
    stage.add_wechat()
    person, words = stage.browser(language), WORDS[language]
    page = person.page
    person.open_portal(PAGE)
    page.locator(".section-tabs a").nth(1).click()
    page.locator("#id_label_en").fill("Scan with WeChat")
    press(person, words["save_as_draft"])

    bar = page.locator(".draft-bar")
    expect(bar.get_by_role("row")).to_have_count(2)
    expect(bar.get_by_role("cell", name="Scan with WeChat")).to_be_visible()
    assert Connection.objects.get().labels == {}
    person.inspect("draft")
    bar.get_by_role("button", name=words["publish"], exact=True).click()
    expect(person.messages).to_contain_text("Scan with WeChat" if language == "en" else "微信登录")
    expect(bar).to_have_count(0)
    assert Connection.objects.get().labels == {"en": "Scan with WeChat"}

    page.locator(".section-tabs a").last.click()
    page.get_by_role("link", name=words["show"]).click()
    person.inspect("revisions")
    page.get_by_role("link", name=words["first"], exact=True).click()
    expect(page.get_by_role("cell", name="Scan with WeChat")).to_be_visible()
    person.inspect("revision")
    press(person, words["restore"])
    page.wait_for_url(f"**{PAGE}")
    assert Connection.objects.get().labels == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_connection_waits_as_a_draft_and_its_secret_is_typed_once(
    stage: Stage, language: str
) -> None:
    app, person, words = stage.app, stage.browser(language), WORDS[language]
    page = person.page
    person.open_portal("/projects/acme/connections/add/wechat_web/")
    page.locator("#id_client_id").fill(app["appid"])
    page.locator("#id_client_secret").fill(app["secret"])
    page.locator("#id_account_id").fill("gh_wrong account")
    press(person, words["save_as_draft"])

    expect(page.locator("#id_client_secret_notice")).to_contain_text(words["kept"])
    person.inspect("kept-secret")
    page.locator("#id_account_id").fill(app["open_account"])
    press(person, words["save_as_draft"])

    expect(page.locator(".draft-bar")).to_be_visible()
    person.inspect("unpublished")
    page.goto(f"{stage.portal}/projects/acme/connections/")
    expect(page.locator(".state-cell")).to_contain_text(words["draft"])
    person.inspect("list-with-draft")
    page.goto(stage.sign_in_page)
    expect(person.sign_in_button).to_have_count(0)

    page.goto(stage.portal + PAGE)
    page.locator(".draft-bar").get_by_role("button", name=words["publish"], exact=True).click()
    expect(person.messages).to_contain_text(person.words["live"])
    assert open_secret(Connection.objects.get(), "client_secret") == app["secret"]
    person.press_button()
    person.agree()
    page.wait_for_url("**/account")
