"""Advisory locks, for what one process at a time may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from django.db import connection as database

from core.postgresql.direct import connection_parameters

# Any numbers; they are ours alone in our database.
MIGRATION_LOCK, OPERATOR_LOCK, HEALTH_LOCK = 7_301_001, 7_301_002, 7_301_003

# The lock lasts as long as it is needed, and ends a minute after its machine has died.
KEEP_SQL = """
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL tcp_keepalives_idle = 30; SET LOCAL tcp_keepalives_interval = 10;
SET LOCAL tcp_keepalives_count = 3
"""


def lock_until_commit(key: int) -> None:
    """Wait for the lock, and hold it until the transaction ends."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


@contextmanager
def advisory_lock(key: int) -> Iterator[None]:
    """Hold the lock over several transactions. A connection of its own waits for it and has it."""
    with database.wrap_database_errors:
        own = psycopg.connect(**connection_parameters())
        # A transaction keeps it behind a pooler, too, where a lock of the session could get lost.
        own.execute(KEEP_SQL)
        own.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    with closing(own):
        yield
