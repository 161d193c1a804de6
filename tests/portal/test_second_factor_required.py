"""A project lets in only those who came in with a second factor, from the next request on."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from connections.secrets import check_keys
from projects.audit.events import SECOND_FACTOR_OPTIONAL, SECOND_FACTOR_REQUIRED
from projects.models import Event, Membership, Project, Role, User
from tests.cast import sign_in_as
from tests.portal.authenticator import Device
from tests.portal.factors import (
    add_passkey,
    arrive,
    by_https,
    is_signed_in,
    next_code,
    nobody,
    recovery_codes,
    set_up_app,
    sign_in_options,
    type_code,
)
from tests.portal.page_reader import Page

SWITCH = "/projects/acme/settings/second-factor/"
PATHS = ("", "settings/", "history/", "connections/", "connections/add/")

pytestmark = pytest.mark.usefixtures("fresh_limits")


@pytest.fixture(autouse=True)
def keys(db: None, settings: Any) -> None:
    check_keys()
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture
def strict(project: Project) -> Project:
    project.require_second_factor = True
    project.save()
    return project


def opens(browser: Client) -> bool:
    statuses = {browser.get(f"/projects/acme/{path}").status_code for path in PATHS}
    assert statuses in ({200}, {403})
    return statuses == {200}


@pytest.mark.usefixtures("strict")
class TestWhoGetsIn:
    def test_with_the_password_alone_no_page_of_it_opens(self, owner: User) -> None:
        browser = arrive(owner)
        assert is_signed_in(browser)
        assert not opens(browser)

    def test_with_a_code(self, owner: User) -> None:
        key = set_up_app(arrive(owner))
        browser = arrive(owner)
        type_code(browser, next_code(key))
        assert opens(browser)

    def test_with_a_recovery_code(self, owner: User) -> None:
        first = arrive(owner)
        set_up_app(first)
        browser = arrive(owner)
        type_code(browser, recovery_codes(first)[0])
        assert opens(browser)

    def test_with_a_passkey(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        browser = nobody()
        browser.post("/login/passkey", {"credential": device.use(sign_in_options(browser))})
        assert opens(browser)

    def test_whoever_has_just_set_one_up(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        assert opens(browser)

    def test_not_a_session_of_before_although_there_is_one_by_now(self, owner: User) -> None:
        before = arrive(owner)
        set_up_app(arrive(owner))
        page = Page(before.get("/projects/acme/history/?action=x"))
        assert "You have set it up, but did not use it for this sign-in." in page.text
        assert page.links["Confirm with code"] == (
            "/reauthenticate/code?next=%2Fprojects%2Facme%2Fhistory%2F%3Faction%3Dx"
        )

    def test_but_after_confirming_with_it(self, owner: User) -> None:
        before = arrive(owner)
        key = set_up_app(arrive(owner))
        answer = before.post(
            "/reauthenticate/code?next=/projects/acme/history/", {"code": next_code(key)}
        )
        assert answer.headers["location"] == "/projects/acme/history/"
        assert opens(before)

    def test_not_after_confirming_with_the_password(self, owner: User) -> None:
        set_up_app(arrive(owner))
        browser = by_https(sign_in_as(owner))
        browser.post("/reauthenticate", {"password": "correct horse battery staple"})
        assert not opens(browser)

    def test_not_with_a_factor_that_was_removed_meanwhile(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        stolen = arrive(owner)
        type_code(stolen, recovery_codes(browser)[0])
        assert opens(stolen)
        browser.post("/account/app/remove/")
        set_up_app(browser)
        assert opens(browser)
        assert not opens(stolen)

    def test_a_stranger_learns_nothing_of_it(self, as_stranger: Client) -> None:
        assert as_stranger.get("/projects/acme/").status_code == 404

    def test_the_sign_in_page_of_the_project_is_as_before(self, project: Project) -> None:
        assert nobody().get("/login", headers={"host": project.host}).status_code == 200


@pytest.mark.usefixtures("strict")
class TestWhatIsSaid:
    def test_whoever_has_none_is_led_to_set_one_up_and_back(self, owner: User) -> None:
        browser = arrive(owner)
        answer = browser.get("/projects/acme/settings/")
        page = Page(answer)
        assert answer.status_code == 403
        assert "You have not set it up yet." in page.text
        assert page.links["Set up an authenticator app"] == "/account/app/"
        assert page.links["Add passkey"] == "/account/passkeys/add/"

        assert "“Acme” requires two-step verification" in Page(browser.get("/account/")).text
        set_up_app(browser)
        codes = Page(browser.get("/account/recovery-codes/"))
        assert codes.links["I have saved them"] == "/projects/acme/"
        assert opens(browser)
        assert "“Acme” requires two-step verification" not in Page(browser.get("/account/")).text

    @pytest.mark.parametrize("headers", [{"accept": "application/json"}, {"hx-request": "true"}])
    def test_programs_get_a_plain_403(self, owner: User, headers: dict[str, str]) -> None:
        answer = arrive(owner).get("/projects/acme/", headers=headers)
        assert answer.status_code == 403
        assert "/account/app/" not in answer.content.decode()

    def test_nothing_is_changed_without_one(self, owner: User, project: Project) -> None:
        answer = arrive(owner).post("/projects/acme/settings/", {"name": "Changed"})
        assert answer.status_code == 403
        project.refresh_from_db()
        assert project.name == "Acme"

    @pytest.mark.parametrize("kind", ["app", "passkey"])
    def test_removing_the_last_one_tells_what_closes(self, owner: User, kind: str) -> None:
        browser = arrive(owner)
        if kind == "app":
            set_up_app(browser)
            path = "/account/app/remove/"
        else:
            add_passkey(browser, Device())
            passkey = Authenticator.objects.get(type="webauthn")
            path = f"/account/passkeys/{passkey.pk}/remove/"
        warning = (
            "This is your only method of two-step verification. Without it, you cannot open "
            "these projects: Acme"
        )
        assert warning in Page(browser.get(path)).text
        browser.post(path)
        assert not opens(browser)

    def test_removing_one_of_two_tells_nothing(self, owner: User) -> None:
        browser = arrive(owner)
        add_passkey(browser, Device())
        set_up_app(browser)
        assert (
            "only method of two-step verification"
            not in Page(browser.get("/account/app/remove/")).text
        )


class TestSwitchingItOn:
    def test_an_owner_who_came_in_with_one_may_and_it_counts_from_the_next_request(
        self, owner: User, editor: User, project: Project
    ) -> None:
        colleague = arrive(editor)
        assert opens(colleague)
        browser = arrive(owner)
        set_up_app(browser)

        answer = browser.post(SWITCH, {"enabled": "on"})
        assert answer.headers["location"] == "/projects/acme/settings/"
        assert not opens(colleague)
        assert opens(browser)
        (event,) = project.events.all()
        assert (event.action, event.actor) == (SECOND_FACTOR_REQUIRED.key, owner)

    def test_and_off_again(self, owner: User, editor: User, project: Project) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        browser.post(SWITCH, {"enabled": "on"})
        browser.post(SWITCH, {"enabled": "off"})
        browser.post(SWITCH, {"enabled": "off"})
        assert opens(arrive(editor))
        assert [event.action for event in project.events.order_by("pk")] == [
            SECOND_FACTOR_REQUIRED.key,
            SECOND_FACTOR_OPTIONAL.key,
        ]

    @pytest.mark.parametrize(
        ("has_one", "sentence"),
        [
            (False, "Set up two-step verification for your own account first."),
            (True, "Confirm your identity with two-step verification first."),
        ],
    )
    def test_an_owner_cannot_close_the_door_on_themselves(
        self, owner: User, project: Project, has_one: bool, sentence: str
    ) -> None:
        browser = arrive(owner)
        if has_one:
            set_up_app(arrive(owner))
        page = Page(browser.post(SWITCH, {"enabled": "on"}, follow=True))
        assert page.messages == [sentence]
        project.refresh_from_db()
        assert not project.require_second_factor
        assert not Event.objects.exists()

    def test_others_see_it_and_have_no_button(self, viewer: User, as_editor: Client) -> None:
        for browser in (as_editor, sign_in_as(viewer)):
            page = Page(browser.get("/projects/acme/settings/"))
            assert "Members without a second factor" in page.text
            assert not list(page.every("form", action=SWITCH))
            assert browser.post(SWITCH, {"enabled": "on"}).status_code == 403

    def test_the_settings_count_whom_it_would_shut_out(
        self, owner: User, editor: User, stranger: User
    ) -> None:
        set_up_app(arrive(editor))
        set_up_app(arrive(stranger))
        page = Page(sign_in_as(owner).get("/projects/acme/settings/"))
        assert "Members without two-step verification: 1 of 2." in page.text

    def test_it_counts_in_no_other_project(self, owner: User, other_project: Project) -> None:
        Membership.objects.create(project=other_project, user=owner, role=Role.OWNER)
        Project.objects.filter(slug="acme").update(require_second_factor=True)
        browser = arrive(owner)
        assert browser.get("/projects/beta/").status_code == 200
        assert browser.get("/projects/acme/").status_code == 403
