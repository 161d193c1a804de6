"""Somebody calls with a reference; the administrator finds out what went wrong, and mends it."""

from __future__ import annotations

from playwright.sync_api import expect

from connections.models import SignIn
from tests.journeys.stage import Stage


def test_a_reference_that_was_read_out_leads_to_the_cause_and_the_change_behind_it(
    stage: Stage,
) -> None:
    connection = stage.add_wechat(secret="0" * 32)
    olga = stage.browser()
    olga.open_portal(connection.get_absolute_url())
    lei = stage.browser("zh-CN", width=390)
    lei.press_button()
    lei.agree()
    lei.page.wait_for_url("**/sso/oauth2/callback/**")
    reference = lei.page.locator(".signin-reference code").inner_text()

    page = olga.page
    page.get_by_role("link", name="History").click()
    page.get_by_role("textbox", name="Reference").fill(reference.replace("-", " ").lower())
    page.get_by_role("button", name="Find").click()

    page.wait_for_url("**/history/*/")
    assert page.url.endswith(f"/history/{SignIn.objects.get().reference}/")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Needs attention")
    expect(main).to_contain_text("40125")
    expect(page.locator("[lang=en].remedy")).to_contain_text("AppSecret")
    expect(page.locator("[lang=zh-hans].remedy")).to_contain_text("AppSecret")
    olga.check_accessibility()

    page.get_by_role("link", name="History").first.click()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Show", exact=True).select_option("Changes")
    page.get_by_label("Connection", exact=True).select_option("wechat_web")
    page.get_by_role("button", name="Apply").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Added the connection wechat_web")
    expect(rows).to_contain_text("Olga Owner")
    expect(rows).to_contain_text("set (fingerprint")
    olga.check_accessibility()

    page.get_by_role("link", name="Clear filter").click()
    expect(rows).to_have_count(2)
