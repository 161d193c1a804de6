"""Locks on connections that sign-ins do not wait for."""

from __future__ import annotations

from datetime import datetime

from django.db import connection as database

from connections.models import Connection


def lock_against_changes(connection: Connection) -> datetime | None:
    """Keep a connection from being changed or deleted until the end of the transaction.

    Returns when it was last changed, or None if it is deleted. Sign-ins go on: their lock does not
    conflict with this one.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT updated_at FROM connections_connection WHERE id = %s FOR KEY SHARE",
            [connection.pk],
        )
        row: tuple[datetime] | None = cursor.fetchone()
    return row[0] if row else None
