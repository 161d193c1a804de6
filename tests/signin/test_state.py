"""The state of a sign-in: one browser, one connection, ten minutes, one use."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.db import connection as database
from django.http import HttpResponse
from django.utils import timezone

from connections.models import Connection, PendingSignIn, SignIn
from connections.services import delete_connection, set_enabled
from portal.retention.tables import UNFINISHED, prune_rows
from projects.models import Project, User
from signin.references import format_reference
from signin.state import SWEEP, save_pending
from tests.cast import client_of, make_connection
from tests.connections.sign_in_assertions import (
    assert_failed,
    assert_refused_elsewhere,
    assert_refused_unrecorded,
    assert_signed_in,
    reference_on,
    text_of,
)
from tests.wechat import Visitor, WeChat


def test_the_database_keeps_only_hashes_of_state_and_browser_key(
    visitor: Visitor, project: Project
) -> None:
    connection = make_connection(project)

    visitor.press(next="/orders")

    key = visitor.client.cookies[settings.BROWSER_COOKIE_NAME].value
    pending = PendingSignIn.objects.get()
    assert pending.state_hash == sha256(visitor.state.encode()).hexdigest()
    assert pending.browser_hash == sha256(key.encode()).hexdigest()
    assert (pending.connection, pending.next) == (connection, "/orders")
    assert pending.expires_at - pending.started_at < timedelta(minutes=10, seconds=1)
    with database.cursor() as cursor:
        cursor.execute("SELECT string_agg(p::text, '') FROM connections_pendingsignin p")
        row = cursor.fetchone()[0]
    assert visitor.state not in row
    assert key not in row


def test_the_browser_key_is_a_short_lived_cookie_of_this_host_alone(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)

    cookie = visitor.press().cookies[settings.BROWSER_COOKIE_NAME]

    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (4200, True, "Lax")
    assert (cookie["domain"], cookie["path"]) == ("", "/")


@pytest.mark.parametrize("planted", ["short", "x" * 33, "é" * 32, "'" * 32])
def test_a_planted_browser_key_of_another_shape_is_replaced(
    visitor: Visitor, project: Project, planted: str
) -> None:
    make_connection(project)
    visitor.client.cookies[settings.BROWSER_COOKIE_NAME] = planted

    visitor.press()

    key = visitor.client.cookies[settings.BROWSER_COOKIE_NAME].value
    assert key != planted
    assert key.isascii()
    assert key.isalnum()
    assert len(key) == 32


def test_s01_28_an_unknown_state_is_refused_and_only_counted(
    visitor: Visitor, project: Project, wechat: WeChat, junk_callbacks: Callable[[], int]
) -> None:
    make_connection(project)
    visitor.press()

    for attempt in range(3):
        answer = visitor.come_back(code=wechat.code(), state=f"{attempt}" * 32)
        assert_refused_unrecorded(answer)

    assert wechat.calls("token") == 0
    assert junk_callbacks() == 3


def test_s02_28_a_callback_without_state_is_refused(
    visitor: Visitor, project: Project, wechat: WeChat, junk_callbacks: Callable[[], int]
) -> None:
    make_connection(project)
    visitor.press()

    assert_refused_unrecorded(visitor.come_back(code=wechat.code()))
    assert_refused_unrecorded(visitor.come_back(code=wechat.code(), state=""))

    assert (wechat.calls("token"), junk_callbacks()) == (0, 2)


def test_s03_28_a_state_from_another_browser_is_refused(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()
    victim = Visitor(project, wechat)
    victim.press()

    answer = victim.come_back(code=wechat.code(), state=visitor.state)

    assert "received" not in assert_refused_elsewhere(answer).facts
    assert wechat.calls("token") == 0
    assert_signed_in(visitor.come_back(code=wechat.code(), state=visitor.state), visitor)


def test_s03_a_browser_without_the_key_is_refused(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()

    answer = Visitor(project, wechat).come_back(code=wechat.code(), state=visitor.state)

    assert assert_refused_elsewhere(answer).facts["received"] == ""
    assert wechat.calls("token") == 0


def test_28_other_browsers_are_recorded_once_for_each_state(
    visitor: Visitor, project: Project, wechat: WeChat, junk_callbacks: Callable[[], int]
) -> None:
    make_connection(project)
    visitor.press()

    answers = [
        Visitor(project, wechat).come_back(code=wechat.code(), state=visitor.state)
        for _ in range(3)
    ]

    sign_in = assert_refused_elsewhere(answers[-1])
    assert {reference_on(each) for each in answers} == {format_reference(sign_in.reference)}
    assert (wechat.calls("token"), junk_callbacks()) == (0, 2)
    assert_signed_in(visitor.come_back(code=wechat.code(), state=visitor.state), visitor)


def test_s06_30_a_state_made_for_one_connection_is_refused_at_another(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, alias="one")
    make_connection(project, alias="two")
    visitor.press("one")

    answer = visitor.come_back("two", code=wechat.code(), state=visitor.state)

    assert_refused_unrecorded(answer)
    assert wechat.calls("token") == 0


def test_24_28_a_state_of_one_project_is_refused_at_anothers_connection_of_the_same_alias(
    visitor: Visitor, project: Project, other_project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    make_connection(other_project)
    visitor.press()
    elsewhere = client_of(other_project.host)
    elsewhere.cookies = visitor.client.cookies

    answer = elsewhere.get(
        "/sso/oauth2/callback/wechat_web", {"code": wechat.code(), "state": visitor.state}
    )

    assert_refused_unrecorded(answer)
    assert wechat.calls("token") == 0


def test_v3_28_a_state_is_too_old_after_601_seconds(
    visitor: Visitor, project: Project, wechat: WeChat, junk_callbacks: Callable[[], int]
) -> None:
    make_connection(project)
    visitor.press(next="/orders")
    grow_older(seconds=601)

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert_failed(answer, "retry", cause="expired")
    assert "This took too long. Please start again." in text_of(answer)
    assert '<a class="action" href="/login?next=%2Forders">' in answer.content.decode()
    assert (wechat.calls("token"), junk_callbacks()) == (0, 0)
    again = visitor.come_back(code=wechat.code(), state=visitor.state)
    assert (text_of(again), SignIn.objects.count()) == (text_of(answer), 1)


def test_v3_28_a_state_that_is_too_old_is_refused_elsewhere(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press(next="/orders")
    grow_older(seconds=601)

    answer = Visitor(project, wechat).come_back(code=wechat.code(), state=visitor.state)

    assert_refused_elsewhere(answer)
    assert b"orders" not in answer.content
    own = visitor.come_back(code=wechat.code(), state=visitor.state)
    assert "This took too long." in text_of(own)
    assert wechat.calls("token") == 0


def test_v3_28_an_hour_after_it_has_expired_a_state_is_unknown(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()
    grow_older(seconds=600 + 3601)
    prune_rows(UNFINISHED)

    assert_refused_unrecorded(visitor.come_back(code=wechat.code(), state=visitor.state))


def test_v3_a_connection_that_was_turned_off_meanwhile_says_that_it_took_too_long(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    connection = make_connection(project)
    visitor.press()
    grow_older(seconds=601)
    Connection.objects.filter(pk=connection.pk).update(enabled=False)

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert_failed(answer, "retry", cause="expired")


def test_a_state_is_still_good_after_590_seconds(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()
    grow_older(seconds=590)

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert_signed_in(answer, visitor)


def grow_older(*, seconds: int) -> None:
    """Let every sign-in on its way have begun earlier."""
    for pending in PendingSignIn.objects.all():
        pending.started_at -= timedelta(seconds=seconds)
        pending.expires_at -= timedelta(seconds=seconds)
        pending.save()


def test_c06_whoever_never_comes_back_leaves_nothing_behind(
    visitor: Visitor, project: Project, wechat: WeChat, junk_callbacks: Callable[[], int]
) -> None:
    make_connection(project)
    visitor.press()
    grow_older(seconds=600 + 86401)

    Visitor(project, wechat).press()

    assert PendingSignIn.objects.filter(expires_at__lt=timezone.now()).count() == 0
    assert PendingSignIn.objects.count() == 1
    assert (SignIn.objects.count(), junk_callbacks()) == (0, 0)


def test_a_start_sweeps_only_a_few_old_rows(visitor: Visitor, project: Project) -> None:
    connection = make_connection(project)
    for number in range(SWEEP + 5):
        save_pending(connection, state=f"{number}", browser="b", pkce_verifier="", next_path="")
    grow_older(seconds=600 + 86401)

    visitor.press()

    assert PendingSignIn.objects.filter(expires_at__lt=timezone.now()).count() == 5


def test_two_tabs_of_one_browser_both_sign_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press(next="/first")
    first = visitor.state
    visitor.press(next="/second")
    second = visitor.state

    answers = [back_in_a_real_browser(visitor, wechat, state) for state in (first, second)]

    assert [each.headers.get("location") for each in answers] == ["/first", "/second"]


def back_in_a_real_browser(visitor: Visitor, wechat: WeChat, state: str) -> HttpResponse:
    """Come back, and forget the cookies that the answer deletes: the test client keeps them."""
    answer = visitor.come_back(code=wechat.code(), state=state)
    for name, cookie in answer.cookies.items():
        if cookie["max-age"] == 0:
            del visitor.client.cookies[name]
    return answer


def test_two_browsers_have_different_keys(project: Project, wechat: WeChat) -> None:
    make_connection(project)
    visitors = [Visitor(project, wechat) for _ in range(2)]

    keys = {each.press().cookies[settings.BROWSER_COOKIE_NAME].value for each in visitors}

    assert len(keys) == 2


def test_39_a_connection_switched_off_in_between_signs_nobody_in(
    visitor: Visitor, project: Project, owner: User, wechat: WeChat
) -> None:
    connection = make_connection(project)
    visitor.press()
    set_enabled(connection, enabled=False, actor=owner)

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert_failed(answer, "config", cause="disabled")
    assert wechat.calls("token") == 0


def test_a_connection_deleted_in_between_is_not_found(
    visitor: Visitor, project: Project, owner: User, wechat: WeChat
) -> None:
    connection = make_connection(project)
    visitor.press()
    delete_connection(connection, actor=owner)

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert answer.status_code == 404
    assert (wechat.calls("token"), SignIn.objects.count()) == (0, 0)
    assert PendingSignIn.objects.count() == 0


class TestWhileTheProviderIsAsked:
    """The connection changes while WeChat takes its time."""

    @pytest.fixture
    def slow(self, wechat: WeChat) -> None:
        wechat.fault("token", delay_ms=1500)

    @pytest.mark.django_db(transaction=True)
    def test_one_that_was_deleted_signs_nobody_in(
        self, slow: None, visitor: Visitor, project: Project
    ) -> None:
        connection = make_connection(project)

        answer = meanwhile(visitor, Connection.objects.filter(pk=connection.pk).delete)

        assert answer.status_code == 503
        record = SignIn.objects.get()
        assert (record.outcome, record.cause, record.connection_id) == ("config", "disabled", None)
        assert not User.objects.filter(project=project).exists()

    @pytest.mark.django_db(transaction=True)
    def test_39_one_that_was_switched_off_signs_nobody_in(
        self, slow: None, visitor: Visitor, project: Project
    ) -> None:
        connection = make_connection(project)

        answer = meanwhile(
            visitor, lambda: Connection.objects.filter(pk=connection.pk).update(enabled=False)
        )

        assert answer.status_code == 503
        record = SignIn.objects.get()
        assert (record.outcome, record.cause) == ("config", "disabled")
        assert record.connection_id == connection.pk
        assert not User.objects.filter(project=project).exists()


def meanwhile(visitor: Visitor, change: Callable[[], object]) -> HttpResponse:
    """Come back, and let something change before WeChat has answered."""
    visitor.press()
    code = visitor.wechat.code()
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(in_a_thread, visitor, code)
        wait_until(lambda: visitor.wechat.calls("token") == 1)
        change()
        return answer.result()


def in_a_thread(visitor: Visitor, code: str) -> HttpResponse:
    try:
        return visitor.come_back(code=code, state=visitor.state)
    finally:
        database.close()


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)
