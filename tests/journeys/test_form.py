"""The connection's form under the hands of a person."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from connections.models import Connection
from tests.cast import APPID, APPSECRET, make_connection
from tests.journeys.stage import Person, Stage


def at_the_form(stage: Stage) -> Person:
    person = stage.browser()
    person.open_portal("/projects/acme/connections/add/wechat_web/")
    return person


def test_a_mix_up_is_named_as_soon_as_the_field_is_left(stage: Stage) -> None:
    person = at_the_form(stage)
    field = person.page.get_by_label("Client ID")

    field.fill("gh_0123456789ab")
    field.press("Tab")

    expect(person.page.get_by_text("This is an 原始ID (it begins with gh_)")).to_be_visible()
    expect(person.page.get_by_label("Client ID")).to_have_attribute("aria-invalid", "true")
    person.page.get_by_label("Client ID").fill(APPID)
    person.page.get_by_label("Client ID").press("Tab")
    expect(person.page.get_by_text("This is an 原始ID")).to_have_count(0)


def test_what_is_typed_while_a_field_is_checked_is_not_overwritten(stage: Stage) -> None:
    person = at_the_form(stage)
    waiting: list[Route] = []
    person.page.route("**/validate/**", lambda route: waiting.append(route))
    person.page.get_by_label("Client ID").fill("gh_0123456789ab")
    with person.page.expect_request("**/validate/**"):
        person.page.get_by_label("Client ID").press("Tab")

    person.page.get_by_label("Client ID").fill(APPID)
    with person.field_checked():
        waiting[0].continue_()

    expect(person.page.get_by_label("Client ID")).to_have_value(APPID)


def test_a_secret_in_the_wrong_field_vanishes_from_it(stage: Stage) -> None:
    person = at_the_form(stage)
    field = person.page.get_by_label("Client ID")

    field.fill(APPSECRET)
    field.press("Tab")

    expect(person.page.get_by_text("This looks like the Client Secret (AppSecret)")).to_be_visible()
    expect(person.page.get_by_label("Client ID")).to_have_value("")


def test_what_was_typed_as_a_secret_can_be_looked_at_while_typing(stage: Stage) -> None:
    person = at_the_form(stage)
    field = person.page.get_by_label("Client Secret").first
    field.fill(APPSECRET)
    expect(field).to_have_attribute("type", "password")

    person.page.get_by_role("button", name="Show").first.click()

    expect(person.page.get_by_label("Client Secret").first).to_have_attribute("type", "text")


def test_a_doubt_is_overruled_by_saving_anyway(stage: Stage) -> None:
    person = at_the_form(stage)
    person.page.get_by_label("Client ID").fill("wx-unusual")
    person.page.get_by_label("Client Secret").first.fill(APPSECRET)
    person.page.get_by_label("Account ID").fill("gh_0123456789ab")
    person.save()
    expect(person.page.get_by_label("Client ID")).to_have_value("wx-unusual")
    expect(person.page.get_by_label("Save anyway")).to_be_in_viewport()
    assert not Connection.objects.exists()

    person.page.get_by_label("Client Secret").first.fill(APPSECRET)
    person.page.get_by_label("Save anyway").check()
    person.save()

    expect(person.messages).to_contain_text("is live on the sign-in page")
    assert Connection.objects.get().client_id == "wx-unusual"


def test_a_doubt_that_is_overruled_at_once_costs_no_second_secret(stage: Stage) -> None:
    person = at_the_form(stage)
    accept = person.page.get_by_label("Save anyway")
    person.page.get_by_label("Client ID").fill("wx-unusual")
    person.page.get_by_label("Account ID").fill("gh_0123456789ab")
    expect(accept).to_be_in_viewport()
    # Whoever mends the value has nothing to accept.
    person.page.get_by_label("Client ID").fill("wx0123456789abcdef")
    person.page.get_by_label("Client Secret").first.fill(APPSECRET)
    expect(accept).to_be_hidden()
    person.page.get_by_label("Client ID").fill("wx-unusual")
    person.page.get_by_label("Account ID").focus()
    expect(accept).to_be_visible()
    person.check_accessibility()

    accept.check()
    person.save()

    expect(person.messages).to_contain_text("is live on the sign-in page")
    assert Connection.objects.get().client_id == "wx-unusual"


def test_the_button_is_previewed_as_its_label_is_typed(stage: Stage) -> None:
    person = at_the_form(stage)
    person.page.get_by_role("tab", name="Button").click()

    person.page.get_by_label("Button label in English").fill("Use WeChat")

    expect(person.page.locator(".provider-button").first).to_contain_text("Use WeChat")


def test_unsaved_changes_are_counted_and_leaving_asks(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/wechat_web/")
    person.page.get_by_label("Account ID").fill("gh_ba9876543210")
    person.page.get_by_role("tab", name="Button").click()
    person.page.get_by_label("Button label in English").fill("Use WeChat")
    person.page.get_by_role("tab", name="Activity").click()
    expect(person.page.get_by_text("2 changes")).to_be_visible()
    asked: list[str] = []
    person.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    with person.page.expect_event("dialog"):
        person.page.evaluate("location.href = '/projects/acme/'")

    assert asked == ["beforeunload"]
    assert person.page.url.endswith("/connections/wechat_web/#activity")


def test_the_switch_hides_the_button_from_the_sign_in_page(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/")

    person.page.get_by_role("button", name="Actions for “Sign in with WeChat”").click()
    person.page.get_by_role("button", name="Turn off").click()

    expect(person.messages).to_contain_text("Connection turned off.")
    person.page.goto(stage.sign_in_page)
    expect(person.page.get_by_role("button", name="Sign in with WeChat")).to_have_count(0)


def test_a_connection_goes_when_its_alias_is_typed(stage: Stage) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser()
    person.open_portal("/projects/acme/connections/wechat_web/")
    person.page.get_by_role("link", name="Delete").click()
    person.page.get_by_label("Alias of the connection").fill("wechat")
    person.page.get_by_role("button", name="Delete connection").click()
    expect(person.page.get_by_text("The alias does not match.")).to_be_visible()

    person.page.get_by_label("Alias of the connection").fill("wechat_web")
    person.page.get_by_role("button", name="Delete connection").click()

    expect(person.messages).to_contain_text("Connection deleted.")
    assert not Connection.objects.exists()


def test_what_wechat_needs_is_copied_with_one_click(stage: Stage) -> None:
    person = at_the_form(stage)
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    person.page.get_by_role("button", name="Copy").first.click()

    expect(person.page.get_by_text("Copied").first).to_be_visible()
    assert person.page.evaluate("navigator.clipboard.readText()") == "acme.localhost"


def test_addresses_to_copy_follow_the_alias_wherever_they_hold_it(stage: Stage) -> None:
    person = stage.browser()
    person.open_portal("/projects/acme/connections/add/saml/")

    person.page.get_by_role("tab", name="Button").click()
    person.page.get_by_label("Alias").fill("staff")

    addresses = person.page.locator(".copyable [data-copy]").evaluate_all(
        "buttons => buttons.map(each => new URL(each.dataset.copy).pathname)"
    )
    assert addresses == ["/sso/staff/metadata", "/sso/oauth2/callback/staff"]
    shown = person.page.locator(".copyable code").all_inner_texts()
    assert [each.partition("/sso/")[2] for each in shown] == [
        "staff/metadata",
        "oauth2/callback/staff",
    ]
