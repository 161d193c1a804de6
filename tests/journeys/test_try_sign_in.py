"""Try sign-in: here, and by a link on a second browser while the portal's page waits."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from connections.models import EndUserSession, Identity, SignIn, Trial
from connections.services import set_enabled
from projects.models import User
from tests.journeys.stage import LANGUAGES, Person, Stage

WORDS = {
    "en": {
        "try": "Try sign-in",
        "here": "Try in this browser",
        "link": "Try by link or QR code",
        "start": "Start the trial",
        "thanks": "Thank you.",
        "works": "The sign-in works.",
        "new": "A new user would have been created",
        "waiting": "Waiting for somebody",
        "started": "Somebody has started",
        "cancelled": "cancelled",
        "failed": "Failed",
    },
    "zh-CN": {
        "try": "试登录",
        "here": "在此浏览器中试登录",
        "link": "通过链接或二维码试登录",
        "start": "开始试登录",
        "thanks": "谢谢",
        "works": "登录正常",
        "new": "会创建一个新用户",
        "waiting": "正在等待",
        "started": "试登录已开始",
        "cancelled": "取消",
        "failed": "失败",
    },
}


def assert_nothing_was_written() -> None:
    assert not User.objects.filter(project__isnull=False).exists()
    for model in (Identity, SignIn, EndUserSession):
        assert not model.objects.exists()


def see_result(person: Person, text: str) -> None:
    main = person.page.get_by_role("main")
    expect(main).to_contain_text(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_else_tries_by_the_link(stage: Stage, language: str) -> None:
    words = WORDS[language]
    connection = stage.add_wechat()
    set_enabled(connection, enabled=False, actor=stage.owner)
    editor, colleague = stage.browser(language), stage.browser(language)

    editor.open_portal(connection.get_absolute_url())
    editor.page.get_by_role("link", name=words["try"]).first.click()
    editor.inspect("try-start")
    editor.page.get_by_role("button", name=words["link"]).click()
    expect(editor.page.get_by_role("status").first).to_contain_text(words["waiting"])
    editor.inspect("try-link")
    link = editor.page.locator("[data-copy]").first.get_attribute("data-copy") or ""

    # A preview does not use it up.
    colleague.page.goto(link)
    colleague.visit(link, "try-invitation")
    colleague.page.get_by_role("button", name=words["start"]).click()
    colleague.page.wait_for_url("**/connect/qrconnect?**")
    expect(editor.page.get_by_role("status").first).to_contain_text(words["started"])
    assert link not in editor.page.content()
    colleague.agree()
    expect(colleague.page.get_by_role("heading", level=1)).to_contain_text(words["thanks"])
    colleague.inspect("try-thanks")

    # The page that waits shows the result by itself.
    see_result(editor, words["works"])
    see_result(editor, words["new"])
    see_result(editor, "李雷")
    editor.inspect("try-result")
    for summary in editor.page.locator(".sign-in-steps summary").all():
        summary.click()
    editor.inspect("try-result-open")
    assert Trial.objects.get().outcome == "ok"
    assert_nothing_was_written()
    # The colleague is not signed in.
    names = {each["name"] for each in colleague.page.context.cookies()}
    assert names == {"menkou_browser"} or not any("session" in each for each in names)
    colleague.visit(link, "try-used")
    editor.visit(stage.portal + connection.get_absolute_url() + "try/", "try-list")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_editor_tries_here_and_cancels(stage: Stage, language: str) -> None:
    words = WORDS[language]
    stage.wechat.tell("switches", deny_mode="state_only")
    connection = stage.add_wechat()
    person = stage.browser(language)
    person.open_portal(connection.get_absolute_url() + "try/")
    person.page.get_by_role("button", name=words["here"]).click()
    person.page.wait_for_url("**/connect/qrconnect?**")
    person.refuse()
    person.page.wait_for_url("**/try/*-*/")
    see_result(person, words["failed"])
    see_result(person, words["cancelled"])
    person.inspect("try-cancelled")
    assert_nothing_was_written()
