"""Somebody calls with a reference; the administrator finds out what went wrong, and mends it."""

from __future__ import annotations

import json
import re
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from connections.models import SignIn
from projects.models import Event
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
    page.get_by_label("Show", exact=True).select_option("Changes")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_label("Connection", exact=True).select_option("wechat_web")
    expect(page).to_have_url(re.compile(r"kind=changes.*connection=wechat_web"))
    expect(rows).to_contain_text("Olga Owner added the connection wechat_web")
    rows.get_by_text("Details").click()
    expect(rows).to_contain_text("set (fingerprint")
    olga.check_accessibility()

    page.get_by_role("link", name="Clear filter").click()
    expect(rows).to_have_count(2)


def test_the_filter_is_applied_while_one_types_and_keeps_the_focus(stage: Stage) -> None:
    stage.add_wechat(secret="0" * 32)
    olga = stage.browser(time_zone="Asia/Shanghai")
    olga.open_portal("/projects/acme/history/")
    page = olga.page
    rows = page.locator("tbody tr")
    event = Event.objects.get()
    here = event.at.astimezone(ZoneInfo("Asia/Shanghai"))
    time = rows.locator("time")
    expect(time).to_contain_text(f"{here:%H:%M:%S}")
    expect(time).to_have_attribute("title", re.compile(f"{event.at:%H:%M:%S} UTC"))

    person = page.get_by_label("Person", exact=True)
    person.focus()
    page.keyboard.type("nobody")
    expect(page.get_by_role("heading", name="No results")).to_be_visible()
    expect(page.locator("[data-announcer]")).to_have_text("0 entries are shown.")
    expect(person).to_be_focused()
    for _letter in "nobody":
        page.keyboard.press("Backspace")
    page.keyboard.type("olga")
    expect(rows).to_have_count(1)
    expect(time).to_contain_text(f"{here:%H:%M:%S}")
    expect(person).to_be_focused()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export JSON Lines").click()
    (line,) = saved.value.path().read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["kind"] == "connection:added"
    export = Event.objects.latest("pk")
    assert (export.actor, export.changes["rows"]) == (stage.owner, [None, 1])

    page.get_by_text("More filters").click()
    outcome = page.get_by_label("Outcome", exact=True)
    outcome.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="No results")).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("Changes")
    expect(outcome).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Only sign-ins have an outcome.")).to_be_visible()
    page.get_by_label("To", exact=True).fill(f"{here:%Y-%m-%d}")
    expect(page).to_have_url(re.compile("until=.*zone=Asia|zone=Asia.*until="))
    olga.check_accessibility()


def test_the_filter_works_without_javascript_and_times_say_utc(stage: Stage) -> None:
    stage.add_wechat(secret="0" * 32)
    olga = stage.browser(scripts=False)
    olga.start_session()
    page = olga.page
    page.goto(f"{stage.portal}/projects/acme/history/")
    expect(page.locator("tbody time")).to_contain_text("UTC")
    page.get_by_label("Person", exact=True).fill("nobody")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="No results")).to_be_visible()
    page.get_by_role("link", name="Clear filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
