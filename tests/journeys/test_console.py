"""From the simulator's console to a person who is signed in, and what a wrong domain looks like."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from projects.models import User
from tests.journeys.stage import LANGUAGES, Person, Stage


def register(developer: Person, *, domain: str, lenient: bool) -> None:
    """创建网站应用, up to the page of the app that waits for its reviewer."""
    page = developer.page
    page.goto(f"{developer.stage.wechat.origin}/console/")
    page.get_by_role("link", name="创建网站应用").click()
    page.get_by_label("网站应用名称").fill("晨光书店")
    page.get_by_label("英文名称").fill("Dawn Books")
    page.get_by_label("网站应用简介").fill("卖书的网站。")
    page.get_by_label("应用官网").fill("https://books.example.com")
    page.get_by_label("授权回调域").fill(domain)
    page.get_by_label("模拟器选项").set_checked(lenient)
    page.get_by_label("所属账号").select_option("")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("heading", name="扮演审核员")).to_be_visible()


def approve(page: Page) -> None:
    page.get_by_role("button", name="通过 Approve", exact=True).click()
    expect(page.locator(".heading .state")).to_have_text(re.compile("已通过"))


def copied(page: Page, name: str) -> str:
    """Press the copy button of a value, and give what is now on the clipboard."""
    page.get_by_role("button", name=f"Copy 复制 {name}", exact=True).click()
    expect(page.get_by_role("status").last).to_have_text("Copied 已复制")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def connect(administrator: Person, console: Page) -> None:
    """The nine steps, with what the console gives."""
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    console.get_by_role("button", name="生成").click()
    secret = copied(console, "AppSecret")
    appid, original_id = copied(console, "AppID"), copied(console, "原始ID")
    administrator.open_portal("/projects/")
    administrator.open_form()
    administrator.page.get_by_label("Client ID").fill(appid)
    administrator.page.get_by_label("Client Secret").first.fill(secret)
    administrator.page.get_by_label("Account ID").fill(original_id)
    administrator.save()
    expect(administrator.messages).to_contain_text(administrator.words["live"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_app_from_the_console_signs_somebody_in(stage: Stage, language: str) -> None:
    developer = stage.browser(language)
    register(developer, domain="login.example.com", lenient=True)
    approve(developer.page)
    connect(stage.browser(language), developer.page)

    visitor = stage.browser(language)
    visitor.press_button()
    expect(
        visitor.page.get_by_text("晨光书店" if language == "zh-CN" else "Dawn Books")
    ).to_be_visible()
    visitor.agree("韩梅梅")

    visitor.page.wait_for_url(f"http://{stage.project.host}/account")
    assert User.objects.get(project=stage.project).name == "韩梅梅"


def test_a_wrong_callback_domain_ends_at_wechat_until_it_is_mended_there(stage: Stage) -> None:
    developer = stage.browser()
    register(developer, domain="login.example.com", lenient=False)
    approve(developer.page)
    administrator = stage.browser()
    connect(administrator, developer.page)

    visitor = stage.browser()
    visitor.press_button()
    expect(visitor.page.get_by_role("heading", name="redirect_uri 参数错误")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="在控制台打开应用")).to_be_visible()
    visitor.check_accessibility()
    visitor.picture("console-wrong-domain")
    # WeChat tells the website nothing, so Menkou has said beforehand what it may look like.
    expect(administrator.page.get_by_role("main")).to_contain_text(
        "they see “redirect_uri 参数错误” there"
    )

    page = developer.page
    page.get_by_text("修改 Change 授权回调域").click()
    page.get_by_label("授权回调域 Callback domain").fill(f"http://{stage.project.host}")
    page.get_by_role("button", name="保存 Save").first.click()
    expect(page.get_by_text("Only the domain, without http:// or https://.")).to_be_visible()
    page.get_by_label("授权回调域 Callback domain").fill("acme.localhost")
    page.get_by_label("模拟器选项").check()
    page.get_by_role("button", name="保存 Save").first.click()
    expect(page.get_by_role("status").first).to_contain_text("The callback domain is changed")

    visitor.press_button()
    visitor.agree("José")
    visitor.page.wait_for_url(f"http://{stage.project.host}/account")


def test_an_app_that_is_under_review_signs_nobody_in(stage: Stage) -> None:
    developer = stage.browser()
    register(developer, domain="login.example.com", lenient=True)
    apps = stage.wechat.ask("apps")["apps"]
    address = f"{stage.wechat.origin}/connect/qrconnect?scope=snsapi_login"
    address += f"&redirect_uri=http://localhost/&appid={apps[-1]['appid']}"

    visitor = stage.browser()
    visitor.page.goto(address)

    expect(
        visitor.page.get_by_role("heading", name="Scope 参数错误或没有 Scope 权限")
    ).to_be_visible()


def test_the_console_s_pages_are_accessible_and_fit(stage: Stage) -> None:
    """They are the same for everybody, in two languages at once."""
    developer = stage.browser()
    page = developer.page

    page.goto(f"{stage.wechat.origin}/console/apps/new")
    page.get_by_role("button", name="提交审核").click()
    developer.inspect("console-form-errors")
    register(developer, domain="login.example.com", lenient=True)
    developer.inspect("console-reviewer")
    page.get_by_role("button", name="不通过").click()
    developer.inspect("console-refused")
    page.get_by_role("button", name="提交审核").click()
    approve(page)
    page.get_by_role("button", name="生成").click()
    developer.inspect("console-secret")
    page.get_by_text("修改 Change 授权回调域").click()
    page.get_by_label("服务器地址").fill("http://127.0.0.1:1/events")
    page.get_by_role("button", name="保存 Save").last.click()
    developer.inspect("console-app")
    for section in ("", "accounts", "people", "settings"):
        page.goto(f"{stage.wechat.origin}/console/{section}")
        developer.inspect(f"console-{section or 'apps'}")
    page.goto(stage.wechat.origin)
    developer.inspect("console-home")


def test_the_console_works_without_scripts(stage: Stage) -> None:
    developer = stage.browser(scripts=False)

    register(developer, domain="login.example.com", lenient=False)
    approve(developer.page)
    developer.page.get_by_role("button", name="生成").click()

    secret = developer.page.get_by_text(re.compile("^[0-9a-f]{32}$"))
    expect(secret).to_be_visible()
    developer.page.reload()
    expect(secret).to_have_count(0)
