"""Providers that hang keep some of the threads waiting, and never all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection as database
from django.db import connections

from connections.models import SignIn
from core.http.client import DEADLINE_SECONDS
from core.limits.concurrency import (
    FORMS,
    SIGN_INS,
    WAIT_SECONDS,
    ConcurrencyLimiter,
    LimiterFull,
    limiter,
)
from portal.devtools.processes import wait_until
from projects.models import Project
from tests.cast import make_connection
from tests.connections.servers import Peer, serving
from tests.connections.sign_in_assertions import assert_failed, assert_signed_in
from tests.wechat import Visitor, WeChat

ONE, OTHER, THIRD = uuid4(), uuid4(), uuid4()
# Where nothing but the wait is tried, people are in more of a hurry.
SHORTLY = 0.4


@pytest.fixture
def eight_threads(settings: Any) -> None:
    """Four places by one connection, six by all of them, and one more person may queue."""
    settings.MENKOU_THREADS = 8


@pytest.fixture
def sixteen_threads(settings: Any) -> None:
    """Eight places by one connection, twelve by all of them, and two more people may queue."""
    settings.MENKOU_THREADS = 16


@contextmanager
def taken(room: ConcurrencyLimiter, **places_by: int) -> Iterator[None]:
    """So many places are taken by ONE, OTHER and THIRD."""
    names = {"one": ONE, "other": OTHER, "third": THIRD}
    with ExitStack() as stack:
        for name, number in places_by.items():
            for _place in range(number):
                stack.enter_context(room.acquire(names[name]))
        yield


def assert_no_place(room: ConcurrencyLimiter, connection_id: UUID, *, after: float) -> None:
    """There is no place, which is said after so many seconds."""
    began = time.monotonic()
    with pytest.raises(LimiterFull), room.acquire(connection_id):
        pass
    assert after <= time.monotonic() - began < after + 0.5


def test_whoever_queues_waits_two_seconds() -> None:
    assert WAIT_SECONDS == limiter._wait_seconds == 2


@pytest.mark.usefixtures("eight_threads")
def test_half_of_the_threads_may_ask_by_one_connection_at_once() -> None:
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)

    with taken(room, one=4):
        assert_no_place(room, ONE, after=SHORTLY)


@pytest.mark.usefixtures("eight_threads")
def test_another_connection_still_has_places() -> None:
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)
    with taken(room, one=4):
        began = time.monotonic()
        with room.acquire(OTHER), room.acquire(OTHER):
            assert time.monotonic() - began < 0.5


@pytest.mark.usefixtures("eight_threads")
def test_three_quarters_of_the_threads_may_ask_by_all_connections_together() -> None:
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)

    with taken(room, one=4, other=2):
        assert_no_place(room, THIRD, after=SHORTLY)
        assert_no_place(room, OTHER, after=SHORTLY)

    with taken(room, one=2, other=2, third=2):
        assert_no_place(room, ONE, after=SHORTLY)


@pytest.mark.usefixtures("eight_threads")
def test_a_place_that_one_connection_leaves_is_free_for_another() -> None:
    room = ConcurrencyLimiter()
    with ThreadPoolExecutor(1) as pool, taken(room, other=2, third=3):
        with room.acquire(ONE):
            waiting = pool.submit(hold_shortly, room, ONE)
            assert wait_until(lambda: room._queued.total() == 1)
            assert not waiting.done()
        assert waiting.result() < WAIT_SECONDS


def hold_shortly(room: ConcurrencyLimiter, connection_id: UUID) -> float:
    """After how many seconds there was a place."""
    began = time.monotonic()
    with room.acquire(connection_id):
        return time.monotonic() - began


def test_a_place_is_free_again_after_an_exception(settings: Any) -> None:
    settings.MENKOU_THREADS = 2
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)

    for _attempt in range(3):
        with pytest.raises(ZeroDivisionError), room.acquire(ONE):
            raise ZeroDivisionError

    with room.acquire(ONE):
        pass


@pytest.mark.usefixtures("sixteen_threads")
def test_an_eighth_of_the_threads_may_queue_and_the_next_is_turned_away_at_once() -> None:
    room = ConcurrencyLimiter()

    def queue() -> float:
        with room.acquire(ONE):
            return time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        with taken(room, one=8):
            waiting = [pool.submit(queue) for _ in range(2)]
            assert wait_until(lambda: room._queued.total() == 2)
            assert_no_place(room, ONE, after=0)
            released = time.monotonic()
        admitted = [each.result() for each in waiting]

    assert all(released <= at < released + 1 for at in admitted)


@pytest.mark.usefixtures("sixteen_threads")
def test_all_connections_together_have_one_queue() -> None:
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)

    with ThreadPoolExecutor(2) as pool, taken(room, one=8, other=4):
        waiting = [pool.submit(hold_shortly, room, each) for each in (ONE, OTHER)]
        assert wait_until(lambda: room._queued.total() == 2)
        assert_no_place(room, THIRD, after=0)
        for each in waiting:
            with pytest.raises(LimiterFull):
                each.result()


def test_whoever_gave_up_queues_no_more(settings: Any) -> None:
    settings.MENKOU_THREADS = 2
    room = ConcurrencyLimiter(wait_seconds=SHORTLY)

    with taken(room, one=1):
        assert_no_place(room, ONE, after=SHORTLY)
        assert room._queued.total() == 0


@contextmanager
def taken_by_forms(room: ConcurrencyLimiter, **places_by: int) -> Iterator[None]:
    """So many places are taken by the forms of projects ONE, OTHER and THIRD."""
    names = {"one": ONE, "other": OTHER, "third": THIRD}
    with ExitStack() as stack:
        for name, number in places_by.items():
            for _place in range(number):
                stack.enter_context(room.acquire(names[name], FORMS))
        yield


def assert_no_place_for_a_form(room: ConcurrencyLimiter, project_id: UUID) -> None:
    with pytest.raises(LimiterFull), room.acquire(project_id, FORMS):
        pass


@pytest.fixture
def sixty_four_threads(settings: Any) -> None:
    """Four places for the forms of one project, twelve for all, and four forms may queue."""
    settings.MENKOU_THREADS = 64


@pytest.mark.usefixtures("sixty_four_threads")
def test_79_a_sixteenth_of_the_threads_may_wait_for_the_forms_of_one_project() -> None:
    room = ConcurrencyLimiter(wait_seconds=0)

    with taken_by_forms(room, one=4):
        assert_no_place_for_a_form(room, ONE)
        with room.acquire(OTHER, FORMS):
            pass


@pytest.mark.usefixtures("sixty_four_threads")
def test_79_a_quarter_of_the_threads_may_wait_or_queue_for_all_forms() -> None:
    room = ConcurrencyLimiter()

    with ThreadPoolExecutor(4) as pool, ExitStack() as forms:
        forms.enter_context(taken_by_forms(room, one=4, other=4, third=4))
        waiting = [pool.submit(hold_for_a_form, room, uuid4()) for _ in range(4)]
        assert wait_until(lambda: room._queued.total() == 4)
        began = time.monotonic()
        assert_no_place_for_a_form(room, uuid4())
        assert time.monotonic() - began < 0.5
        # Sign-ins have places of their own.
        with room.acquire(ONE):
            pass
        forms.close()
        assert all(each.result() for each in waiting)


def hold_for_a_form(room: ConcurrencyLimiter, project_id: UUID) -> bool:
    with room.acquire(project_id, FORMS):
        return True


@pytest.mark.usefixtures("sixty_four_threads")
def test_79_forms_take_no_more_where_sign_ins_have_three_quarters() -> None:
    room = ConcurrencyLimiter(wait_seconds=0)

    with taken(room, one=32, other=16):
        assert_no_place_for_a_form(room, ONE)


@pytest.mark.usefixtures("sixty_four_threads")
def test_79_half_of_the_queue_is_left_for_sign_ins_however_many_forms_there_are() -> None:
    room = ConcurrencyLimiter()

    with ThreadPoolExecutor(5) as pool, ExitStack() as stack:
        stack.enter_context(taken(room, one=32))
        stack.enter_context(taken_by_forms(room, one=4, other=4, third=4))
        waiting = [pool.submit(hold_for_a_form, room, uuid4()) for _ in range(4)]
        assert wait_until(lambda: room._queued.total() == 4)
        sign_in = pool.submit(hold_shortly, room, ONE)
        assert wait_until(lambda: room._queued.total() == 5)
        stack.close()
        assert sign_in.result() < WAIT_SECONDS
        assert all(each.result() for each in waiting)


@pytest.mark.parametrize("threads", [8, 16, 64, 256])
def test_79_an_eighth_of_the_threads_is_left_whatever_hangs(settings: Any, threads: int) -> None:
    settings.MENKOU_THREADS = threads
    room = ConcurrencyLimiter(wait_seconds=0)
    room_taken, queue = 0, max(1, threads // 8)

    with ExitStack() as stack:
        for _attempt in range(threads):
            for key, share in ((uuid4(), FORMS), (uuid4(), SIGN_INS)):
                try:
                    stack.enter_context(room.acquire(key, share))
                except LimiterFull:
                    continue
                room_taken += 1

    assert room_taken + queue == threads * 7 // 8


def test_without_a_place_the_sign_in_ends_as_temporary(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any
) -> None:
    settings.MENKOU_THREADS = 2
    connection = make_connection(project)

    with limiter.acquire(connection.pk):
        answer = visitor.sign_in()

    assert_failed(answer, "temporary", cause="busy")
    assert wechat.calls("token") == 0
    assert_signed_in(visitor.sign_in(), visitor)


def test_one_hanging_provider_leaves_the_others_places(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_THREADS = 4
    hanging = make_connection(project, alias="hanging")
    make_connection(project)

    with limiter.acquire(hanging.pk), limiter.acquire(hanging.pk):
        assert_signed_in(visitor.sign_in(), visitor)


def drip(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    peer.drip(b" " * 1000, pause=1)


def test_the_wait_for_a_place_counts_towards_the_deadline(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    settings.MENKOU_THREADS = 2
    connection = make_connection(project)
    visitor.press()

    with serving(drip) as wechat, ExitStack() as somebody:
        settings.WECHAT_API_BASE_URL = wechat.origin
        somebody.enter_context(limiter.acquire(connection.pk))
        threading.Timer(WAIT_SECONDS * 3 / 4, somebody.close).start()
        began = time.monotonic()
        answer = visitor.come_back(code="c", state=visitor.state)
        seconds = time.monotonic() - began

    assert_failed(answer, "temporary", cause="timeout")
    assert wechat.calls == ["/sns/oauth2/access_token"]
    assert DEADLINE_SECONDS <= seconds < DEADLINE_SECONDS + 1


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_the_provider_is_asked(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()
    wechat.fault("token", delay_ms=1000, count=1)
    code = wechat.code()

    def come_back() -> int:
        try:
            return visitor.come_back(code=code, state=visitor.state).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(come_back)
        assert wait_until(lambda: wechat.calls("token") == 1)
        # PostgreSQL ends a session a moment after it was closed.
        assert wait_until(lambda: other_database_connections() == 0)
        assert not answer.done()
        assert answer.result() == 302

    assert SignIn.objects.get().durations["token"] >= 900


def other_database_connections() -> int:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        count: int = cursor.fetchone()[0]
    return count
