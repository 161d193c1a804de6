"""A colleague is invited, joins, gets another role and is removed; then the project goes."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from playwright.sync_api import expect

from projects.members.invitations import invite_member
from projects.models import Invitation, Membership, Project, Role, User
from projects.people.sessions import SessionStore
from tests.cast import PASSWORD, make_connection
from tests.journeys.stage import LANGUAGES, Person, Stage


def link_in_the_message() -> str:
    found = re.search(r"^http://\S+/invitation/link/\S+$", mail.outbox[-1].body, re.M)
    assert found is not None
    return found[0]


def let_time_pass(seconds: float) -> None:
    """As if everybody had signed in longer ago."""
    for row in Session.objects.all():
        store = SessionStore(row.session_key)
        records = store.get("account_authentication_methods", [])
        store["account_authentication_methods"] = [
            {**record, "at": time.time() - seconds} for record in records
        ]
        store.save()


def test_a_colleague_is_invited_and_joins_and_is_removed(stage: Stage) -> None:
    olga = stage.browser()
    page = olga.page
    olga.open_portal("/projects/acme/settings/")
    page.get_by_role("link", name="Members").click()
    page.get_by_role("link", name="Invite member").click()
    page.get_by_label("Email address").fill("ann@example.com")
    page.get_by_label("Role").select_option("Editor")
    page.get_by_role("button", name="Send invitation").click()
    expect(olga.messages).to_contain_text("Invitation sent to ann@example.com.")
    expect(page.get_by_role("row", name="ann@example.com")).to_contain_text("Pending")

    ann = stage.browser()
    ann.page.goto(link_in_the_message())
    expect(ann.page.get_by_role("main")).to_contain_text("Olga Owner invited ann@example.com")
    ann.page.get_by_label("Your name").fill("Ann Example")
    ann.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ann.page.get_by_label("Password (again)").fill(PASSWORD)
    ann.page.get_by_role("button", name="Create account and join").click()
    expect(ann.messages).to_contain_text("You are now a member of “Acme”.")
    expect(ann.page.get_by_role("complementary", name="Portal")).to_contain_text("Editor")

    page.reload()
    row = page.get_by_role("row", name="Ann Example")
    row.get_by_role("link", name="Change role").click()
    page.get_by_label("Role").select_option("Viewer")
    page.get_by_role("button", name="Change role").click()
    expect(row).to_contain_text("Viewer")
    ann.page.goto(f"{stage.portal}/projects/acme/connections/add/")
    expect(ann.page.get_by_role("heading", name="You do not have permission")).to_be_visible()

    row.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove member").click()
    expect(olga.messages).to_contain_text("Ann Example is no longer a member.")
    ann.page.goto(f"{stage.portal}/projects/acme/")
    expect(ann.page.get_by_role("heading", name="Page not found")).to_be_visible()


def test_who_has_been_signed_in_for_long_confirms_and_loses_nothing_typed(stage: Stage) -> None:
    olga = stage.browser()
    page = olga.page
    olga.open_portal("/projects/acme/settings/members/invite/")
    page.get_by_label("Email address").fill("ann@example.com")
    page.get_by_label("Role").select_option("Owner")
    let_time_pass(601)
    page.get_by_role("button", name="Send invitation").click()

    expect(page.get_by_role("heading", name="Confirm your identity")).to_be_visible()
    olga.check_accessibility()
    olga.picture("confirm")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()

    expect(olga.messages).to_contain_text("nothing has been changed yet")
    expect(page.get_by_label("Email address")).to_have_value("ann@example.com")
    expect(page.get_by_label("Role")).to_have_value("owner")
    assert not Invitation.objects.exists()
    olga.check_accessibility()
    olga.picture("confirmed")
    page.get_by_role("button", name="Send invitation").click()
    expect(olga.messages).to_contain_text("Invitation sent")


def test_somebody_who_is_signed_in_as_another_signs_out_and_joins(stage: Stage) -> None:
    other = Project.objects.create(slug="beta", name="Beta")
    sam = User.objects.create_user("sam@example.com", PASSWORD, name="Sam")
    Membership.objects.create(project=other, user=sam, role=Role.OWNER)
    _invitation, token = invite_member(
        project=other, address=stage.owner.email, role=Role.VIEWER, actor=sam
    )
    User.objects.create_user("third@example.com", PASSWORD)
    person = stage.browser()
    page = person.page
    page.goto(f"{stage.portal}/login")
    sign_in(person, "third@example.com")
    page.wait_for_url("**/projects/")

    page.goto(f"{stage.portal}/invitation/link/{token}/")
    expect(page.get_by_role("main")).to_contain_text("You are signed in as third@example.com.")
    page.get_by_role("button", name="Sign out and continue").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in(person, stage.owner.email)
    page.get_by_role("button", name="Join project").click()

    expect(person.messages).to_contain_text("You are now a member of “Beta”.")


def sign_in(person: Person, email: str) -> None:
    person.page.get_by_label("Email").fill(email)
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_project_is_deleted_with_its_sign_in_page(stage: Stage) -> None:
    make_connection(stage.project)
    olga = stage.browser()
    page = olga.page
    olga.open_portal("/projects/acme/settings/")
    page.get_by_role("link", name="Delete project").click()
    expect(page.get_by_role("main")).to_contain_text("1 connection")
    page.get_by_label("Project ID").fill("acme")
    page.get_by_role("button", name="Delete project").click()

    expect(olga.messages).to_contain_text("Project “Acme” deleted.")
    answer = page.goto(stage.sign_in_page)
    assert answer is not None
    assert (answer.status, answer.text()) == (404, "Not found.\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_members_are_accessible_and_fit(
    stage: Stage, settings: Any, language: str
) -> None:
    connection = make_connection(stage.project, actor=stage.owner)
    lei = User.objects.create_user("lilei@example.cn", PASSWORD, name="李雷")
    his = Membership.objects.create(project=stage.project, user=lei, role=Role.EDITOR)
    long = User.objects.create_user(f"{'long-' * 8}address@sub.department.example.com", PASSWORD)
    Membership.objects.create(project=stage.project, user=long, role=Role.OWNER)
    invite_member(project=stage.project, address="old@example.com", role=Role.VIEWER, actor=long)
    Invitation.objects.update(expires_at=connection.created_at)
    _invitation, token = invite_member(
        project=stage.project, address="ann@example.com", role=Role.EDITOR, actor=stage.owner
    )
    known, known_token = invite_member(
        project=Project.objects.create(slug="beta", name="Beta"),
        address=stage.owner.email,
        role=Role.VIEWER,
        actor=owner_of_beta(),
    )
    User.objects.bulk_create([User(project=stage.project, password="!") for _ in range(12345)])

    ann = stage.browser(language)
    ann.visit(f"{stage.portal}/invitation/link/{token}/", "join-new")
    ann.visit(f"{stage.portal}/invitation/link/{known_token}/", "join-sign-in")
    ann.visit(f"{stage.portal}/invitation/link/never/", "join-lost")
    olga = stage.browser(language)
    olga.start_session()
    olga.visit(f"{stage.portal}/invitation/link/{token}/", "join-wrong")
    olga.visit(f"{stage.portal}/invitation/link/{known_token}/", "join-known")
    Invitation.objects.filter(pk=known.pk).update(expires_at=connection.created_at)
    olga.visit(f"{stage.portal}/invitation/", "join-old")
    at = f"{stage.portal}/projects/acme/settings/"
    olga.visit(at, "settings")
    olga.visit(f"{at}members/", "members")
    olga.visit(f"{at}members/invite/", "invite")
    olga.visit(f"{at}members/{his.pk}/", "role")
    olga.visit(f"{at}members/{long.memberships.get().pk}/remove/", "remove")
    olga.visit(f"{at}delete/", "delete")
    olga.visit(f"{stage.portal}/projects/acme/history/", "history")
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    olga.visit(f"{at}members/invite/", "invite-no-mail")
    olga.page.locator("#id_address").fill("bob@example.com")
    olga.page.locator("main form button").last.click()
    expect(olga.page.locator("#invitation-link")).to_be_visible()
    olga.inspect("link")
    olga.visit(f"{stage.portal}/reauthenticate", "confirm")


def owner_of_beta() -> User:
    sam = User.objects.create_user("sam@example.com", PASSWORD, name="Sam")
    Membership.objects.create(project=Project.objects.get(slug="beta"), user=sam, role=Role.OWNER)
    return sam
