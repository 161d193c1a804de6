"""Django's PostgreSQL backend, with a pool that recovers when the database restarts.

No statement is compiled.
"""

from __future__ import annotations

import select
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

# The pool tries to reconnect on each call while the database is away.
RETRY_SECONDS = 0.5


def has_pending_data(connection: psycopg.Connection[Any]) -> bool:
    """Whether there is data to read on an idle connection.

    If the server has closed the connection or died, there is a message or an end-of-file to read.
    The check sends nothing to the server.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


class CheckedPool:
    """A pool that checks a connection only if it looks broken, and replaces broken ones at once.

    psycopg's own check waits one second after the first dead connection, then two, and so on. If
    all of them have died, a request would time out although the database is running.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def getconn(self) -> psycopg.Connection[Any]:
        """Return a working connection; raises PoolTimeout."""
        ends = monotonic() + self._pool.timeout
        while True:
            connection = self._next(ends)
            try:
                if has_pending_data(connection):
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
                    timeout=min(RETRY_SECONDS, left)
                )
            except PoolTimeout:
                if left <= RETRY_SECONDS:
                    raise
            else:
                return connection


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper with a checked pool, and without PostgreSQL's compiler."""

    @property
    def pool(self) -> Any:
        pool = super().pool
        return None if pool is None else CheckedPool(pool)

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """Configure a new connection; return whether that has to be committed.

        PostgreSQL compiles a statement that it believes to be long, which can take longer than our
        longest statement does. It expects a hundred members in every JSON object.
        """
        super()._configure_connection(connection)  # type: ignore[misc]
        # Startup parameters would not pass through PgBouncer.
        connection.execute("SET jit = off")
        return True
