"""End users are blocked and deleted: nothing that they had survives, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from applications.access import end_access, lock_person
from applications.logout.tokens import logout_token
from applications.models import Application, Consent, Grant, LogoutDelivery, Token
from connections.models import EndUserSession, Identity, SignIn
from connections.secrets import check_keys
from connections.sessions.ending import end_other_sessions
from portal.users.services import (
    block_user,
    delete_user,
    end_session,
    end_sessions,
    unblock_user,
)
from projects.models import Event, Project, User
from tests.applications.test_code_flow import ask, redeem, returned
from tests.applications.test_code_flow import shop as shop
from tests.applications.test_logout import Shop, sign_in
from tests.cast import client_of, end_user_session, make_connection, sign_in_as
from tests.connections.concurrent import all_at_once, overtaken
from tests.connections.sign_in_assertions import TITLES, assert_signed_in, title_of
from tests.wechat import Visitor, WeChat
from tests.workers import clear_queue, jobs

TASK = "applications.logout"
BACKCHANNEL = "https://shop.example/backchannel"


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li", address="li@example.com", password="!")


@pytest.fixture
def told(shop: Shop) -> Shop:
    """The shop, which wants to know that a session has ended."""
    clear_queue()
    Application.objects.update(backchannel_logout_uri=BACKCHANNEL)
    return shop


def actions() -> list[tuple[str, str, dict[str, Any]]]:
    kept = Event.objects.filter(action__startswith="user:").order_by("pk")
    return [(each.action, each.target_name, each.changes) for each in kept]


def userinfo(project: Project, token: str) -> int:
    client = client_of(project.host)
    answer = client.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


class TestBlocking:
    def test_everything_ends_and_applications_are_told(
        self, told: Shop, person: User, editor: User
    ) -> None:
        browsers = [sign_in_as(person), sign_in_as(person)]
        tokens = [sign_in(told, browser) for browser in browsers]
        # One session is over, but what was given for the person's absence is not.
        browsers[1].post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
        assert LogoutDelivery.objects.count() == 1
        unredeemed = returned(ask(browsers[0], told[0]))["code"]

        block_user(person, actor=editor)

        assert not EndUserSession.objects.filter(user=person).exists()
        assert not Grant.objects.filter(user=person, revoked_at=None).exists()
        sids = {
            jwt.decode(each["id_token"], options={"verify_signature": False})["sid"]
            for each in tokens
        }
        assert {str(each.sid) for each in LogoutDelivery.objects.all()} == sids
        # The session that was over is told again, since more has ended now.
        assert len(jobs(TASK)) == LogoutDelivery.objects.count() == 3
        server = client_of(told[0].project.host)
        for each in tokens:
            assert userinfo(told[0].project, each["access_token"]) == 401
            refreshed = redeem(
                server, told, grant_type="refresh_token", refresh_token=each["refresh_token"]
            )
            assert refreshed.json()["error"] == "invalid_grant"
        assert redeem(server, told, code=unredeemed).json()["error"] == "invalid_grant"
        assert returned(ask(browsers[0], told[0], prompt="none"))["error"] == "login_required"
        assert browsers[0].get("/account").headers["location"] == "/login"
        assert actions() == [("user:blocked", str(person.pk), {})]

    def test_what_has_ended_stays_so_when_the_person_is_unblocked(
        self, told: Shop, person: User, editor: User
    ) -> None:
        browser = sign_in_as(person)
        tokens = sign_in(told, browser)
        block_user(person, actor=editor)

        unblock_user(person, actor=editor)

        assert browser.get("/account").headers["location"] == "/login"
        assert userinfo(told[0].project, tokens["access_token"]) == 401
        server = client_of(told[0].project.host)
        sent = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert redeem(server, told, **sent).json()["error"] == "invalid_grant"
        assert sign_in(told, sign_in_as(person))["access_token"]
        assert [each[0] for each in actions()] == ["user:blocked", "user:unblocked"]

    def test_doing_it_twice_is_doing_it_once(self, person: User, editor: User) -> None:
        for change in (block_user, block_user, unblock_user, unblock_user):
            change(person, actor=editor)
        assert [each[0] for each in actions()] == ["user:blocked", "user:unblocked"]

    def test_a_blocked_person_who_signs_in_is_told_so(
        self, visitor: Visitor, project: Project, editor: User, wechat: WeChat
    ) -> None:
        make_connection(project)
        person = assert_signed_in(visitor.sign_in("LI"), visitor)
        block_user(person, actor=editor)

        answer = visitor.sign_in("LI")

        assert (answer.status_code, title_of(answer)) == (403, TITLES["policy"])
        assert "This account is blocked." in answer.content.decode()
        last = SignIn.objects.latest("pk")
        assert (last.cause, last.user) == ("person_inactive", person)
        assert not EndUserSession.objects.exists()
        # A reload has the same outcome.
        again = visitor.come_back(code="x", state=visitor.state)
        assert again.status_code == 403
        assert not EndUserSession.objects.exists()

        unblock_user(person, actor=editor)

        assert assert_signed_in(visitor.sign_in("LI"), visitor) == person


class TestDeletion:
    def test_nothing_of_the_person_remains_and_the_message_can_be_sent(
        self, told: Shop, person: User, owner: User
    ) -> None:
        connection = make_connection(told[0].project)
        identity = Identity.objects.create(
            project=told[0].project, user=person, connection=connection, namespace="n", subject="s"
        )
        identity.keys.create(project=identity.project, namespace="n", value="openid")
        Consent.objects.create(application=told[0], user=person, scope="openid")
        sign_in(told, sign_in_as(person))

        delete_user(person, actor=owner)

        assert not User.objects.filter(project=told[0].project).exists()
        for model in (EndUserSession, Grant, Token, Consent, Identity):
            assert not model.objects.exists()
        delivery = LogoutDelivery.objects.get()
        claims = jwt.decode(logout_token(delivery), options={"verify_signature": False})
        assert claims["sub"] == str(person.pk)
        assert [state for state, _attempts in jobs(TASK)] == ["todo"]
        assert actions() == [("user:deleted", str(person.pk), {})]
        # No name and no address, for good.
        assert "Li" not in str(list(Event.objects.filter(action="user:deleted").values()))

    def test_sign_ins_stay_without_the_person_who_can_come_back_as_a_new_one(
        self, visitor: Visitor, project: Project, owner: User, wechat: WeChat
    ) -> None:
        make_connection(project)
        person = assert_signed_in(visitor.sign_in("LI"), visitor)

        delete_user(person, actor=owner)

        assert [each.user for each in SignIn.objects.all()] == [None]
        assert visitor.client.get("/account").headers["location"] == "/login"
        assert assert_signed_in(visitor.sign_in("LI"), visitor) != person

    def test_a_second_deletion_finds_nobody(self, person: User, owner: User) -> None:
        delete_user(User.objects.get(pk=person.pk), actor=owner)
        with pytest.raises(User.DoesNotExist):
            delete_user(person, actor=owner)


@pytest.mark.parametrize(
    ("change", "who"),
    [
        (block_user, "viewer"),
        (unblock_user, "viewer"),
        (end_sessions, "viewer"),
        (delete_user, "editor"),
        (block_user, "stranger"),
        (delete_user, "stranger"),
    ],
)
def test_the_role_counts_that_the_actor_has_now(
    change: Callable[..., Any], who: str, person: User, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionDenied):
        change(person, actor=request.getfixturevalue(who))
    assert User.objects.get(pk=person.pk).is_active


def test_an_operator_is_no_end_user(owner: User, editor: User) -> None:
    for change in (block_user, delete_user):
        with pytest.raises(User.DoesNotExist):
            change(editor, actor=owner)


def test_sessions_end_one_by_one_and_all_together(person: User, editor: User) -> None:
    for _browser in range(3):
        end_user_session(person)
    session = EndUserSession.objects.all()[0]
    assert [end_session(person, session.sid, actor=editor) for _time in range(2)] == [1, 0]
    assert [end_sessions(person, actor=editor) for _time in range(2)] == [2, 0]
    assert [each[2] for each in actions()] == [{"sessions": [None, 1]}, {"sessions": [None, 2]}]


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """Nobody is stopped by another's lock for good, and no session survives."""

    @pytest.fixture(autouse=True)
    def canary(self, transactional_db: None) -> None:
        check_keys()

    @pytest.fixture
    def known(self, visitor: Visitor, project: Project, wechat: WeChat) -> User:
        make_connection(project)
        return assert_signed_in(visitor.sign_in("LI"), visitor)

    @pytest.mark.parametrize(
        ("change", "status"), [(block_user, 403), (delete_user, 302)], ids=["block", "delete"]
    )
    def test_a_sign_in_waits_and_finds_it_done(
        self, visitor: Visitor, wechat: WeChat, known: User, owner: User, change: Any, status: int
    ) -> None:
        visitor.press()
        code = wechat.code("LI")

        answer = overtaken(
            lambda: visitor.come_back(code=code, state=visitor.state),
            by=lambda: lock_person(known),
            then=lambda: change(known, actor=owner),
        )

        assert answer.status_code == status
        # A deleted person has come back as a new one, who has nothing of the old one.
        assert not EndUserSession.objects.filter(user=known.pk).exists()
        assert SignIn.objects.latest("pk").cause == ("person_inactive" if status == 403 else "")

    def test_all_of_it_at_once(
        self, project: Project, wechat: WeChat, known: User, owner: User, editor: User, told: Shop
    ) -> None:
        browsers: list[Client] = [sign_in_as(known) for _number in range(3)]
        for browser in browsers:
            sign_in(told, browser)
        visitors = [Visitor(project, wechat) for _number in range(3)]
        for each in visitors:
            each.press()
        codes = [wechat.code("LI") for _each in visitors]
        session = EndUserSession.objects.filter(user=known).latest("created_at")
        returns = [
            lambda each=each, code=code: each.come_back(code=code, state=each.state)
            for each, code in zip(visitors, codes, strict=True)
        ]
        all_at_once(
            [
                lambda: block_user(known, actor=owner),
                lambda: block_user(known, actor=editor),
                lambda: end_access(known, told[0].client_id),
                lambda: end_other_sessions(session),
                *[lambda each=each: ask(each, told[0]).status_code for each in browsers],
                *returns,
            ]
        )

        assert not User.objects.get(pk=known.pk).is_active
        assert not EndUserSession.objects.filter(user=known).exists()
        assert [each[0] for each in actions()] == ["user:blocked"]
        delete_user(known, actor=owner)
        assert not Grant.objects.exists()

    @pytest.mark.parametrize("prompt", ["", "none"])
    @pytest.mark.parametrize("end", [block_user, end_sessions, delete_user])
    def test_no_code_is_issued_for_a_session_that_ends(
        self, person: User, owner: User, told: Shop, end: Any, prompt: str
    ) -> None:
        browser = sign_in_as(person)

        answer = overtaken(
            lambda: ask(browser, told[0], prompt=prompt), by=lambda: end(person, actor=owner)
        )

        # It would work again once the person is unblocked, and no sign-out would revoke it.
        assert not Grant.objects.exists()
        if prompt:
            assert returned(answer)["error"] == "login_required"
        else:
            assert "This sign-in has expired" in answer.content.decode()

    def test_a_code_that_is_being_issued_ends_with_the_access(
        self, person: User, told: Shop
    ) -> None:
        browser = sign_in_as(person)

        overtaken(lambda: end_access(person, told[0].client_id), by=lambda: ask(browser, told[0]))

        assert Grant.objects.get().revoked_at is not None
