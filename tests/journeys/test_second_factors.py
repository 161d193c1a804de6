"""Operators set up an app or a passkey, sign in with it, and come back after losing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from connections.secrets import check_keys
from projects.models import Membership, Project, Role, User
from tests.cast import PASSWORD
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.portal.authenticator import code_of


@pytest.fixture(autouse=True)
def keys(stage: Stage) -> Iterator[None]:
    check_keys()
    yield
    # The limits count by address, and here everybody has the same.
    cache.clear()


def open_account(person: Person) -> None:
    person.page.get_by_role("link", name="Account", exact=True).click()


def set_up_app(person: Person) -> str:
    """Put the key that the page shows into an app; return it."""
    key = type_code(person)
    turn_on(person)
    return key


def type_code(person: Person) -> str:
    """Type what an app shows for the key of the page; return the key."""
    person.page.get_by_role("link", name="Set up Authenticator app").click()
    key = person.page.locator("#app-key code").inner_text()
    person.page.get_by_label("Code").fill(code_of(key))
    return key


def turn_on(person: Person) -> None:
    person.page.get_by_role("button", name="Turn on").click()


def type_password(person: Person) -> None:
    person.page.goto(f"{person.stage.portal}/login")
    person.page.get_by_label("Email").fill(person.stage.owner.email)
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(person: Person) -> None:
    person.page.get_by_role("button", name="Sign out").click()
    person.page.wait_for_url("**/login")


def with_a_device(person: Person) -> None:
    """Give the browser a device that keeps passkeys and knows the person's finger."""
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_an_app_is_set_up_and_its_code_signs_in(stage: Stage) -> None:
    person = stage.browser()
    person.open_portal("/account/")
    key = set_up_app(person)
    expect(person.page.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible()
    person.page.get_by_role("link", name="I have saved them").click()
    expect(person.page.get_by_text("10 codes are left.")).to_be_visible()
    sign_out(person)

    type_password(person)
    expect(person.page.get_by_role("heading", name="Two-step verification")).to_be_visible()
    person.page.get_by_label("Code").fill(code_of(key, steps=1))
    person.page.get_by_label("Code").press("Enter")
    person.page.wait_for_url("**/projects/")


def test_whoever_has_lost_the_phone_signs_in_with_a_downloaded_code(
    stage: Stage, tmp_path: Path
) -> None:
    person = stage.browser()
    person.open_portal("/account/")
    type_code(person)
    with person.scripts_held():
        turn_on(person)
        expect(person.page.locator(".codes li")).to_have_count(10)
        # Until its script is there.
        expect(person.page.get_by_role("button", name="Download")).to_be_hidden()
    shown = person.page.locator(".codes li").all_inner_texts()
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name="Download").click()
    kept = tmp_path / "codes.txt"
    download.value.save_as(kept)
    assert kept.read_text().split() == shown
    assert len(shown) == 10
    person.page.get_by_role("link", name="I have saved them").click()
    sign_out(person)

    type_password(person)
    person.page.get_by_label("Code").fill(shown[0])
    person.page.get_by_role("button", name="Sign in", exact=True).click()
    person.page.wait_for_url("**/projects/")
    open_account(person)
    expect(person.page.get_by_text("9 codes are left.")).to_be_visible()


def test_a_passkey_is_added_signs_in_alone_and_as_second_step_and_is_removed(
    stage: Stage,
) -> None:
    person = stage.browser()
    page = person.page
    with_a_device(person)
    person.open_portal("/account/")
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url("**/account/recovery-codes/")
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_role("link", name="Rename Work laptop")).to_be_visible()
    sign_out(person)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/projects/")
    sign_out(person)

    type_password(person)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/projects/")

    open_account(person)
    page.get_by_role("link", name="Rename Work laptop").click()
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(person.messages).to_contain_text("Passkey removed.")
    expect(page.get_by_role("link", name="Remove Old laptop")).to_have_count(0)


def test_a_device_that_keeps_a_passkey_already_says_so(stage: Stage) -> None:
    person = stage.browser()
    with_a_device(person)
    person.start_session()
    add = person.page.get_by_role("button", name="Add passkey")
    person.page.goto(f"{stage.portal}/account/passkeys/add/")
    add.click()
    person.page.wait_for_url("**/account/recovery-codes/")
    person.page.goto(f"{stage.portal}/account/passkeys/add/")
    add.click()
    expect(
        person.page.get_by_text("This device already has a passkey for your account.")
    ).to_be_visible()
    expect(add).to_be_enabled()


def test_without_scripts_the_sign_in_page_offers_no_passkey(stage: Stage) -> None:
    person = stage.browser(scripts=False)
    person.page.goto(f"{stage.portal}/login")
    expect(person.page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(person.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_without_scripts_the_page_that_adds_a_passkey_says_what_is_missing(stage: Stage) -> None:
    person = stage.browser(scripts=False)
    person.open_portal("/account/passkeys/add/")
    expect(person.page.get_by_text("Passkeys are not available in this browser.")).to_be_visible()
    expect(person.page.get_by_role("button", name="Add passkey")).to_be_hidden()


def test_a_project_that_requires_one_leads_to_it_and_back(stage: Stage) -> None:
    Project.objects.update(require_second_factor=True)
    person = stage.browser()
    person.open_portal("/projects/")
    person.page.get_by_role("link", name="Acme").first.click()
    expect(
        person.page.get_by_role("heading", name="Two-step verification required")
    ).to_be_visible()
    person.page.get_by_role("link", name="Set up an authenticator app").click()
    key = person.page.locator("#app-key code").inner_text()
    person.page.get_by_label("Code").fill(code_of(key))
    person.page.get_by_role("button", name="Turn on").click()
    person.page.get_by_role("link", name="I have saved them").click()
    person.page.wait_for_url("**/projects/acme/")
    expect(person.page.get_by_role("heading", name="Getting started")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_second_factors_are_accessible_and_fit(stage: Stage, language: str) -> None:
    person = stage.browser(language)
    page = person.page
    with_a_device(person)
    page.goto(f"{stage.portal}/login")
    person.inspect("factors-login")
    person.start_session()
    person.visit(f"{stage.portal}/account/", "factors-account-empty")
    person.visit(f"{stage.portal}/projects/acme/settings/", "factors-settings-none")
    person.visit(f"{stage.portal}/account/passkeys/add/", "factors-passkey")
    page.locator("[name=name]").fill("Laptop")
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/account/recovery-codes/")
    person.inspect("factors-codes")
    person.visit(f"{stage.portal}/account/recovery-codes/", "factors-codes-again")
    person.visit(f"{stage.portal}/account/recovery-codes/new/", "factors-codes-new")
    person.visit(f"{stage.portal}/account/app/", "factors-app")
    page.locator("[name=code]").fill("000000")
    page.locator("main form .button-primary").click()
    person.inspect("factors-app-wrong")
    key = page.locator("#app-key code").inner_text()
    page.locator("[name=code]").fill(code_of(key))
    page.locator("main form .button-primary").click()
    page.wait_for_url("**/account/")
    person.inspect("factors-account")
    person.visit(f"{stage.portal}/account/app/remove/", "factors-app-remove")
    page.goto(f"{stage.portal}/account/")
    page.locator(".passkeys a").first.click()
    person.inspect("factors-passkey-rename")
    page.goto(f"{stage.portal}/account/")
    page.locator(".passkeys a").last.click()
    person.inspect("factors-passkey-remove")
    person.visit(f"{stage.portal}/projects/acme/settings/", "factors-settings-can")
    page.locator("form[action*=second] button").click()
    person.inspect("factors-settings-on")
    person.visit(f"{stage.portal}/reauthenticate", "factors-confirm-password")
    person.visit(f"{stage.portal}/reauthenticate/code", "factors-confirm-code")
    person.visit(f"{stage.portal}/reauthenticate/passkey", "factors-confirm-passkey")
    sam = User.objects.create_user("sam@example.com", PASSWORD, name="Sam")
    Membership.objects.create(project=stage.project, user=sam, role=Role.VIEWER)
    other = stage.browser(language)
    stage.owner = sam
    other.start_session()
    other.visit(f"{stage.portal}/projects/acme/", "factors-needed")
    stage.owner = User.objects.get(email="olga@example.com")
    page.context.clear_cookies()
    page.goto(f"{stage.portal}/login")
    page.locator("[name=login]").fill(stage.owner.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name=person.words["sign_in"], exact=True).click()
    page.wait_for_url("**/login/second-step")
    person.inspect("factors-second-step")
