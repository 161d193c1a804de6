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
from connections.outside import DEADLINE_SECONDS
from connections.signin.places import WAIT_SECONDS, NoPlace, Places, places
from portal.running.processes import wait_until
from projects.models import Project
from tests.cast import make_connection
from tests.connections.endings import assert_failed, assert_signed_in
from tests.connections.servers import Peer, serving
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
def taken(room: Places, **places_by: int) -> Iterator[None]:
    """So many places are taken by ONE, OTHER and THIRD."""
    names = {"one": ONE, "other": OTHER, "third": THIRD}
    with ExitStack() as stack:
        for name, number in places_by.items():
            for _place in range(number):
                stack.enter_context(room.take(names[name]))
        yield


def assert_no_place(room: Places, connection_id: UUID, *, after: float) -> None:
    """There is no place, which is said after so many seconds."""
    began = time.monotonic()
    with pytest.raises(NoPlace), room.take(connection_id):
        pass
    assert after <= time.monotonic() - began < after + 0.5


def test_whoever_queues_waits_two_seconds() -> None:
    assert WAIT_SECONDS == places._wait_seconds == 2


@pytest.mark.usefixtures("eight_threads")
def test_half_of_the_threads_may_ask_by_one_connection_at_once() -> None:
    room = Places(wait_seconds=SHORTLY)

    with taken(room, one=4):
        assert_no_place(room, ONE, after=SHORTLY)


@pytest.mark.usefixtures("eight_threads")
def test_another_connection_still_has_places() -> None:
    room = Places(wait_seconds=SHORTLY)
    with taken(room, one=4):
        began = time.monotonic()
        with room.take(OTHER), room.take(OTHER):
            assert time.monotonic() - began < 0.5


@pytest.mark.usefixtures("eight_threads")
def test_three_quarters_of_the_threads_may_ask_by_all_connections_together() -> None:
    room = Places(wait_seconds=SHORTLY)

    with taken(room, one=4, other=2):
        assert_no_place(room, THIRD, after=SHORTLY)
        assert_no_place(room, OTHER, after=SHORTLY)

    with taken(room, one=2, other=2, third=2):
        assert_no_place(room, ONE, after=SHORTLY)


@pytest.mark.usefixtures("eight_threads")
def test_a_place_that_one_connection_leaves_is_free_for_another() -> None:
    room = Places()
    with ThreadPoolExecutor(1) as pool, taken(room, other=2, third=3):
        with room.take(ONE):
            waiting = pool.submit(hold_shortly, room, ONE)
            assert wait_until(lambda: room._queued == 1)
            assert not waiting.done()
        assert waiting.result() < WAIT_SECONDS


def hold_shortly(room: Places, connection_id: UUID) -> float:
    """After how many seconds there was a place."""
    began = time.monotonic()
    with room.take(connection_id):
        return time.monotonic() - began


def test_a_place_is_free_again_after_an_exception(settings: Any) -> None:
    settings.MENKOU_THREADS = 2
    room = Places(wait_seconds=SHORTLY)

    for _attempt in range(3):
        with pytest.raises(ZeroDivisionError), room.take(ONE):
            raise ZeroDivisionError

    with room.take(ONE):
        pass


@pytest.mark.usefixtures("sixteen_threads")
def test_an_eighth_of_the_threads_may_queue_and_the_next_is_turned_away_at_once() -> None:
    room = Places()

    def queue() -> float:
        with room.take(ONE):
            return time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        with taken(room, one=8):
            waiting = [pool.submit(queue) for _ in range(2)]
            assert wait_until(lambda: room._queued == 2)
            assert_no_place(room, ONE, after=0)
            released = time.monotonic()
        admitted = [each.result() for each in waiting]

    assert all(released <= at < released + 1 for at in admitted)


@pytest.mark.usefixtures("sixteen_threads")
def test_all_connections_together_have_one_queue() -> None:
    room = Places(wait_seconds=SHORTLY)

    with ThreadPoolExecutor(2) as pool, taken(room, one=8, other=4):
        waiting = [pool.submit(hold_shortly, room, each) for each in (ONE, OTHER)]
        assert wait_until(lambda: room._queued == 2)
        assert_no_place(room, THIRD, after=0)
        for each in waiting:
            with pytest.raises(NoPlace):
                each.result()


def test_whoever_gave_up_queues_no_more(settings: Any) -> None:
    settings.MENKOU_THREADS = 2
    room = Places(wait_seconds=SHORTLY)

    with taken(room, one=1):
        assert_no_place(room, ONE, after=SHORTLY)
        assert room._queued == 0


def test_without_a_place_the_sign_in_ends_as_temporary(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any
) -> None:
    settings.MENKOU_THREADS = 2
    connection = make_connection(project)

    with places.take(connection.pk):
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

    with places.take(hanging.pk), places.take(hanging.pk):
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
        somebody.enter_context(places.take(connection.pk))
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
        while_asking = other_database_connections()
        assert not answer.done()
        assert answer.result() == 302

    assert while_asking == 0
    assert SignIn.objects.get().durations["token"] >= 900


def other_database_connections() -> int:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        count: int = cursor.fetchone()[0]
    return count
