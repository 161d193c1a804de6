"""A provider that hangs keeps half of the threads waiting, and no more."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db import connections

from connections.models import SignIn
from connections.signin.places import WAIT_SECONDS, NoPlace, Places, places
from portal.running.processes import wait_until
from projects.models import Project
from tests.cast import make_connection
from tests.connections.endings import assert_failed, assert_signed_in
from tests.wechat import Visitor, WeChat

ONE, OTHER = uuid4(), uuid4()


@pytest.fixture
def eight_threads(settings: Any) -> None:
    """Four places, and two more people may queue."""
    settings.MENKOU_THREADS = 8


def test_whoever_queues_waits_two_seconds() -> None:
    assert WAIT_SECONDS == 2


@pytest.mark.usefixtures("eight_threads")
def test_half_of_the_threads_may_ask_one_provider_at_once() -> None:
    room = Places()
    with room.take(ONE), room.take(ONE), room.take(ONE), room.take(ONE):
        began = time.monotonic()

        with pytest.raises(NoPlace), room.take(ONE):
            pass

        assert WAIT_SECONDS <= time.monotonic() - began < WAIT_SECONDS + 1


@pytest.mark.usefixtures("eight_threads")
def test_another_provider_has_places_of_its_own() -> None:
    room = Places()
    with room.take(ONE), room.take(ONE), room.take(ONE), room.take(ONE):
        began = time.monotonic()
        with room.take(OTHER):
            assert time.monotonic() - began < 0.5


def test_a_place_is_free_again_after_an_exception(settings: Any) -> None:
    settings.MENKOU_THREADS = 2
    room = Places()

    for _attempt in range(3):
        with pytest.raises(ZeroDivisionError), room.take(ONE):
            raise ZeroDivisionError

    with room.take(ONE):
        pass


@pytest.mark.usefixtures("eight_threads")
def test_a_quarter_of_the_threads_may_queue_and_the_next_is_turned_away_at_once() -> None:
    room = Places()
    queued: list[bool] = []

    def queue() -> float:
        queued.append(True)
        with room.take(ONE):
            return time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        with room.take(ONE), room.take(ONE), room.take(ONE), room.take(ONE):
            waiting = [pool.submit(queue) for _ in range(2)]
            assert wait_until(lambda: room._queued[ONE] == 2)
            began = time.monotonic()
            with pytest.raises(NoPlace), room.take(ONE):
                pass
            assert time.monotonic() - began < 0.5
            released = time.monotonic()
        admitted = [each.result() for each in waiting]

    assert all(released <= at < released + 1 for at in admitted)


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
    settings.MENKOU_THREADS = 2
    hanging = make_connection(project, alias="hanging")
    make_connection(project)

    with places.take(hanging.pk):
        assert_signed_in(visitor.sign_in(), visitor)


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
