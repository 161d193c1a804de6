"""Accepting an invitation: who follows the link, and what they find."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.observability.scrubbing import scrub_text
from projects.members.invitations import (
    hash_token,
    invite_member,
    renew_invitation,
    revoke_invitation,
)
from projects.models import Invitation, Membership, Project, Role, User
from tests.cast import PASSWORD, client_of, sign_in_as
from tests.connections.concurrent import all_at_once
from tests.portal.page_reader import Page

PAGE = "/invitation/"
SENT = {"name": "Ann", "password1": PASSWORD, "password2": PASSWORD}
LOST = "Invitation not found"


@pytest.fixture
def link(project: Project, owner: User) -> str:
    return new_link(project, owner)


@pytest.fixture
def browser() -> Client:
    return client_of("portal.test")


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann@example.com", PASSWORD, name="Ann")


def new_link(project: Project, owner: User, role: Role = Role.EDITOR) -> str:
    _invitation, token = invite_member(
        project=project, address="ann@example.com", role=role, actor=owner
    )
    return f"/invitation/link/{token}/"


def members(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__email", "role"))


def heading(answer: Any) -> str:
    return Page(answer).one("h1").text


class TestSomebodyNew:
    def test_name_and_password_make_an_account_that_is_signed_in_to_the_project(
        self, browser: Client, link: str, project: Project
    ) -> None:
        browser.get(link)
        page = Page(browser.get(PAGE))
        assert page.one("h1").text == "Join “Acme”"
        assert "Olga invited ann@example.com to join. Role: Editor." in page.text

        answer = browser.post(PAGE, SENT)

        assert (answer.status_code, answer.headers["location"]) == (302, "/projects/acme/")
        assert Page(browser.get("/projects/acme/")).messages == ["You are now a member of “Acme”."]
        person = User.objects.get(email="ann@example.com")
        assert (person.name, person.is_operator, person.check_password(PASSWORD)) == (
            "Ann",
            True,
            True,
        )
        assert members(project) == {"olga@example.com": "owner", "ann@example.com": "editor"}

    @pytest.mark.usefixtures("fresh_limits")
    def test_the_account_signs_in_by_its_password(self, browser: Client, link: str) -> None:
        browser.get(link)
        browser.post(PAGE, SENT)
        sent = {"login": "Ann@example.com", "password": PASSWORD}
        assert client_of("portal.test").post("/login", sent).status_code == 302

    def test_the_session_is_fresh_and_not_the_one_of_before(
        self, browser: Client, project: Project, owner: User
    ) -> None:
        browser.get(new_link(project, owner, Role.OWNER))
        before = browser.cookies["menkou_session"].value
        browser.post(PAGE, SENT)
        assert browser.cookies["menkou_session"].value != before
        assert browser.get("/projects/acme/settings/members/invite/").status_code == 200

    @pytest.mark.parametrize(
        ("sent", "errors"),
        [
            ({"name": "\u200b"}, {"name": ["Enter a name with at least one visible character."]}),
            ({"name": ""}, {"name": ["This field is required."]}),
            (
                {"password2": "something else"},
                {"password2": ["You must type the same password each time."]},
            ),
            (
                {"password1": "ann@example.com", "password2": "ann@example.com"},
                {"password1": ["The password is too similar to the email address."]},
            ),
            (
                {"password1": "1234567890", "password2": "1234567890"},
                {
                    "password1": [
                        "This password is too common.",
                        "This password is entirely numeric.",
                    ]
                },
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field_and_makes_nobody(
        self, browser: Client, link: str, sent: dict[str, str], errors: dict[str, list[str]]
    ) -> None:
        browser.get(link)
        assert Page(browser.post(PAGE, {**SENT, **sent})).all_errors() == errors
        assert not User.objects.filter(email="ann@example.com").exists()
        assert Invitation.objects.get().is_pending

    def test_what_the_form_says_of_address_role_and_project_counts_for_nothing(
        self, browser: Client, link: str, project: Project, other_project: Project
    ) -> None:
        browser.get(link)
        browser.post(
            PAGE,
            {
                **SENT,
                "email": "eve@example.com",
                "address": "eve@example.com",
                "role": "owner",
                "project": str(other_project.pk),
                "next": "https://evil.example/",
            },
        )
        assert members(project) == {"olga@example.com": "owner", "ann@example.com": "editor"}
        assert not other_project.memberships.exists()

    @pytest.mark.django_db(transaction=True)
    def test_of_eight_browsers_at_once_one_makes_the_account(
        self, link: str, project: Project
    ) -> None:
        browsers = [client_of("portal.test") for _ in range(8)]
        for each in browsers:
            each.get(link)

        def join(browser: Client) -> str | int:
            answer = browser.post(PAGE, SENT)
            return answer.headers.get("location", answer.status_code)

        answers = all_at_once([partial(join, each) for each in browsers])

        # Who comes while it is being accepted is led to what is true now; who comes later reads it.
        assert set(answers) <= {"/projects/acme/", PAGE, 410}
        assert answers.count("/projects/acme/") == 1
        assert User.objects.filter(email="ann@example.com").count() == 1
        assert Membership.objects.filter(user__email="ann@example.com").count() == 1


class TestSomebodyKnown:
    @pytest.mark.usefixtures("ann", "fresh_limits")
    def test_one_signs_in_and_comes_back_to_join(
        self, browser: Client, link: str, project: Project
    ) -> None:
        browser.get(link)
        page = Page(browser.get(PAGE))
        assert not list(page.every("input", type="password"))
        assert page.links["Sign in"] == "/login?next=/invitation/"

        signed_in = browser.post(
            "/login", {"login": "ann@example.com", "password": PASSWORD, "next": PAGE}
        )
        assert signed_in.headers["location"] == PAGE
        assert "ann@example.com" not in members(project)
        assert Page(browser.get(PAGE)).one("form", action=PAGE).one("button").text == (
            "Join project"
        )
        assert browser.post(PAGE).headers["location"] == "/projects/acme/"
        assert members(project)["ann@example.com"] == "editor"

    def test_nobody_gives_a_known_address_another_password(
        self, browser: Client, link: str, ann: User, project: Project
    ) -> None:
        browser.get(link)
        answer = browser.post(PAGE, {**SENT, "password1": "quite another", "password2": "x"})
        assert answer.headers["location"] == PAGE
        assert heading(browser.get(PAGE)) == "Join “Acme”"
        ann.refresh_from_db()
        assert ann.check_password(PASSWORD)
        assert "ann@example.com" not in members(project)

    @pytest.mark.usefixtures("ann")
    def test_the_wrong_person_is_told_so_and_cannot_join(
        self, link: str, as_stranger: Client, project: Project
    ) -> None:
        as_stranger.get(link)
        page = Page(as_stranger.get(PAGE))
        assert page.one(class_="callout-warning").text == (
            "You are signed in with a different account You are signed in as sam@example.com. "
            "This invitation is only for ann@example.com."
        )
        as_stranger.post(PAGE, SENT)
        assert members(project) == {"olga@example.com": "owner"}
        assert Invitation.objects.get().is_pending

    @pytest.mark.usefixtures("ann")
    def test_the_wrong_person_may_sign_out_and_go_on(self, link: str, as_stranger: Client) -> None:
        as_stranger.get(link)
        before = as_stranger.cookies["menkou_session"].value

        answer = as_stranger.post("/invitation/sign-out/")

        assert answer.headers["location"] == PAGE
        assert as_stranger.cookies["menkou_session"].value != before
        assert as_stranger.get("/projects/").status_code == 302
        assert Page(as_stranger.get(PAGE)).links["Sign in"] == "/login?next=/invitation/"

    def test_nobody_is_signed_out_without_an_invitation(self, as_stranger: Client) -> None:
        assert as_stranger.post("/invitation/sign-out/").status_code == 404
        assert as_stranger.get("/projects/").status_code == 200

    def test_looking_changes_nothing(self, link: str, ann: User, project: Project) -> None:
        client = sign_in_as(ann)
        for _ in range(2):
            client.get(link)
            client.get(PAGE)
        assert members(project) == {"olga@example.com": "owner"}
        assert Invitation.objects.get().is_pending


class TestLinksThatDoNotWork:
    @pytest.mark.parametrize("change", ["cut", "edited", "invented"])
    def test_one_that_was_edited_reads_as_one_that_never_was(
        self, browser: Client, link: str, change: str
    ) -> None:
        token = link.split("/")[-2]
        wrong = {
            "cut": token[:-1],
            "edited": ("A" if token[0] != "A" else "B") + token[1:],
            "invented": "x" * 43,
        }[change]
        answer = browser.get(f"/invitation/link/{wrong}/")
        assert (answer.status_code, heading(answer)) == (404, LOST)
        assert "Acme" not in answer.content.decode()
        assert "menkou_session" not in browser.cookies

    def test_the_hash_in_the_database_opens_nothing(self, browser: Client, link: str) -> None:
        stored = Invitation.objects.get().token_hash
        assert browser.get(f"/invitation/link/{stored}/").status_code == 404

    def test_the_page_without_a_link_says_to_open_it(self, browser: Client, db: None) -> None:
        answer = browser.get(PAGE)
        assert (answer.status_code, heading(answer)) == (404, LOST)

    def test_one_that_was_used_says_so(self, browser: Client, link: str) -> None:
        browser.get(link)
        browser.post(PAGE, SENT)

        other = client_of("portal.test")
        other.get(link)
        answer = other.get(PAGE)
        assert (answer.status_code, heading(answer)) == (
            410,
            ("This invitation has already been used"),
        )
        again = other.post(PAGE, {**SENT, "name": "Eve", "password1": "another one, long"})
        assert again.status_code == 410
        assert User.objects.get(email="ann@example.com").name == "Ann"

    def test_whoever_has_used_it_is_led_to_the_project(self, browser: Client, link: str) -> None:
        browser.get(link)
        browser.post(PAGE, SENT)
        browser.get(link)
        assert browser.get(PAGE).headers["location"] == "/projects/acme/"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_one_of_three_days_ago_says_so(self, browser: Client, link: str, method: str) -> None:
        browser.get(link)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        answer = getattr(browser, method)(PAGE, SENT)
        assert (answer.status_code, heading(answer)) == (410, "This invitation has expired")
        assert not User.objects.filter(email="ann@example.com").exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_one_that_was_revoked_says_so(
        self, browser: Client, link: str, owner: User, method: str
    ) -> None:
        browser.get(link)
        revoke_invitation(Invitation.objects.get(), actor=owner)
        answer = getattr(browser, method)(PAGE, SENT)
        assert (answer.status_code, heading(answer)) == (410, "This invitation was revoked")
        assert not User.objects.filter(email="ann@example.com").exists()

    def test_one_that_was_renewed_is_dead_even_in_a_browser_that_has_opened_it(
        self, browser: Client, link: str, owner: User
    ) -> None:
        browser.get(link)
        renew_invitation(Invitation.objects.get(), actor=owner)
        assert heading(browser.post(PAGE, SENT)) == LOST
        assert not User.objects.filter(email="ann@example.com").exists()

    def test_one_of_a_deleted_project_leads_nowhere(
        self, browser: Client, link: str, project: Project
    ) -> None:
        browser.get(link)
        project.delete()
        assert heading(browser.get(link)) == LOST
        assert heading(browser.post(PAGE, SENT)) == LOST
        assert not User.objects.filter(email="ann@example.com").exists()

    def test_a_known_and_an_unknown_address_read_the_same_where_the_link_is_dead(
        self, browser: Client, link: str, owner: User
    ) -> None:
        revoke_invitation(Invitation.objects.get(), actor=owner)
        browser.get(link)
        unknown = Page(browser.get(PAGE)).one("main").text
        User.objects.create_user("ann@example.com", PASSWORD)
        assert Page(browser.get(PAGE)).one("main").text == unknown


class TestTheToken:
    def test_it_is_on_no_page_and_in_no_session(self, browser: Client, link: str) -> None:
        token = link.split("/")[-2]
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
        assert "no-store" in answer.headers["cache-control"]
        session = browser.session
        assert session["menkou_invitation"] == hash_token(token)
        assert token not in str(dict(session))
        assert token not in browser.get(PAGE).content.decode()

    def test_the_log_never_has_it(self, link: str) -> None:
        token = link.split("/")[-2]
        line = scrub_text(f"Internal Server Error: {link}")
        assert line == "Internal Server Error: /invitation/link/[removed]/"
        assert token not in line

    def test_it_means_nothing_on_a_projects_host(self, link: str) -> None:
        assert client_of("acme.login.test").get(link).status_code == 404
