"""Delete a project: what goes is told in numbers, and its id is typed."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from connections.models import Identity
from projects.models import Project, User
from tests.cast import make_connection, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

DELETE = "/projects/acme/settings/delete/"


def losses(client: Client) -> list[str]:
    return [item.text for item in Page(client.get(DELETE)).one(class_="losses").every("li")]


def end_user(project: Project) -> User:
    person = User(project=project)
    person.set_unusable_password()
    person.save()
    return person


def test_it_says_in_numbers_what_goes(as_owner: Client, project: Project) -> None:
    assert losses(as_owner) == [
        "0 end users",
        "0 linked identities",
        "0 connections",
        "0 applications",
        "0 sign-in records",
        "0 change records",
        "1 membership",
        "0 pending invitations",
    ]
    connection = make_connection(project)
    User.objects.bulk_create([User(project=project, password="!") for _ in range(1200)])
    Identity.objects.create(
        project=project, user=end_user(project), connection=connection, subject="s"
    )
    assert losses(as_owner)[:3] == ["1,201 end users", "1 linked identity", "1 connection"]


def test_numbers_are_told_in_chinese(as_owner: Client) -> None:
    as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert losses(as_owner)[0] == "0 位用户"


@each_row("language", ["en", "zh-hans"])
@each_row("typed", ["", "beta", "Acme", "ACME"], undo=True)
def test_nothing_is_deleted_until_its_id_is_typed(
    as_owner: Client, typed: str, language: str
) -> None:
    as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = Page(as_owner.post(DELETE, {"slug": typed}))
    sentence = (
        said_in(language, "The project ID does not match. Type %(slug)s to delete the project.")
        if typed
        else said_in(language, "This field is required.")
    )
    assert page.all_errors() == {"slug": [sentence % {"slug": "acme"} if typed else sentence]}
    assert Project.objects.filter(slug="acme").exists()


def test_whoever_types_it_deletes_the_project_and_reads_so(as_owner: Client) -> None:
    answer = as_owner.post(DELETE, {"slug": " acme "})

    assert (answer.status_code, answer.headers["location"]) == (302, "/projects/")
    page = Page(as_owner.get("/projects/"))
    assert page.messages == ["Project “Acme” deleted."]
    assert page.one("h2").text == "No projects yet"
    assert as_owner.get("/projects/acme/").status_code == 404


def test_other_members_find_nothing_with_their_next_request(
    as_owner: Client, as_editor: Client
) -> None:
    assert as_editor.get("/projects/acme/").status_code == 200
    as_owner.post(DELETE, {"slug": "acme"})
    assert as_editor.get("/projects/acme/").status_code == 404
    assert as_editor.post(DELETE, {"slug": "acme"}).status_code == 404


def test_operators_stay_signed_in(as_owner: Client, owner: User) -> None:
    elsewhere = sign_in_as(owner)
    as_owner.post(DELETE, {"slug": "acme"})
    assert elsewhere.get("/projects/").status_code == 200
    assert Session.objects.exists()


@pytest.mark.parametrize(("role", "offered"), [("owner", True), ("editor", False)])
def test_only_an_owner_is_offered_it(
    request: pytest.FixtureRequest, project: Project, role: str, *, offered: bool
) -> None:
    client = sign_in_as(request.getfixturevalue(role))
    links = Page(client.get("/projects/acme/settings/")).links
    assert (DELETE in links.values()) is offered
