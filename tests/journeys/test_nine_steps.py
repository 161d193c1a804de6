"""The promise: nine steps in the portal, then a button that signs somebody in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from connections.models import SignIn
from connections.values.outcomes import Outcome
from projects.models import User
from tests.journeys.stage import LANGUAGES, Stage


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_nine_steps_the_button_signs_an_end_user_in(stage: Stage, language: str) -> None:
    administrator = stage.browser(language)
    administrator.nine_steps()
    administrator.picture(f"connection-{language}", whole=False)

    visitor = stage.browser(language)
    visitor.press_button()
    visitor.agree("李雷")
    visitor.page.wait_for_url(f"http://{stage.project.host}/account")

    expect(visitor.page.get_by_role("heading", name="李雷😀")).to_be_visible()
    assert User.objects.get(project=stage.project).name == "李雷😀"
    visitor.page.get_by_role("button", name=visitor.words["out"]).click()
    visitor.page.wait_for_url(stage.sign_in_page)
    visitor.page.goto(f"http://{stage.project.host}/account")
    assert visitor.page.url == stage.sign_in_page


def test_it_works_without_scripts_in_the_portal_and_on_the_sign_in_page(stage: Stage) -> None:
    administrator = stage.browser(scripts=False)
    administrator.nine_steps()

    administrator.page.goto(stage.sign_in_page)
    administrator.page.get_by_role("button", name="Sign in with WeChat").click()

    administrator.page.wait_for_url("**/connect/qrconnect?**")


def test_the_page_of_the_connection_leads_to_the_sign_in_page(stage: Stage) -> None:
    administrator = stage.browser()
    administrator.nine_steps()

    link = administrator.messages.get_by_role("link")

    assert link.get_attribute("href") == stage.sign_in_page


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Sign-in cancelled"), ("zh-CN", "登录已取消")]
)
def test_who_cancels_reads_so_and_can_try_again(stage: Stage, language: str, title: str) -> None:
    stage.wechat.tell("switches", deny_mode="state_only")
    stage.add_wechat()
    visitor = stage.browser(language)
    visitor.press_button()

    visitor.refuse()

    visitor.page.wait_for_url("**/sso/oauth2/callback/wechat_web?**")
    expect(visitor.page.get_by_role("heading", name=title)).to_be_visible()
    visitor.check_accessibility()
    visitor.picture(f"cancelled-{language}")
    assert SignIn.objects.get().outcome == Outcome.CANCELLED
    assert not User.objects.filter(project=stage.project).exists()
    visitor.page.get_by_role("link", name="Try again" if language == "en" else "重新登录").click()
    visitor.page.wait_for_url(stage.sign_in_page)


def test_who_cancels_as_wechat_does_today_can_scan_the_same_code_again(stage: Stage) -> None:
    stage.add_wechat()
    visitor = stage.browser()
    visitor.press_button()
    visitor.refuse()
    expect(visitor.page.locator("#wx_after_cancel")).to_be_visible()

    visitor.agree("José")

    visitor.page.wait_for_url(f"http://{stage.project.host}/account")
    expect(visitor.page.get_by_role("heading", name="José")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "title", "cause"),
    [
        ("en", "Sign-in with WeChat is currently unavailable", "does not accept the AppSecret"),
        ("zh-CN", "微信登录暂时不可用", "AppSecret"),
    ],
)
def test_a_wrong_appsecret_is_explained_to_the_owner_and_mended_in_place(
    stage: Stage, language: str, title: str, cause: str
) -> None:
    connection = stage.add_wechat(secret="f" * 32)
    visitor = stage.browser(language)
    visitor.press_button()
    visitor.agree()
    visitor.page.wait_for_url("**/sso/oauth2/callback/wechat_web?**")
    expect(visitor.page.get_by_role("heading", name=title)).to_be_visible()
    visitor.picture(f"not-available-{language}")
    visitor.check_accessibility()
    assert "40125" not in visitor.page.content()

    administrator = stage.browser(language)
    administrator.open_portal(connection.get_absolute_url())
    expect(administrator.page.locator(".section-status")).to_contain_text(cause)
    administrator.page.get_by_role(
        "tab", name="动态" if language == "zh-CN" else "Activity"
    ).click()
    attempts = administrator.page.get_by_role("table")
    expect(attempts).to_contain_text(cause)
    expect(attempts).to_contain_text("40125")
    reference = SignIn.objects.get().reference
    expect(attempts).to_contain_text(f"{reference[:5]}-{reference[5:]}")
    assert f"{reference[:5]}-{reference[5:]}" in visitor.page.content()
    administrator.picture(f"wrong-secret-{language}")

    administrator.page.get_by_role("tab").first.click()
    administrator.page.get_by_text(
        "Replace secret" if language == "en" else "更换密钥"
    ).first.click()
    administrator.page.locator("[name=client_secret]").fill(stage.app["secret"])
    administrator.save()
    expect(administrator.messages).to_be_visible()
    visitor.press_button()
    visitor.agree()
    visitor.page.wait_for_url(f"http://{stage.project.host}/account")
