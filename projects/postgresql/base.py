"""Django's PostgreSQL, with a pool that gets over a database that went away and came back."""

from __future__ import annotations

import select
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

# While nobody can connect, the pool tries again each time that it is asked.
ASKED_EVERY_SECONDS = 0.5


def is_quiet(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said nothing since it answered last.

    Where it ended the connection, or died, there is something to read: its last words, or the end.
    To look asks nothing of the server.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)


class Checkout:
    """A pool that hands out what works, at once, and asks only connections that look broken.

    psycopg's own check pauses after each connection that is dead, for a second, then two: when all
    of them have died, a request would wait in vain while the database is well.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def getconn(self) -> psycopg.Connection[Any]:
        """Return a connection that answers; raises PoolTimeout where none came in time."""
        ends = monotonic() + self._pool.timeout
        while True:
            connection = self._next(ends)
            try:
                if not is_quiet(connection):
                    connection.execute("")
            except psycopg.Error:
                self._pool.putconn(connection)  # which replaces it
            else:
                return connection

    def _next(self, ends: float) -> psycopg.Connection[Any]:
        while True:
            left = ends - monotonic()
            try:
                connection: psycopg.Connection[Any] = self._pool.getconn(
                    timeout=min(ASKED_EVERY_SECONDS, left)
                )
            except PoolTimeout:
                if left <= ASKED_EVERY_SECONDS:
                    raise
            else:
                return connection


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, but for how a connection comes out of the pool."""

    @property
    def pool(self) -> Any:
        pool = super().pool
        return None if pool is None else Checkout(pool)
