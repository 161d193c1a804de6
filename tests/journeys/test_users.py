"""A person who is signed in at a website is blocked, unblocked, and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from applications.logout.delivery import deliver
from applications.models import LogoutDelivery
from connections.secrets import check_keys
from projects.models import User
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.journeys.test_website import WORDS as WEBSITE
from tests.journeys.test_website import expect_greeting, press_sign_in
from tests.website import running_website

WORDS = {
    "en": {
        "users": "Users",
        "block": "Block user",
        "blocked": "User blocked.",
        "unblock": "Unblock user",
        "unblocked": "User unblocked.",
        "delete": "Delete user",
        "deleted": "User deleted.",
        "id": "Beginning of the user ID",
        "refused": "This account is blocked.",
        "back": "Go back without signing in",
    },
    "zh-CN": {
        "users": "用户",
        "block": "封禁用户",
        "blocked": "用户已封禁",
        "unblock": "解除封禁",
        "unblocked": "已解除封禁",
        "delete": "删除用户",
        "deleted": "用户已删除。",
        "id": "用户 ID 的开头",
        "refused": "此账号已被封禁。",
        "back": "不登录，返回原网站",
    },
}


def tell_website() -> None:
    """Send the messages that wait, as the worker does."""
    for delivery in LogoutDelivery.objects.filter(delivered_at=None):
        deliver.func(None, delivery.pk)


def expect_signed_out(visitor: Person, website: str) -> None:
    tell_website()
    visitor.page.goto(website)
    welcome = WEBSITE[visitor.language]["welcome"]
    expect(visitor.page.get_by_role("heading", name=welcome)).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_user_is_blocked_unblocked_and_deleted(
    stage: Stage, tmp_path: Path, settings: Any, language: str
) -> None:
    check_keys()
    stage.add_wechat()
    words, site = WORDS[language], WEBSITE[language]
    admin, visitor = stage.browser(language), stage.browser(language)
    with running_website(stage.project, tmp_path) as (website, _application):
        settings.MENKOU_PRIVATE_ORIGINS = (website,)
        press_sign_in(visitor, website)
        visitor.agree("李雷")
        expect_greeting(visitor.page, website, site)

        admin.open_portal("/projects/acme/")
        admin.page.get_by_role("link", name=words["users"], exact=True).click()
        admin.inspect("users")
        admin.page.get_by_role("link", name="李雷😀").click()
        admin.inspect("user")
        admin.page.get_by_role("button", name=words["block"]).click()
        expect(admin.messages).to_contain_text(words["blocked"])
        admin.inspect("user-blocked")
        expect_signed_out(visitor, website)

        press_sign_in(visitor, website)
        visitor.agree("李雷")
        expect(visitor.page.get_by_text(words["refused"])).to_be_visible()
        visitor.inspect("user-refused")
        visitor.page.get_by_role("link", name=words["back"]).click()
        visitor.page.wait_for_url(f"{website}/**")

        admin.page.get_by_role("button", name=words["unblock"]).click()
        expect(admin.messages).to_contain_text(words["unblocked"])
        press_sign_in(visitor, website)
        visitor.agree("李雷")
        expect_greeting(visitor.page, website, site)

        person = User.objects.get(project=stage.project)
        admin.page.get_by_role("link", name=words["delete"]).click()
        admin.page.get_by_label(words["id"]).fill("x")
        admin.page.get_by_role("button", name=words["delete"]).click()
        expect(admin.page.locator("[aria-invalid=true]")).to_have_count(1)
        admin.inspect("user-delete")
        admin.page.get_by_label(words["id"]).fill(person.pk.hex[:8])
        admin.page.get_by_role("button", name=words["delete"]).click()
        expect(admin.messages).to_contain_text(words["deleted"])
        expect_signed_out(visitor, website)
        assert [each.answer for each in LogoutDelivery.objects.all()] == ["200", "200"]
        admin.page.goto(f"{stage.portal}/projects/acme/history/")
        admin.inspect("users-history")
