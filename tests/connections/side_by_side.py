"""Several people at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def all_at_once(actions: Sequence[Callable[[], Result]]) -> list[Result]:
    """What the actions return, each in a thread that begins when all are ready."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], Result]) -> Result:
        barrier.wait()
        try:
            return action()
        finally:
            # A thread's connection would keep the test database from being removed.
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(act, each) for each in actions]]
