"""What is kept for a while only, and how it goes: in batches, so that nobody has to wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.utils import timezone

KEPT = timedelta(days=90)
BATCH = 5_000


@dataclass(frozen=True)
class Passing:
    """Rows that go once they are old enough.

    The statement removes a batch of those that ended before a moment. Rows that somebody else
    holds, such as a second run of the same command, are left to them.
    """

    name: str
    statement: str
    kept: timedelta = timedelta()


EVERYTHING = (
    Passing(
        "sign-ins",
        "DELETE FROM connections_signin WHERE id IN (SELECT id FROM connections_signin"
        " WHERE ended_at < %s ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED)",
        KEPT,
    ),
    Passing(
        "counts of callbacks that belong to nobody",
        "DELETE FROM connections_junkcallbacks WHERE id IN (SELECT id"
        " FROM connections_junkcallbacks WHERE day < %s::date LIMIT %s FOR UPDATE SKIP LOCKED)",
        KEPT,
    ),
    Passing(
        "sign-ins that were never finished",
        "DELETE FROM connections_pendingsignin WHERE state_hash IN (SELECT state_hash"
        " FROM connections_pendingsignin WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    Passing(
        "invitations that are over",
        "DELETE FROM projects_invitation WHERE id IN (SELECT id"
        " FROM projects_invitation WHERE expires_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        KEPT,
    ),
    Passing(
        "sessions that ended",
        "DELETE FROM django_session WHERE session_key IN (SELECT session_key"
        " FROM django_session WHERE expire_date < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    Passing(
        "counts of attempts that passed",
        "DELETE FROM connections_attempts WHERE key IN (SELECT key"
        " FROM connections_attempts WHERE whole_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
    Passing(
        "counts of rate limits that passed",
        "DELETE FROM django_cache WHERE cache_key IN (SELECT cache_key"
        " FROM django_cache WHERE expires < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
    ),
)


def prune(passing: Passing, *, batch: int = BATCH) -> int:
    """Remove what is old enough; return how many rows that were."""
    before = timezone.now() - passing.kept
    removed = 0
    while found := prune_batch(passing, before, batch):
        removed += found
    return removed


def prune_batch(passing: Passing, before: datetime, batch: int) -> int:
    """Remove a batch in a transaction of its own; return how many rows that were."""
    with database.cursor() as cursor:
        cursor.execute(passing.statement, [before, batch])
        return int(cursor.rowcount)
