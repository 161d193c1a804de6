"""Two people edit one connection in two browsers: the second one decides, and loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from connections.models import Connection
from connections.services import change_connection, delete_connection
from projects.models import Membership, Role, User
from tests.cast import SETTINGS, make_connection, proposal
from tests.journeys.stage import LANGUAGES, Person, Stage

MINE, THEIRS = "gh_222222222222", "gh_111111111111"


def editing(stage: Stage, language: str = "en") -> Person:
    """Somebody at the connection's page, before Mei Lin saves something else."""
    make_connection(stage.project, actor=stage.owner, labels={"en": "Scan"})
    person = stage.browser(language)
    person.open_portal("/projects/acme/connections/wechat_web/")
    person.page.get_by_label("Account ID").fill(MINE)
    return person


def colleague(stage: Stage) -> User:
    mei = User.objects.create_user("mei@example.com", name="Mei Lin")
    Membership.objects.create(project=stage.project, user=mei, role=Role.EDITOR)
    return mei


def colleague_saves(stage: Stage) -> None:
    change_connection(
        Connection.objects.select_related("project").get(),
        proposal=proposal(
            settings={**SETTINGS, "account_id": THEIRS, "test_account": True},
            labels={"en": "Company WeChat"},
            secrets={"client_secret": "f" * 32},
        ),
        actor=colleague(stage),
    )


def account_id() -> str:
    saved: str = Connection.objects.get().settings["account_id"]
    return saved


def test_the_second_one_reads_what_changed_and_saves_mine(stage: Stage) -> None:
    person = editing(stage)
    colleague_saves(stage)

    person.save()

    alert = person.page.get_by_role("alert").first
    expect(alert).to_contain_text("Mei Lin changed this connection while you were editing.")
    expect(person.page.get_by_label("Account ID").first).to_have_value(MINE)
    expect(person.page.get_by_label("Button label in English").first).to_have_value(
        "Company WeChat"
    )
    expect(person.page.get_by_text("Replaced by Mei Lin")).to_be_visible()
    assert account_id() == THEIRS

    person.page.get_by_role("button", name="Save my version").click()

    expect(person.messages).to_contain_text("is live on the sign-in page")
    saved = Connection.objects.get()
    assert (account_id(), saved.labels) == (MINE, {"en": "Company WeChat"})


def test_one_field_is_taken_from_them_and_back(stage: Stage) -> None:
    person = editing(stage)
    colleague_saves(stage)
    field = person.page.locator("#id_account_id")
    note = person.page.locator("#id_account_id_conflict")
    with person.scripts_held():
        person.save()
        expect(note).to_be_visible()
        # It would do nothing yet.
        expect(note.get_by_role("button", name="Use current value")).to_be_hidden()

    # What is put in is checked as if it had been typed, and what is told stays.
    with person.field_checked():
        note.get_by_role("button", name="Use current value").click()
    expect(field).to_have_value(THEIRS)
    expect(note.get_by_role("button", name="Use current value")).to_have_attribute(
        "aria-pressed", "true"
    )
    with person.field_checked():
        note.get_by_role("button", name="Keep my value").click()
    expect(field).to_have_value(MINE)
    expect(note).to_be_visible()
    with person.field_checked():
        note.get_by_role("button", name="Use current value").click()
    person.page.get_by_role("button", name="Save my version").click()

    expect(person.messages).to_contain_text("is live on the sign-in page")
    assert account_id() == THEIRS


def test_mine_is_discarded_with_one_click(stage: Stage) -> None:
    person = editing(stage)
    colleague_saves(stage)
    person.save()
    person.page.on("dialog", lambda dialog: dialog.accept())

    person.page.get_by_role("link", name="Discard my changes and reload").click()

    expect(person.page.locator("#id_account_id")).to_have_value(THEIRS)
    expect(person.page.locator(".edit-conflict")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_that_tells_it_is_accessible_and_fits(stage: Stage, language: str) -> None:
    person = editing(stage, language)
    colleague_saves(stage)
    person.save()
    expect(person.page.locator(".edit-conflict")).to_have_count(4)
    person.inspect("overtaken")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_connection_that_was_deleted_meanwhile_leaves_what_was_typed(
    stage: Stage, language: str
) -> None:
    person = editing(stage, language)
    delete_connection(Connection.objects.get(), actor=colleague(stage))

    person.save()

    expect(person.page.get_by_role("alert")).to_contain_text("Mei Lin")
    expect(person.page.get_by_text(MINE)).to_be_visible()
    person.inspect("gone")
