"""One callback, one outcome: the same browser gets it again for a minute, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from connections.models import Connection, EndUserSession, PendingSignIn, SignIn
from connections.providers import catalogue
from portal.devtools.processes import wait_until
from projects.models import Project, User
from signin import flow
from signin.references import format_reference
from tests.cast import client_of, make_connection
from tests.connections.concurrent import all_at_once, in_a_thread
from tests.connections.sign_in_assertions import (
    TITLES,
    assert_failed,
    assert_refused_elsewhere,
    text_of,
    title_of,
)
from tests.samples.guests import guest_at
from tests.samples.sample import Guest
from tests.wechat import Visitor, WeChat

BROWSER = django_settings.BROWSER_COOKIE_NAME


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


@pytest.fixture
def visitor(visitor: Visitor, connection: Connection) -> Visitor:
    """Somebody who has just agreed at WeChat."""
    visitor.press(next="/orders")
    return visitor


def same_browser(visitor: Visitor) -> Visitor:
    """The browser as it was when it left: with its key, and without a session."""
    tab = Visitor(visitor.project, visitor.wechat)
    tab.client.cookies[BROWSER] = visitor.client.cookies[BROWSER].value
    tab.state = visitor.state
    return tab


def come_back(visitor: Visitor, code: str) -> HttpResponse:
    return visitor.come_back(code=code, state=visitor.state)


def a_minute_later() -> None:
    for pending in PendingSignIn.objects.all():
        pending.expires_at -= timedelta(seconds=60)
        pending.save()


def signed_in_sessions() -> int:
    return EndUserSession.objects.count()


class TestAfterTheEnd:
    def test_f02_a_reload_leads_to_the_same_place(self, visitor: Visitor, wechat: WeChat) -> None:
        code = wechat.code("LI")
        answers = [come_back(visitor, code) for _ in range(3)]

        assert {(each.status_code, each.headers["location"]) for each in answers} == {
            (302, "/orders")
        }
        assert (wechat.calls("token"), SignIn.objects.count(), signed_in_sessions()) == (1, 1, 1)

    def test_f02_a_browser_that_lost_the_first_answer_gets_a_session(
        self, visitor: Visitor, wechat: WeChat
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        tab = same_browser(visitor)

        answer = come_back(tab, code)

        assert (answer.status_code, answer.headers["location"]) == (302, "/orders")
        assert "李雷😀" in tab.client.get("/account").content.decode()
        assert (wechat.calls("token"), SignIn.objects.count()) == (1, 1)

    def test_f02_a_failure_is_the_same_page_with_the_same_reference(
        self, visitor: Visitor, wechat: WeChat, junk_callbacks: Callable[[], int]
    ) -> None:
        first = come_back(visitor, "never issued")
        second = come_back(visitor, wechat.code())

        assert text_of(first) == text_of(second)
        assert_failed(second, "retry", cause="40029")
        assert (wechat.calls("token"), junk_callbacks()) == (1, 0)

    def test_f02_other_parameters_change_nothing(self, visitor: Visitor, wechat: WeChat) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)

        answers = [
            visitor.come_back(state=visitor.state, error="access_denied"),
            visitor.come_back(state=visitor.state),
            visitor.come_back(state=visitor.state, code=wechat.code("JOSE")),
        ]

        assert {each.headers.get("location") for each in answers} == {"/orders"}
        assert (wechat.calls("token"), SignIn.objects.count()) == (1, 1)

    def test_f02_28_a_minute_later_it_is_refused(
        self, visitor: Visitor, wechat: WeChat, junk_callbacks: Callable[[], int]
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        a_minute_later()
        tab = same_browser(visitor)

        answer = come_back(tab, code)

        assert (answer.status_code, title_of(answer)) == (400, TITLES["retry"])
        assert "This sign-in has already ended. Please start again." in text_of(answer)
        assert '<a class="action" href="/login?next=%2Forders">' in answer.content.decode()
        assert format_reference(SignIn.objects.get().reference) in text_of(answer)
        assert tab.client.get("/account").status_code == 302
        assert (wechat.calls("token"), SignIn.objects.count(), junk_callbacks()) == (1, 1, 0)

    def test_f02_a_signed_in_person_who_reloads_much_later_is_where_they_wanted(
        self, visitor: Visitor, wechat: WeChat
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        a_minute_later()

        answer = come_back(visitor, code)

        assert (answer.status_code, answer.headers["location"]) == (302, "/orders")
        assert (wechat.calls("token"), SignIn.objects.count(), signed_in_sessions()) == (1, 1, 1)

    def test_f02_a_failure_is_the_same_page_much_later(
        self, visitor: Visitor, wechat: WeChat
    ) -> None:
        answers = [come_back(visitor, "never issued")]
        a_minute_later()
        answers.append(come_back(visitor, wechat.code()))

        assert text_of(answers[0]) == text_of(answers[1])
        assert (wechat.calls("token"), SignIn.objects.count()) == (1, 1)

    @pytest.mark.parametrize("key", ["", "k" * 32])
    def test_f02_28_another_browser_with_a_copied_callback_is_refused(
        self, visitor: Visitor, wechat: WeChat, key: str
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        thief = Visitor(visitor.project, wechat)
        thief.client.cookies[BROWSER] = key

        answer = thief.come_back(code=code, state=visitor.state)

        assert (answer.status_code, title_of(answer)) == (400, TITLES["reject"])
        assert thief.client.get("/account").status_code == 302
        assert (wechat.calls("token"), signed_in_sessions()) == (1, 1)

    def test_f02_a_blocked_person_gets_no_session(self, visitor: Visitor, wechat: WeChat) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        User.objects.filter(project=visitor.project).update(is_active=False)
        tab = same_browser(visitor)

        answer = come_back(tab, code)

        assert (answer.status_code, title_of(answer)) == (403, TITLES["policy"])
        assert tab.client.get("/account").status_code == 302

    def test_f02_a_deleted_person_gets_no_session(self, visitor: Visitor, wechat: WeChat) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        User.objects.filter(project=visitor.project).delete()

        answer = come_back(same_browser(visitor), code)

        assert (answer.status_code, title_of(answer)) == (400, TITLES["reject"])

    def test_f02_a_connection_that_was_turned_off_gives_no_session(
        self, visitor: Visitor, wechat: WeChat, connection: Connection
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        Connection.objects.filter(pk=connection.pk).update(enabled=False)
        tab = same_browser(visitor)

        answer = come_back(tab, code)

        assert (answer.status_code, title_of(answer)) == (503, TITLES["config"])
        assert tab.client.get("/account").status_code == 302

    def test_f02_a_connection_that_was_deleted_gives_no_session(
        self, visitor: Visitor, wechat: WeChat, connection: Connection
    ) -> None:
        code = wechat.code("LI")
        come_back(visitor, code)
        connection.delete()

        assert come_back(same_browser(visitor), code).status_code == 404


def test_a_robot_that_opens_the_callback_first_takes_nothing(
    visitor: Visitor, wechat: WeChat
) -> None:
    code = wechat.code("LI")

    assert_refused_elsewhere(
        Visitor(visitor.project, wechat).come_back(code=code, state=visitor.state)
    )

    assert wechat.calls("token") == 0
    assert come_back(visitor, code).status_code == 302


@pytest.mark.django_db(transaction=True)
class TestWhileItIsRunning:
    def test_a7_f02_eight_parallel_callbacks_have_one_outcome(
        self, visitor: Visitor, wechat: WeChat, junk_callbacks: Callable[[], int]
    ) -> None:
        wechat.fault("token", delay_ms=500)
        code = wechat.code("LI")
        tabs = [same_browser(visitor) for _ in range(8)]

        def come(tab: Visitor) -> Callable[[], HttpResponse]:
            return lambda: come_back(tab, code)

        answers = all_at_once([come(tab) for tab in tabs])

        assert {(each.status_code, each.headers.get("location")) for each in answers} == {
            (302, "/orders")
        }
        assert {tab.client.get("/account").status_code for tab in tabs} == {200}
        assert (wechat.calls("token"), junk_callbacks()) == (1, 0)
        assert [each.outcome for each in SignIn.objects.all()] == ["ok"]
        assert User.objects.filter(project=visitor.project).count() == 1

    def test_f02_one_that_waits_gets_the_failure(self, visitor: Visitor, wechat: WeChat) -> None:
        wechat.fault("token", delay_ms=500)
        tabs = [same_browser(visitor) for _ in range(3)]

        def come(tab: Visitor) -> Callable[[], HttpResponse]:
            return lambda: come_back(tab, "never issued")

        answers = all_at_once([come(tab) for tab in tabs])

        assert len({text_of(each) for each in answers}) == 1
        assert_failed(answers[0], "retry", cause="40029")
        assert wechat.calls("token") == 1

    def test_f02_another_browser_does_not_wait(self, visitor: Visitor, wechat: WeChat) -> None:
        wechat.fault("token", delay_ms=1000)
        code = wechat.code("LI")
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(in_a_thread, lambda: come_back(visitor, code))
            assert wait_until(lambda: wechat.calls("token") == 1, seconds=5)
            answer = Visitor(visitor.project, wechat).come_back(code=code, state=visitor.state)
            running = not first.done()
            assert first.result().status_code == 302

        assert (answer.status_code, title_of(answer), running) == (400, TITLES["reject"], True)

    def test_f02_one_whose_process_died_was_interrupted(
        self, visitor: Visitor, wechat: WeChat
    ) -> None:
        long_ago = timezone.now() - timedelta(seconds=30)
        PendingSignIn.objects.update(taken_at=long_ago)

        answers = [come_back(visitor, wechat.code()) for _ in range(2)]

        assert_failed(answers[0], "retry", cause="interrupted")
        assert "interrupted" in text_of(answers[0])
        assert text_of(answers[0]) == text_of(answers[1])
        assert wechat.calls("token") == 0

    def test_f02_one_that_was_called_interrupted_keeps_that_outcome(
        self, visitor: Visitor, connection: Connection, wechat: WeChat
    ) -> None:
        wechat.fault("token", delay_ms=1000)
        code = wechat.code("LI")
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(in_a_thread, lambda: come_back(visitor, code))
            assert wait_until(lambda: wechat.calls("token") == 1, seconds=5)
            PendingSignIn.objects.update(taken_at=timezone.now() - timedelta(seconds=30))
            second = come_back(same_browser(visitor), code)

        assert text_of(first.result()) == text_of(second)
        assert_failed(second, "retry", cause="interrupted")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["consume", "lock", "record", "commit", "save", "saved"])
def test_f02_58_a_sign_in_survives_a_broken_connection(
    visitor: Visitor, wechat: WeChat, when: str
) -> None:
    """A backend ends at each of the steps: before or after PostgreSQL has done it."""
    marks = {
        "consume": "UPDATE connections_pendingsignin AS pending SET taken_at",
        "lock": "WITH held",
        "record": 'INSERT INTO "connections_signin"',
        "commit": "UPDATE projects_user",
        "save": "INSERT INTO connections_endusersession",
        "saved": "INSERT INTO connections_endusersession",
    }
    Visitor(visitor.project, wechat).sign_in("LI")
    visitor.client.raise_request_exception = False
    code = wechat.code("LI")
    broken: list[str] = []

    def end_backend(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if marks[when] in sql and not broken:
            broken.append(sql)
            if when in {"consume", "saved"}:
                # It is done, and the answer is lost.
                execute(sql, params, many, context)
            terminate(context["connection"].connection.info.backend_pid)
        return execute(sql, params, many, context)

    with database.execute_wrapper(end_backend):
        answer = come_back(visitor, code)

    assert broken
    assert (answer.status_code, answer.headers.get("location")) == (302, "/orders")
    assert visitor.client.get("/account").status_code == 200
    assert SignIn.objects.filter(outcome="ok").count() == signed_in_sessions() == 2
    assert wechat.calls("token") == 2


def terminate(pid: int) -> None:
    """End a backend, from another connection."""
    import psycopg

    parameters = database.get_connection_params()
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])


@pytest.mark.django_db(transaction=True)
def test_f02_58_an_end_whose_commit_was_lost_is_not_made_twice(
    visitor: Visitor, connection: Connection
) -> None:
    visitor.press()
    pending = PendingSignIn.objects.latest("started_at")
    attempt = flow.Attempt(connection, pending.started_at, state_hash=pending.state_hash)
    failure = flow.SignInFailed("timeout")

    first, second = (flow.record_failure(attempt, failure) for _ in range(2))

    assert first == second == SignIn.objects.get()


class TestFormPost:
    @pytest.fixture(params=["apple", "saml"])
    def guest(self, request: Any, project: Project, settings: Any) -> Iterator[Guest]:
        assert catalogue.get(request.param).posts_back
        with guest_at(request.param, project, settings) as visitor:
            visitor.press()
            yield visitor

    def test_f02_a_form_that_is_posted_again_has_the_same_outcome(self, guest: Guest) -> None:
        returns = guest.script.sample.returns
        returned = returns(guest.script) if callable(returns) else returns
        answers = [guest.come_back(returned) for _ in range(2)]
        heard = len(guest.script.heard)
        guest.client = with_cookie(guest.client, BROWSER, guest.project)
        answers.append(guest.come_back(returned))

        assert {(each.status_code, each.headers.get("location")) for each in answers} == {
            (302, "/account")
        }
        assert guest.client.get("/account").status_code == 200
        assert SignIn.objects.count() == 1
        assert len(guest.script.heard) == heard

    def test_f02_an_address_without_a_form_takes_nothing(self, guest: Guest) -> None:
        state = guest.script.query[catalogue.get(guest.connection.provider).state_parameter]
        assert (
            guest.client.get(f"{guest.connection.callback_path}?state={state}").status_code == 400
        )

        returns = guest.script.sample.returns
        assert guest.come_back(returns).status_code == 302


def with_cookie(client: Client, name: str, project: Project) -> Client:
    """The same browser with this cookie alone."""
    browser = client_of(project.host)
    browser.cookies[name] = client.cookies[name].value
    return browser
