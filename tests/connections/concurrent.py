"""Several people at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection as database
from django.db import connections, transaction

from portal.devtools.processes import wait_until

Result = TypeVar("Result")


def all_at_once(actions: Sequence[Callable[[], Result]]) -> list[Result]:
    """What the actions return, each in a thread that begins when all are ready."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], Result]) -> Result:
        barrier.wait()
        return in_a_thread(action)

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(act, each) for each in actions]]


def overtaken(
    action: Callable[[], Result],
    *,
    by: Callable[[], object],
    then: Callable[[], object] | None = None,
) -> Result:
    """What an action returns that has to wait for the database until another one is over.

    The other one may do a second thing while it is waited for.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            by()
            waiting = pool.submit(in_a_thread, action)
            assert wait_until(somebody_waits_for_us, seconds=5)
            if then is not None:
                then()
        return waiting.result()


def somebody_waits_for_us() -> bool:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks "
            "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        waits: bool = cursor.fetchone()[0]
    return waits


def in_a_thread(action: Callable[[], Result]) -> Result:
    try:
        return action()
    finally:
        # A thread's connection would keep the test database from being removed.
        connections.close_all()
