"""Releases the database connection while a thread waits for another server."""

from __future__ import annotations

from django.db import connection as database


def release_db_connection() -> None:
    """Return the database connection to the pool, unless a transaction is open."""
    if not database.in_atomic_block:
        database.close()
