"""The sign-ins by each connection of a project, in numbers, for the list of connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils.timezone import now

from connections.values.outcomes import Outcome
from projects.models import Project

WEEK = timedelta(days=7)
# So that the list is quick in a project with any number of sign-ins.
MOST_COUNTED = 10_000

# For each connection three reads of an index: at most MOST_COUNTED + 1 rows, and twice one row.
# BETWEEN, because with "=" PostgreSQL walks back through the primary key, past the sign-ins of all
# other connections, where a connection has few.
NUMBERS = """
SELECT connection.id, recent.count, success.ended_at, latest.outcome
FROM connections_connection AS connection
CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT FROM connections_signin
        WHERE connection_id = connection.id AND outcome = 'ok' AND ended_at >= %(since)s
        LIMIT %(most)s
    ) AS counted
) AS recent
LEFT JOIN LATERAL (
    SELECT ended_at FROM connections_signin
    WHERE connection_id = connection.id AND outcome = 'ok' ORDER BY ended_at DESC LIMIT 1
) AS success ON true
LEFT JOIN LATERAL (
    SELECT outcome FROM connections_signin
    WHERE connection_id BETWEEN connection.id AND connection.id
    ORDER BY connection_id, id DESC LIMIT 1
) AS latest ON true
WHERE connection.project_id = %(project)s
"""


@dataclass(frozen=True)
class SignInNumbers:
    """The sign-ins by a connection, in numbers."""

    # The successful sign-ins of seven days; at most MOST_COUNTED + 1.
    week: int = 0
    # When somebody last signed in.
    last_success: datetime | None = None
    # Whether the latest sign-in failed because of the connection's configuration.
    last_failed: bool = False

    @property
    def counted(self) -> int:
        """The number to show."""
        return min(self.week, MOST_COUNTED)

    @property
    def more(self) -> bool:
        """Whether there are more than `counted`."""
        return self.week > MOST_COUNTED


NONE = SignInNumbers()


def count_sign_ins(project: Project) -> dict[UUID, SignInNumbers]:
    """Return the numbers by the connection's primary key, with one query for all connections."""
    values: dict[str, Any] = {
        "project": project.pk,
        "since": now() - WEEK,
        "most": MOST_COUNTED + 1,
    }
    with database.cursor() as cursor:
        cursor.execute(NUMBERS, values)
        return {
            pk: SignInNumbers(week, last_success, latest == Outcome.CONFIG)
            for pk, week, last_success, latest in cursor.fetchall()
        }
