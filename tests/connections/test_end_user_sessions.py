"""Sessions of end users are rows: what they keep, how long they live, and who finds them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from applications.access import lock_person
from connections.identities import users
from connections.models import Connection, EndUserSession, Identity, SignIn
from connections.services import delete_connection, lock_connection
from connections.sessions import browser, rows
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.random_text import hash_text, new_random_text
from portal.projects.deletion import delete_project
from portal.users.services import block_user
from projects.models import Project, User
from projects.requests import TenantRequest
from tests.cast import APPID, end_user_session, make_connection, sign_in_as
from tests.connections.concurrent import all_at_once, overtaken
from tests.wechat import Visitor, WeChat

COOKIE = settings.SESSION_COOKIE_NAME
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li", password="!")


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


def ask(project: Project, key: str) -> TenantRequest:
    """A request to the project's host with this cookie."""
    request = RequestFactory(headers={"user-agent": "Firefox\n9"}).get("/", REMOTE_ADDR="192.0.2.7")
    request.COOKIES = {COOKIE: key}
    request.project = project  # type: ignore[attr-defined]
    return request  # type: ignore[return-value]


def facts(connection: Connection, person: User, **given: Any) -> rows.FederatedSignIn:
    return rows.FederatedSignIn(
        **{
            "user": person,
            "connection": connection,
            "namespace": "n",
            "subject": "s",
            "returned_at": timezone.now(),
            **given,
        }
    )


class TestASignIn:
    def test_its_session_keeps_how_it_was(
        self, visitor: Visitor, connection: Connection, wechat: WeChat
    ) -> None:
        visitor.client.defaults |= {"HTTP_USER_AGENT": "Fire\x07fox" + "x" * 300}
        before = timezone.now()
        visitor.press()
        visitor.client.defaults["REMOTE_ADDR"] = "2001:db8::7"
        visitor.come_back(code=wechat.code("LI"), state=visitor.state)

        session = EndUserSession.objects.get()
        identity = Identity.objects.get()
        assert (session.project, session.user) == (connection.project, identity.user)
        assert (session.connection, session.alias, session.provider) == (
            connection,
            "wechat_web",
            "wechat_web",
        )
        assert (session.namespace, session.subject) == (identity.namespace, identity.subject)
        assert session.amr == ["fed"]
        assert session.claims == {
            "unionid": identity.subject,
            "openid": identity.keys.get().value,
            "appid": APPID,
        }
        assert session.auth_time == SignIn.objects.get().returned_at
        assert before < session.auth_time
        assert session.browser == ("Fire fox" + "x" * 300)[:200]
        assert session.address == "2001:db8::7"
        assert session.expires_at - session.created_at == 14 * DAY
        assert session.last_seen_at == session.created_at

    def test_the_same_person_again_goes_on_with_the_session_that_applications_know(
        self, project: Project, connection: Connection, person: User
    ) -> None:
        def begin(who: User, key: str, old_key: str) -> EndUserSession:
            signed_in = facts(connection, who)
            assert rows.begin_session(signed_in, key=key, old_key=old_key, browser="", address=None)
            return EndUserSession.objects.get(key_hash=hash_text(key))

        keys = [new_random_text() for _each in range(4)]
        first = begin(person, keys[0], "")
        second = begin(person, keys[1], keys[0])
        assert (second.sid, second.key_hash) == (first.sid, hash_text(keys[1]))
        assert second.auth_time > first.auth_time
        other = User.objects.create(project=project, name="Wang", password="!")
        third = begin(other, keys[2], keys[1])
        assert third.sid != second.sid
        assert begin(person, keys[3], "").sid != second.sid
        assert EndUserSession.objects.count() == 2

    def test_the_database_has_the_hash_of_its_key_alone(
        self, visitor: Visitor, connection: Connection
    ) -> None:
        visitor.sign_in("LI")
        key = visitor.client.cookies[COOKIE].value

        with database.cursor() as cursor:
            cursor.execute("SELECT session::text, key_hash FROM connections_endusersession session")
            ((row, key_hash),) = cursor.fetchall()
        assert key not in row
        assert key_hash == hash_text(key)

    def test_its_cookie_is_the_browsers_alone(
        self, visitor: Visitor, connection: Connection
    ) -> None:
        cookie = visitor.sign_in("LI").cookies[COOKIE]

        assert (len(cookie.value), cookie.value.isalnum()) == (32, True)
        assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (
            180 * 24 * 3600,
            True,
            "Lax",
        )
        assert (cookie["path"], cookie["domain"]) == ("/", "")

        cookie = visitor.client.post("/logout", headers={"origin": visitor.origin}).cookies[COOKIE]
        assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("", 0, "Lax")

    @pytest.mark.parametrize("namespace", ["wechat", "wechat-app"])
    def test_a_repeated_callback_has_a_session_like_the_first(
        self, visitor: Visitor, wechat: WeChat, namespace: str
    ) -> None:
        """By the unionid, and for an app that has none."""
        make_connection(visitor.project, test_account=True)
        if namespace == "wechat-app":
            for call in ("token", "userinfo"):
                wechat.fault(call, omit=["unionid"])
        visitor.press()
        code = wechat.code("LI")
        visitor.come_back(code=code, state=visitor.state)
        del visitor.client.cookies[COOKIE]
        visitor.come_back(code=code, state=visitor.state)

        names = ["user", "connection", "alias", "provider"]
        names += ["namespace", "subject", "claims", "auth_time"]
        first, second = (
            [getattr(each, name) for name in names] for each in EndUserSession.objects.all()
        )
        assert first == second
        assert EndUserSession.objects.all()[0].namespace.partition(":")[0] == namespace


class TestStoredClaims:
    """The ids of a person, where those that the provider sent are gone."""

    UNION = "wechat:gh_0123456789ab"
    APP = f"wechat-app:{APPID}"

    @pytest.mark.parametrize(
        ("subject", "keys"),
        [("u-1", ()), ("u-1", ("o-1",)), ("", ("o-1",))],
    )
    def test_they_are_what_the_provider_sent(
        self, connection: Connection, subject: str, keys: tuple[str, ...]
    ) -> None:
        sent = Claims(
            namespace=self.UNION, subject=subject, keys=tuple((self.APP, key) for key in keys)
        )
        person, claims = users.get_or_create_user(connection, sent)

        assert claims == sent
        assert users.stored_claims(connection, person) == sent

    def test_a_known_person_has_their_subject_when_it_was_not_sent(
        self, connection: Connection
    ) -> None:
        keys = ((self.APP, "o-1"),)
        sent = Claims(namespace=self.UNION, subject="u-1", keys=keys)
        users.get_or_create_user(connection, sent)

        person, claims = users.get_or_create_user(
            connection, Claims(namespace=self.UNION, subject="", keys=keys)
        )

        assert claims == sent
        assert users.stored_claims(connection, person) == sent

    def test_those_of_other_connections_are_not_mistaken_for_them(
        self, connection: Connection
    ) -> None:
        sent = Claims(namespace=self.UNION, subject="u-1")
        person, _claims = users.get_or_create_user(connection, sent)
        Identity.objects.create(
            project=connection.project, user=person, namespace="github", subject="17"
        )

        assert users.stored_claims(connection, person) == sent

    def test_a_person_without_identities_has_none(
        self, connection: Connection, person: User
    ) -> None:
        with pytest.raises(SignInFailed, match="state"):
            users.stored_claims(connection, person)


class TestBegin:
    def test_it_takes_the_place_of_the_browsers_session(
        self, project: Project, connection: Connection, person: User
    ) -> None:
        request, response = ask(project, end_user_session(person)), HttpResponse()
        kept = end_user_session(person)
        assert browser.end_user_session(request) is not None

        assert browser.begin_session(request, response, facts(connection, person))

        key = response.cookies[COOKIE].value
        assert {each.key_hash for each in EndUserSession.objects.all()} == {
            hash_text(kept),
            hash_text(key),
        }
        assert browser.end_user_session(request) is None
        assert browser.end_user_session(ask(project, key)) is not None
        session = EndUserSession.objects.get(key_hash=hash_text(key))
        assert (session.browser, session.address) == ("Firefox 9", "192.0.2.7")

    def test_it_leaves_a_session_of_another_project(
        self, connection: Connection, person: User, other_project: Project
    ) -> None:
        theirs = User.objects.create(project=other_project, password="!")
        key = end_user_session(theirs)

        browser.begin_session(
            ask(connection.project, key), HttpResponse(), facts(connection, person)
        )

        assert rows.find_session(other_project, key) is not None

    def test_it_can_be_repeated(self, connection: Connection, person: User) -> None:
        """As if nobody had heard that it was committed."""
        key = new_random_text()
        for _time in range(2):
            assert rows.begin_session(
                facts(connection, person), key=key, old_key="", browser="", address=None
            )

        assert EndUserSession.objects.count() == 1

    def test_a_person_who_is_deleted_by_now_gets_none(
        self, connection: Connection, person: User
    ) -> None:
        sign_in = facts(connection, User.objects.get(pk=person.pk))
        person.delete()
        response = HttpResponse()

        assert not browser.begin_session(ask(connection.project, ""), response, sign_in)

        assert not response.cookies
        assert not EndUserSession.objects.exists()

    def test_a_connection_that_is_deleted_by_now_is_named_all_the_same(
        self, connection: Connection, person: User
    ) -> None:
        sign_in = facts(Connection.objects.get(pk=connection.pk), person)
        connection.delete()

        browser.begin_session(ask(sign_in.connection.project, ""), HttpResponse(), sign_in)

        session = EndUserSession.objects.get()
        assert (session.connection, session.alias) == (None, "wechat_web")

    def test_a_person_of_another_project_gets_none(
        self, connection: Connection, other_project: Project
    ) -> None:
        theirs = User.objects.create(project=other_project, password="!")
        request = ask(connection.project, "")

        assert not browser.begin_session(request, HttpResponse(), facts(connection, theirs))


@pytest.mark.django_db(transaction=True)
class TestBeginDuringADeletion:
    """It waits, refers to nothing that is gone, and does not make the deletion wait for it."""

    @pytest.fixture
    def begin(self, connection: Connection, person: User) -> Callable[[], bool]:
        """Sign in again in a browser that has a session, which the deletion changes, too."""
        sign_in, old = facts(connection, person), end_user_session(person, connection=connection)
        return lambda: rows.begin_session(
            sign_in, key=new_random_text(), old_key=old, browser="", address=None
        )

    def test_of_the_connection(
        self, begin: Callable[[], bool], connection: Connection, owner: User
    ) -> None:
        assert overtaken(begin, by=lambda: delete_connection(connection, actor=owner))

        session = EndUserSession.objects.get()
        assert (session.connection, session.alias) == (None, "wechat_web")

    def test_of_the_connection_that_has_only_begun(
        self, begin: Callable[[], bool], connection: Connection, owner: User
    ) -> None:
        assert overtaken(
            begin,
            by=lambda: lock_connection(connection),
            then=lambda: delete_connection(connection, actor=owner),
        )

        assert EndUserSession.objects.get().connection is None

    def test_of_the_person(self, begin: Callable[[], bool], person: User) -> None:
        assert not overtaken(begin, by=lambda: person.delete())

        assert not EndUserSession.objects.exists()

    def test_of_the_person_that_has_only_begun(
        self, begin: Callable[[], bool], person: User
    ) -> None:
        assert not overtaken(begin, by=lambda: lock_person(person), then=lambda: person.delete())

        assert not EndUserSession.objects.exists()

    def test_of_nobody_but_a_person_who_is_blocked(
        self, begin: Callable[[], bool], person: User, owner: User
    ) -> None:
        assert not overtaken(
            begin, by=lambda: lock_person(person), then=lambda: block_user(person, actor=owner)
        )

        assert not EndUserSession.objects.exists()

    def test_of_the_project(
        self, begin: Callable[[], bool], connection: Connection, owner: User
    ) -> None:
        assert not overtaken(begin, by=lambda: delete_project(connection.project, actor=owner))

        assert not EndUserSession.objects.exists()


class TestFind:
    @pytest.mark.parametrize(
        ("begun", "seen", "left", "moved_to"),
        [
            # A visit moves nothing for five minutes.
            (0 * DAY, 0 * MINUTE, 14 * DAY, None),
            (1 * DAY, 4 * MINUTE, 13 * DAY, None),
            (1 * DAY, 6 * MINUTE, 13 * DAY, 14 * DAY),
            (30 * DAY, 13 * DAY, 1 * DAY, 14 * DAY),
            # No session is longer than 180 days, however often it is used.
            (179 * DAY, 6 * MINUTE, 1 * DAY, 1 * DAY),
            (166 * DAY + MINUTE, 6 * MINUTE, 1 * DAY, 14 * DAY - MINUTE),
        ],
    )
    def test_a_visit_prolongs_it(
        self,
        person: User,
        begun: timedelta,
        seen: timedelta,
        left: timedelta,
        moved_to: timedelta | None,
    ) -> None:
        now = timezone.now()
        key = end_user_session(
            person, created_at=now - begun, last_seen_at=now - seen, expires_at=now + left
        )
        before = EndUserSession.objects.get()

        for _time in range(2):
            assert rows.find_session(person.project, key) == before  # type: ignore[arg-type]

        after = EndUserSession.objects.get()
        if moved_to is None:
            assert after.last_seen_at == before.last_seen_at
            assert after.expires_at == before.expires_at
        else:
            assert abs(after.last_seen_at - now) < 5 * MINUTE - timedelta(seconds=1)
            assert abs(after.expires_at - now - moved_to) < MINUTE / 2
        assert (after.created_at, after.auth_time) == (before.created_at, before.auth_time)

    @pytest.mark.parametrize(
        ("change", "is_found"),
        [
            (lambda session, other: None, True),
            (lambda session, other: set_fields(session, expires_at=timezone.now() - MINUTE), False),
            (lambda session, other: set_fields(session.user, is_active=False), False),
            (lambda session, other: session.user.delete(), False),
            (lambda session, other: session.delete(), False),
            (lambda session, other: set_fields(session, project=other), False),
            (lambda session, other: set_fields(session.user, project=other), False),
            (lambda session, other: set_fields(session, key_hash=hash_text("another")), False),
        ],
    )
    def test_only_a_session_that_is_valid_is_found(
        self,
        person: User,
        other_project: Project,
        change: Callable[[EndUserSession, Project], object],
        *,
        is_found: bool,
    ) -> None:
        project = person.project
        assert project is not None
        key = end_user_session(person, last_seen_at=timezone.now() - DAY)
        change(EndUserSession.objects.get(), other_project)
        seen = list(EndUserSession.objects.values_list("last_seen_at"))

        assert (rows.find_session(project, key) is not None) is is_found
        assert rows.find_session(other_project, key) is None

        if not is_found:
            assert list(EndUserSession.objects.values_list("last_seen_at")) == seen

    def test_it_comes_whole_with_its_person_in_one_statement(
        self, person: User, connection: Connection, django_assert_num_queries: Any
    ) -> None:
        key = end_user_session(person, connection=connection, claims={"openid": "o"}, subject="s")
        stored, request = EndUserSession.objects.get(), ask(connection.project, key)

        with django_assert_num_queries(1):
            found = browser.end_user_session(request)
            assert browser.end_user_session(request) is found
            assert found is not None
            fields = EndUserSession._meta.concrete_fields
            for field in fields:
                assert getattr(found, field.attname) == getattr(stored, field.attname)
            assert (found.user, found.user.name, found.user.is_active) == (person, "Li", True)
            assert found.user.created_at == person.created_at
            assert found.project == found.user.project == connection.project

    def test_a_request_without_one_asks_once(
        self, project: Project, django_assert_num_queries: Any
    ) -> None:
        request = ask(project, new_random_text())
        with django_assert_num_queries(1):
            assert browser.end_user_session(request) is browser.end_user_session(request) is None

    @pytest.mark.parametrize(
        "planted",
        [
            "",
            "\0" * 32,
            "a" * 31 + "\0",
            "a" * 31,
            "a" * 33,
            "a" * 10_240,
            "é" * 32,
            "\ud800" * 32,
            "４" * 32,
            "٤" * 32,
            "a b" * 10 + "aa",
            "' OR 1=1 --" + "a" * 21,
            "01234567-89ab-4cde-8f01-23456789abcd",
            hash_text("a"),
        ],
    )
    def test_a_planted_cookie_is_not_even_looked_up(
        self, project: Project, planted: str, django_assert_num_queries: Any
    ) -> None:
        request, response = ask(project, planted), HttpResponse()
        with django_assert_num_queries(0):
            assert browser.end_user_session(request) is None
            browser.end_session(request, response)

        assert response.cookies[COOKIE].value == ""

    @pytest.mark.django_db(transaction=True)
    def test_parallel_visits_do_not_disturb_each_other(self, person: User) -> None:
        project = person.project
        assert project is not None
        key = end_user_session(person, last_seen_at=timezone.now() - DAY)

        found = all_at_once([lambda: rows.find_session(project, key)] * 8)

        assert found == [EndUserSession.objects.get()] * 8


def set_fields(row: Any, **values: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


class TestTheEnd:
    def test_signing_out_deletes_the_row_of_this_browser(
        self, project: Project, person: User
    ) -> None:
        key, other = end_user_session(person), end_user_session(person)
        request = ask(project, key)
        assert browser.end_user_session(request) is not None

        browser.end_session(request, HttpResponse())

        assert browser.end_user_session(request) is None
        assert EndUserSession.objects.get().key_hash == hash_text(other)

    def test_a_deleted_connection_signs_nobody_out(
        self, connection: Connection, person: User, owner: User
    ) -> None:
        key = end_user_session(person, connection=connection, alias="wechat_web")

        delete_connection(connection, actor=owner)

        session = rows.find_session(connection.project, key)
        assert session is not None
        assert (session.connection, session.alias) == (None, "wechat_web")
        client = sign_in_as(person)
        assert client.get("/account").status_code == 200

    def test_of_two_accounts_that_become_one_the_other_is_signed_out(
        self, connection: Connection, person: User
    ) -> None:
        other = User.objects.create(project=connection.project, password="!")
        kept, gone = end_user_session(person), end_user_session(other)

        users.merge_users(other, into=person)

        assert rows.find_session(connection.project, kept) is not None
        assert rows.find_session(connection.project, gone) is None
        assert EndUserSession.objects.count() == 1
