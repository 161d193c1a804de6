"""Repeats a step whose database connection broke."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg
from django.db import OperationalError
from django.db import connection as database
from psycopg_pool import PoolTimeout

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
# When many backends end at once, some take a moment, and the pool still hands out connections to
# them.
PAUSE_SECONDS = 0.05
RETRY_SECONDS = 3.0
# The server was told to stop, or a backend to end; it restarts after a crash, or still starts.
SERVER_ENDED = ("57P01", "57P02", "57P03")


def retry_on_lost_connection(step: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Repeat the step on a new connection if its connection broke, for a few seconds.

    The step must have the same result whether the broken connection had committed it or not.
    """

    @wraps(step)
    def retried(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        ends = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return step(*arguments, **options)
            except OperationalError as error:
                if not is_connection_lost(error) or time.monotonic() > ends:
                    raise
            database.close()
            time.sleep(PAUSE_SECONDS)

    return retried


def is_connection_lost(error: OperationalError) -> bool:
    """Whether the error says that the connection broke, outside a transaction of the caller.

    If no connection could be made at all, the pool has waited long enough.
    """
    cause = error.__cause__
    if database.in_atomic_block or isinstance(cause, PoolTimeout):
        return False
    # The driver's own errors have no code.
    return isinstance(cause, psycopg.Error) and cause.sqlstate in {None, *SERVER_ENDED}
