"""An operator's own page."""

from __future__ import annotations

import pytest
from django.test import Client

from projects.models import User
from tests.portal.page_reader import Page
from tests.rows import each_row


def test_it_shows_who_one_is_and_leads_to_what_can_be_changed(as_owner: Client) -> None:
    page = Page(as_owner.get("/account/"))
    assert page.value("name") == "Olga"
    assert "olga@example.com" in page.one("main").text
    assert page.links["Change password"] == "/password/change/"
    assert page.links["Set up Authenticator app"] == "/account/app/"
    assert page.links["Add passkey"] == "/account/passkeys/add/"
    assert "Recovery codes" not in page.text


def test_every_page_leads_there(as_owner: Client) -> None:
    for path in ("/projects/", "/projects/acme/"):
        assert Page(as_owner.get(path)).links["Account"] == "/account/"


@each_row("typed, name", [("Olga O.", "Olga O."), ("Ol\u202ega", "Ol ga"), ("", "")], undo=True)
def test_the_name_can_be_changed(as_owner: Client, owner: User, typed: str, name: str) -> None:
    answer = as_owner.post("/account/", {"name": typed})
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/")
    owner.refresh_from_db()
    assert owner.name == name
    assert Page(as_owner.get("/account/")).messages == ["Your changes have been saved."]


@pytest.mark.parametrize("typed", ["\u200b", "x" * 151])
def test_a_name_that_cannot_be_seen_or_is_too_long_is_refused(
    as_owner: Client, owner: User, typed: str
) -> None:
    page = Page(as_owner.post("/account/", {"name": typed}))
    assert list(page.all_errors()) == ["name"]
    # The frame goes on to show who is signed in, and not what was typed.
    assert page.one("strong").text == "Olga"
    owner.refresh_from_db()
    assert owner.name == "Olga"


def test_only_the_name_can_be_changed_by_posting(as_owner: Client, owner: User) -> None:
    as_owner.post("/account/", {"name": "Olga", "email": "eve@example.com", "project": "x"})
    owner.refresh_from_db()
    assert (owner.email, owner.project) == ("olga@example.com", None)
