"""An end user ends on the account page what goes on elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from connections.models import EndUserSession
from connections.secrets import check_keys
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.website import running_website

WORDS = {
    "en": {
        "sign_in": "Sign in",
        "hello": "Hello, 李雷😀",
        "elsewhere": "Sign out of Chrome on Linux",
        "signed_in": "Where you are signed in",
        "here": "This browser",
        "apps": "Apps with access to your account",
        "remove": "Remove access of Demo Shop",
        "back": "Back to Demo Shop",
        "choose": "Sign in to Acme",
    },
    "zh-CN": {
        "sign_in": "登录",
        "hello": "您好，李雷😀",
        "elsewhere": "退出登录：Chrome · Linux",
        "signed_in": "已登录的设备",
        "here": "当前浏览器",
        "apps": "有权访问您账号的应用",
        "remove": "取消授权：Demo Shop",
        "back": "返回 Demo Shop",
        "choose": "登录 Acme",
    },
}


@pytest.fixture
def website(stage: Stage, tmp_path: Path) -> Iterator[str]:
    check_keys()
    with running_website(stage.project, tmp_path) as (origin, _application):
        yield origin


def sign_in(visitor: Person, website: str) -> None:
    """Sign in at the website."""
    words = WORDS[visitor.language]
    visitor.page.goto(website)
    visitor.page.get_by_role("link", name=words["sign_in"], exact=True).click()
    visitor.sign_in_button.click()
    visitor.page.wait_for_url("**/connect/qrconnect?**")
    visitor.agree("李雷")
    visitor.page.wait_for_url(f"{website}/")
    expect(visitor.page.get_by_role("heading", name=words["hello"])).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_signs_out_of_another_browser_and_of_a_website(
    stage: Stage, website: str, language: str
) -> None:
    stage.add_wechat()
    words, account = WORDS[language], f"http://{stage.project.host}/account"
    first, second = stage.browser(language), stage.browser(language)
    for visitor in (first, second):
        sign_in(visitor, website)
    assert EndUserSession.objects.count() == 2

    first.visit(account, "account-two-browsers")
    sessions = first.page.get_by_role("region", name=words["signed_in"]).get_by_role("listitem")
    expect(sessions).to_have_count(2)
    expect(sessions.first).to_contain_text(words["here"])
    first.page.get_by_role("button", name=words["elsewhere"]).press("Enter")
    expect(sessions).to_have_count(1)
    second.page.goto(account)
    expect(second.page.get_by_role("heading", name=words["choose"])).to_be_visible()

    apps = first.page.get_by_role("region", name=words["apps"])
    expect(apps).to_contain_text("Demo Shop")
    expect(first.page.get_by_role("link", name=words["back"])).to_have_attribute(
        "href", f"{website}/"
    )
    first.page.get_by_role("button", name=words["remove"]).press("Enter")
    expect(apps).to_have_count(0)
    expect(sessions).to_have_count(1)
