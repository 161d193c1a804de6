"""Reads the hourly numbers of connections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from connections.health.latency import BUCKETS, estimate_percentile
from connections.health.rollup import HOUR, PROGRESS, beginning_of_hour
from connections.models import Connection, HealthProgress

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
# One pass for both: a row for each bar, and one for each connection.
NUMBERS_SQL = f"""
SELECT bar, connection_id, {SUMS} FROM (
    SELECT *, date_bin(make_interval(hours => %(hours)s), hour, %(since)s) AS bar
    FROM connections_connectionhour
    WHERE connection_id = ANY(%(ids)s::uuid[]) AND hour >= %(since)s AND hour < %(until)s
) AS found GROUP BY GROUPING SETS ((bar), (connection_id))
"""  # noqa: S608 - all parts are ours
CAUSES_SQL = """
SELECT connection_id, cause.key, sum((cause.value ->> 'count')::bigint)::bigint AS times,
    (array_agg(cause.value ->> 'reference' ORDER BY hour DESC))[1]
FROM connections_connectionhour, jsonb_each(causes) AS cause
WHERE connection_id = ANY(%(ids)s::uuid[]) AND hour >= %(since)s AND hour < %(until)s
AND failed > 0
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
    # Of the connections that had sign-ins.
    by_connection: dict[UUID, Totals]
    # The most frequent causes first.
    causes: list[CauseCount]
    # When the job last counted; None if it never did.
    counted_at: datetime | None


def load_health(connections: Iterable[Connection], period: Period) -> Health:
    """Return the numbers of these connections together, with three statements."""
    values = bounds_of(period) | {
        "ids": [each.pk for each in connections],
        "hours": period.bar_hours,
        "most": MOST_CAUSES,
    }
    since, step = values["since"], period.bar_hours * HOUR
    by_bar: dict[datetime, Totals] = {}
    by_connection: dict[UUID, Totals] = {}
    for bar, key, *counts in fetch_rows(NUMBERS_SQL, values):
        if key is None:
            by_bar[bar] = totals_of(counts)
        else:
            by_connection[key] = totals_of(counts)
    bars = [
        Bar(begin, begin + step, by_bar.get(begin, Totals()))
        for begin in (since + place * step for place in range(period.bars))
    ]
    causes = [CauseCount(*row) for row in fetch_rows(CAUSES_SQL, values)]
    progress = HealthProgress.objects.filter(pk=PROGRESS).first()
    counted_at = progress.counted_at if progress else None
    return Health(bars, sum_totals(by_bar.values()), by_connection, causes, counted_at)


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


def sum_totals(given: Iterable[Totals]) -> Totals:
    """Return the sum of several totals."""
    found = list(given)
    counts: dict[str, int] = {name: sum(getattr(each, name) for each in found) for name in COUNTS}
    latency = tuple(sum(each.latency[place] for each in found) for place in range(BUCKETS))
    return Totals(**counts, latency=latency)
