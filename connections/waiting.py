"""Waiting for another server, without holding what others need."""

from __future__ import annotations

from django.db import connection as database


def let_go_of_database() -> None:
    """Give the database connection back to the pool, unless a transaction needs it."""
    if not database.in_atomic_block:
        database.close()
