"""Decides of what owners are reminded, each time once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection as database
from django.utils.timezone import now

from connections.expiry.parts import ExpiringPart, list_expiring
from projects.models import Project

# So many days ahead, and on the day.
STEPS = (60, 30, 7, 1, 0)
# What has expired longer ago is known, or no longer used.
LATEST_REMINDER_DAYS = 30

# Of two workers that try the same at once, one gets a row.
CLAIM = """
INSERT INTO connections_expiryreminder AS sent (connection_id, part, expires_on, step)
VALUES (%s, %s, %s, %s)
ON CONFLICT (connection_id, part) DO UPDATE
SET expires_on = EXCLUDED.expires_on, step = EXCLUDED.step
WHERE sent.expires_on <> EXCLUDED.expires_on OR sent.step > EXCLUDED.step
RETURNING step
"""


def due_step(part: ExpiringPart) -> int | None:
    """Return the latest step that is due, or None. Earlier ones that were missed do not count."""
    if part.has_expired:
        return 0 if part.days_left >= -LATEST_REMINDER_DAYS else None
    return min((step for step in STEPS if step >= part.days_left), default=None)


def claim_reminders(project: Project, *, at: datetime | None = None) -> list[ExpiringPart]:
    """Return what the project's owners have to be reminded of now, the first to expire first.

    Whatever is returned is not returned again, unless the transaction is rolled back.
    """
    moment = at or now()
    return [part for part, step in list_due(project, moment) if is_claimed_now(part, step)]


def list_due(project: Project, at: datetime) -> Iterator[tuple[ExpiringPart, int]]:
    """Return what expires within the longest step, each with the step that is due."""
    for part in list_expiring(project, max(STEPS), at=at):
        step = due_step(part)
        if step is not None:
            yield part, step


def is_claimed_now(part: ExpiringPart, step: int) -> bool:
    """Store the step of a part; return whether it was not stored before, for this day."""
    with database.cursor() as cursor:
        cursor.execute(CLAIM, [part.connection.pk, part.key, part.on, step])
        return cursor.fetchone() is not None
