"""Which connection is checked next: each enabled one about every six hours."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils.timezone import now

from connections.models import Connection

INTERVAL = timedelta(hours=6)
# Part of the interval by which a check is early or late, so that connections that were added
# together are not checked together for ever.
SPREAD = 0.1
# A connection that was changed is checked soon, but not more often than this.
SHORTEST = timedelta(minutes=5)

# Takes the connection that has waited longest. A connection without a state was never checked. The
# lock on the state makes other workers take another one; what is taken is put off by the interval,
# also if the worker is killed.
CLAIM = """
WITH added AS (
    INSERT INTO connections_checkstate (connection_id, next_at, suspected_step, failing_step)
    SELECT id, %(now)s, '', '{}' FROM connections_connection AS connection
    WHERE enabled AND NOT EXISTS (
        SELECT FROM connections_checkstate WHERE connection_id = connection.id)
    ORDER BY id LIMIT 100 FOR KEY SHARE SKIP LOCKED
    ON CONFLICT DO NOTHING
), due AS (
    SELECT state.connection_id FROM connections_checkstate AS state
    JOIN connections_connection AS connection ON connection.id = state.connection_id
    WHERE connection.enabled AND (
        state.next_at <= %(now)s
        OR (connection.updated_at > state.checked_at AND state.checked_at <= %(changed_before)s))
    ORDER BY state.next_at LIMIT 1
    FOR UPDATE OF state SKIP LOCKED
)
UPDATE connections_checkstate AS state SET checked_at = %(now)s, next_at = %(next)s
FROM due WHERE state.connection_id = due.connection_id
RETURNING state.connection_id
"""


def claim_due_connection() -> Connection | None:
    """Take the connection whose check is due, or None if there is none.

    Connections that have never been checked are known from the next call on.
    """
    present = now()
    delay = INTERVAL * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - no secret
    values: dict[str, Any] = {
        "now": present,
        "next": present + delay,
        "changed_before": present - SHORTEST,
    }
    with database.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row: tuple[UUID] | None = cursor.fetchone()
    if row is None:
        return None
    return (
        Connection.objects.select_related("project")
        .prefetch_related("secrets")
        .filter(pk=row[0])
        .first()
    )
