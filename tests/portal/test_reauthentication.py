"""Fresh authentication: ten minutes after a sign-in or a confirmation one is asked once more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from projects.models import Event, Invitation, Membership, Project, Role, User
from projects.people.sessions import SessionStore
from tests.cast import PASSWORD, client_of, sign_in_as
from tests.portal.page_reader import Page
from tests.rows import each_row

MEMBERS = "/projects/acme/settings/members/"
INVITE = f"{MEMBERS}invite/"
CONFIRM = f"/reauthenticate?next={INVITE.replace('/', '%2F')}"
AGAIN = "Your identity is confirmed, but nothing has been changed yet. Please submit again."
SENT = {"address": "ann@example.com", "role": "editor"}


def confirm(client: Client, answer: Any, password: str = PASSWORD) -> Any:
    """Do what the page asks for, with its own form."""
    location = answer.headers["location"]
    form = Page(client.get(location)).one("form", class_="fields")
    hidden = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.every("input", type="hidden")
    }
    return client.post("/reauthenticate", {**hidden, "password": password})


def session_of(client: Client) -> SessionStore:
    """What the portal keeps of this browser."""
    return client.session


@each_row("ago, fresh", [(0, True), (590, True), (601, False), (86400, False)], undo=True)
def test_a_sign_in_counts_for_ten_minutes(owner: User, ago: float, *, fresh: bool) -> None:
    answer = sign_in_as(owner, ago=ago).get(INVITE)

    if fresh:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.headers["location"]) == (302, CONFIRM)


@pytest.mark.usefixtures("owner", "fresh_limits")
def test_a_real_sign_in_counts() -> None:
    browser = client_of("portal.test")
    browser.post("/login", {"login": "olga@example.com", "password": PASSWORD})

    assert browser.get(INVITE).status_code == 200


def test_a_session_that_does_not_say_when_it_began_is_not_fresh(owner: User) -> None:
    client = sign_in_as(owner)
    session = session_of(client)
    del session["account_authentication_methods"]
    session.save()

    assert client.get(INVITE).headers["location"] == CONFIRM


@pytest.mark.usefixtures("fresh_limits")
def test_confirming_leads_back_and_counts_for_ten_minutes(owner: User) -> None:
    client = sign_in_as(owner, ago=601)

    answer = confirm(client, client.get(INVITE))

    assert (answer.status_code, answer.headers["location"]) == (302, INVITE)
    page = Page(client.get(INVITE))
    assert page.one("h1").text == "Invite member"
    assert page.messages == []
    assert client.get(f"{MEMBERS}invite/").status_code == 200


@pytest.mark.usefixtures("fresh_limits")
def test_a_wrong_password_confirms_nothing(owner: User) -> None:
    client = sign_in_as(owner, ago=601)

    answer = confirm(client, client.get(INVITE), password="wrong")

    assert Page(answer).errors("password") == ["Incorrect password."]
    assert client.get(INVITE).headers["location"] == CONFIRM


@pytest.mark.usefixtures("fresh_limits")
def test_what_was_sent_is_not_done_and_what_was_typed_comes_back_once(owner: User) -> None:
    client = sign_in_as(owner, ago=601)

    asked = client.post(INVITE, SENT)

    assert (asked.status_code, asked.headers["location"]) == (302, CONFIRM)
    assert confirm(client, asked).headers["location"] == INVITE
    assert not Invitation.objects.exists()
    page = Page(client.get(INVITE))
    assert page.messages == [AGAIN]
    assert page.value("address") == "ann@example.com"
    chosen = [option.text for option in page.with_id("id_role").every("option", selected="")]
    assert chosen == ["Editor"]
    assert not Invitation.objects.exists()

    later = Page(client.get(INVITE))
    assert (later.messages, later.value("address")) == ([], None)


@pytest.mark.usefixtures("fresh_limits")
def test_only_fields_that_a_page_names_are_kept(owner: User) -> None:
    client = sign_in_as(owner, ago=601)

    client.post(INVITE, {**SENT, "password": "canary-3f1c", "csrfmiddlewaretoken": "canary-77aa"})

    assert session_of(client)["menkou_typed"] == {"path": INVITE, "fields": SENT}


@pytest.mark.usefixtures("fresh_limits")
def test_a_button_without_a_page_leads_back_to_the_members(
    owner: User, project: Project, as_owner: Client
) -> None:
    as_owner.post(INVITE, SENT)
    invitation = Invitation.objects.get()
    client = sign_in_as(owner, ago=601)

    answer = confirm(client, client.post(f"{MEMBERS}invitations/{invitation.pk}/revoke/"))
    landed = client.get(answer.headers["location"])

    assert landed.headers["location"] == MEMBERS
    assert Page(client.get(MEMBERS)).messages == [AGAIN]
    invitation.refresh_from_db()
    assert invitation.is_pending


@each_row(
    "path, sent",
    [
        ("settings/members/invite/", SENT),
        ("settings/members/{editor}/", {"role": "viewer"}),
        ("settings/members/{editor}/remove/", {}),
        ("settings/members/{owner}/remove/", {}),
        ("settings/members/invitations/{invitation}/renew/", {}),
        ("settings/members/invitations/{invitation}/revoke/", {}),
        ("settings/delete/", {"slug": "acme"}),
    ],
    undo=True,
)
def test_16_every_change_of_members_and_deleting_ask_first(
    owner: User, editor: User, project: Project, as_owner: Client, path: str, sent: dict[str, str]
) -> None:
    as_owner.post(INVITE, {"address": "waits@example.com", "role": "viewer"})
    numbers = {
        "owner": Membership.objects.get(user=owner).pk,
        "editor": Membership.objects.get(user=editor).pk,
        "invitation": Invitation.objects.get().pk,
    }
    before = state()
    client = sign_in_as(owner, ago=601)

    answer = client.post(f"/projects/acme/{path.format(**numbers)}", sent)

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/reauthenticate?next=%2Fprojects%2Facme%2F")
    assert state() == before


def state() -> list[Any]:
    models = (Project, Membership, Invitation, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_looking_at_the_members_asks_nothing(owner: User) -> None:
    assert sign_in_as(owner, ago=86400).get(MEMBERS).status_code == 200


@pytest.mark.parametrize("who", ["editor", "stranger"])
def test_who_may_not_is_told_so_and_not_asked_for_a_password(
    request: pytest.FixtureRequest, project: Project, who: str
) -> None:
    client = sign_in_as(request.getfixturevalue(who), ago=601)

    assert client.get(INVITE).status_code == (403 if who == "editor" else 404)


@pytest.mark.usefixtures("fresh_limits")
def test_another_persons_confirmation_does_not_count(owner: User, project: Project) -> None:
    otto = User.objects.create_user("otto@example.com", PASSWORD)
    Membership.objects.create(project=project, user=otto, role=Role.OWNER)
    client = sign_in_as(owner, ago=601)
    confirm(client, client.get(INVITE))
    session = session_of(client)
    session["account_authentication_methods_user"] = str(otto.pk)
    session.save()

    assert client.get(INVITE).headers["location"] == CONFIRM


def test_16_requiring_a_second_factor_no_longer_is_confirmed_first(
    owner: User, project: Project
) -> None:
    browser = sign_in_as(owner, ago=601)

    answer = browser.post("/projects/acme/settings/second-factor/", {"enabled": "off"})

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/reauthenticate")
    assert not project.events.exists()
