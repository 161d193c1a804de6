"""Reads the hourly numbers: of one connection, or of all connections of a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from connections.health.latency import BUCKETS, estimate_percentile
from connections.health.rollup import HOUR, PROGRESS, beginning_of_hour
from connections.models import Connection, HealthProgress
from projects.models import Project

# The most frequent ones.
MOST_CAUSES = 20

COUNTS = (
    "started",
    "returned",
    "signed_in",
    "cancelled",
    "failed",
    "unreturned",
    "new_users",
)
SUMS = ", ".join(
    [f"COALESCE(sum({name}), 0)::bigint" for name in COUNTS]
    + [f"COALESCE(sum(latency[{place}]), 0)::bigint" for place in range(1, BUCKETS + 1)]
)
OF_CONNECTION = "hours.connection_id = %(id)s"
OF_PROJECT = (
    "hours.connection_id IN (SELECT id FROM connections_connection WHERE project_id = %(id)s)"
)

BARS_SQL = """
SELECT floor(extract(epoch FROM hour - %(since)s) / %(seconds)s)::int AS place, {sums}
FROM connections_connectionhour AS hours
WHERE {whose} AND hour >= %(since)s AND hour < %(until)s GROUP BY 1
"""
CONNECTIONS_SQL = f"""
SELECT connection_id, {SUMS} FROM connections_connectionhour AS hours
WHERE {OF_PROJECT} AND hour >= %(since)s AND hour < %(until)s GROUP BY 1
"""  # noqa: S608 - all parts are ours
CAUSES_SQL = """
SELECT connection_id, cause.key, sum((cause.value ->> 'count')::bigint)::bigint AS times,
    (array_agg(cause.value ->> 'reference' ORDER BY hour DESC))[1]
FROM connections_connectionhour AS hours, jsonb_each(causes) AS cause
WHERE {whose} AND hour >= %(since)s AND hour < %(until)s AND failed > 0
GROUP BY 1, 2 ORDER BY times DESC, cause.key, connection_id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Period:
    """A time range that ends with the present hour, and how long a bar of its chart lasts."""

    hours: int
    bar_hours: int

    @property
    def bars(self) -> int:
        """How many bars the chart has."""
        return self.hours // self.bar_hours


DAY, WEEK, MONTH = Period(24, 1), Period(7 * 24, 6), Period(30 * 24, 24)


@dataclass(frozen=True)
class Totals:
    """The sign-ins of a time range in numbers."""

    started: int = 0
    returned: int = 0
    signed_in: int = 0
    cancelled: int = 0
    failed: int = 0
    unreturned: int = 0
    new_users: int = 0
    # By the buckets of latency.py.
    latency: tuple[int, ...] = (0,) * BUCKETS

    @property
    def median_ms(self) -> int | None:
        """Within how many milliseconds half of the sign-ins got the provider's answers."""
        return estimate_percentile(self.latency, 0.5)

    @property
    def p95_ms(self) -> int | None:
        """Within how many milliseconds 95 % of the sign-ins got the provider's answers."""
        return estimate_percentile(self.latency, 0.95)


@dataclass(frozen=True)
class Bar:
    """The numbers of one bar of a chart, and when it begins and ends."""

    since: datetime
    until: datetime
    totals: Totals


@dataclass(frozen=True)
class CauseCount:
    """How often sign-ins by a connection failed for one cause."""

    connection: UUID
    cause: str
    count: int
    # Of the latest one.
    reference: str


@dataclass(frozen=True)
class Health:
    """The numbers of a time range."""

    bars: list[Bar]
    totals: Totals
    # The most frequent causes first.
    causes: list[CauseCount]
    # When the job last counted; None if it never did.
    counted_at: datetime | None


def load_connection_health(connection: Connection, period: Period) -> Health:
    """Return the numbers of one connection, with three statements."""
    return load_health(OF_CONNECTION, connection.pk, period)


def load_project_health(project: Project, period: Period) -> Health:
    """Return the numbers of all connections of a project together, with three statements."""
    return load_health(OF_PROJECT, project.pk, period)


def load_connection_totals(project: Project, period: Period) -> dict[UUID, Totals]:
    """Return the numbers of each connection that had sign-ins, with one statement."""
    rows = fetch_rows(CONNECTIONS_SQL, bounds_of(period) | {"id": project.pk})
    return {key: totals_of(values) for key, *values in rows}


def load_health(whose: str, key: Any, period: Period) -> Health:
    """Return the numbers that match a condition."""
    values = bounds_of(period) | {"id": key, "most": MOST_CAUSES}
    step = period.bar_hours * HOUR
    found = {
        place: totals_of(counts)
        for place, *counts in fetch_rows(
            BARS_SQL.format(sums=SUMS, whose=whose), values | {"seconds": step.total_seconds()}
        )
    }
    since: datetime = values["since"]
    bars = [
        Bar(since + place * step, since + (place + 1) * step, found.get(place, Totals()))
        for place in range(period.bars)
    ]
    causes = [CauseCount(*row) for row in fetch_rows(CAUSES_SQL.format(whose=whose), values)]
    progress = HealthProgress.objects.filter(pk=PROGRESS).first()
    counted_at = progress.counted_at if progress else None
    return Health(bars, sum_totals(found.values()), causes, counted_at)


def bounds_of(period: Period) -> dict[str, Any]:
    """Return when the period begins and ends: after the present hour."""
    until = beginning_of_hour(timezone.now()) + HOUR
    return {"since": until - timedelta(hours=period.hours), "until": until}


def fetch_rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a statement."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def totals_of(values: list[int]) -> Totals:
    """Return the totals from the columns of `SUMS`."""
    counts = dict(zip(COUNTS, values, strict=False))
    return Totals(**counts, latency=tuple(values[len(COUNTS) :]))


def sum_totals(found: Any) -> Totals:
    """Return the sum of several totals."""
    found = list(found)
    counts: dict[str, int] = {name: sum(getattr(each, name) for each in found) for name in COUNTS}
    latency = tuple(sum(each.latency[place] for each in found) for place in range(BUCKETS))
    return Totals(**counts, latency=latency)
