"""Makes the hourly numbers of all connections from the records of sign-ins.

An hour is computed as a whole and replaces what was computed before, so it makes no difference how
often that happens. A sign-in belongs to the hour in which it ended. One from which nobody came back
belongs to the hour in which it started.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections.health.latency import BOUNDS, BUCKETS
from connections.models import HealthProgress
from core.postgresql.locks import HEALTH_LOCK, lock_until_commit

HOUR = timedelta(hours=1)
# Whether somebody comes back is known 70 minutes after the start, and counted soon after.
OPEN_HOURS = 3
# How long one run may compute hours that it has missed. The next one goes on.
MOST_SECONDS = 60.0
PROGRESS = 1

HISTOGRAM = ", ".join(f"count(*) FILTER (WHERE bucket = {each})" for each in range(BUCKETS))

# Connections that are being deleted are skipped, so neither waits for the other. They are counted.
HOUR_SQL = f"""
WITH attempt AS MATERIALIZED (
    SELECT record.id, record.connection_id, record.outcome, record.cause, record.reference,
        record.returned_at, person.id AS new_user,
        width_bucket((SELECT sum(call.value::numeric) FROM jsonb_each_text(record.durations) call),
            %(bounds)s::numeric[]) AS bucket
    FROM connections_signin AS record
    LEFT JOIN projects_user AS person ON person.id = record.user_id AND record.outcome = 'ok'
        AND person.created_at BETWEEN record.returned_at AND record.ended_at
    WHERE record.ended_at >= %(hour)s AND record.ended_at < %(end)s
    AND record.connection_id IS NOT NULL
), cause AS (
    SELECT connection_id,
        jsonb_object_agg(cause, jsonb_build_object('count', times, 'reference', reference)) AS found
    FROM (
        SELECT DISTINCT ON (connection_id, cause) connection_id, cause, reference,
            count(*) OVER (PARTITION BY connection_id, cause) AS times
        FROM attempt WHERE outcome NOT IN ('ok', 'cancelled')
        ORDER BY connection_id, cause, id DESC
    ) AS latest GROUP BY connection_id
), ended AS (
    SELECT connection_id, count(*) AS attempts, count(returned_at) AS returned,
        count(*) FILTER (WHERE outcome = 'ok') AS signed_in,
        count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE outcome NOT IN ('ok', 'cancelled')) AS failed,
        count(DISTINCT new_user) AS new_users,
        ARRAY[{HISTOGRAM}] AS latency
    FROM attempt GROUP BY connection_id
), gone AS (
    SELECT connection_id, sum(times) AS unreturned FROM (
        SELECT connection_id, count AS times FROM connections_unreturnedsignins
        WHERE hour = %(hour)s
        UNION ALL
        SELECT connection_id, count(*) FROM connections_pendingsignin
        WHERE started_at >= %(hour)s AND started_at < %(end)s
        AND expires_at >= %(hour)s AND expires_at < LEAST(now(), %(end)s + interval '1 day')
        AND taken_at IS NULL AND stray_reference = '' GROUP BY connection_id
    ) AS counted GROUP BY connection_id
), wanted AS (
    SELECT connection_id FROM ended UNION SELECT connection_id FROM gone
    UNION SELECT connection_id FROM connections_connectionhour WHERE hour = %(hour)s
), held AS MATERIALIZED (
    SELECT id FROM connections_connection WHERE id IN (SELECT connection_id FROM wanted)
    ORDER BY id FOR KEY SHARE SKIP LOCKED
), written AS (
    INSERT INTO connections_connectionhour AS known (connection_id, hour, started, returned,
        signed_in, cancelled, failed, unreturned, new_users, causes, latency)
    SELECT held.id, %(hour)s, COALESCE(attempts, 0) + COALESCE(unreturned, 0),
        COALESCE(returned, 0), COALESCE(signed_in, 0), COALESCE(cancelled, 0), COALESCE(failed, 0),
        COALESCE(unreturned, 0), COALESCE(new_users, 0), COALESCE(cause.found, '{{}}'),
        COALESCE(latency, array_fill(0, ARRAY[{BUCKETS}]))
    FROM held LEFT JOIN ended ON ended.connection_id = held.id
    LEFT JOIN gone ON gone.connection_id = held.id
    LEFT JOIN cause ON cause.connection_id = held.id
    ORDER BY held.id
    ON CONFLICT (connection_id, hour) DO UPDATE SET started = EXCLUDED.started,
        returned = EXCLUDED.returned, signed_in = EXCLUDED.signed_in,
        cancelled = EXCLUDED.cancelled, failed = EXCLUDED.failed,
        unreturned = EXCLUDED.unreturned, new_users = EXCLUDED.new_users,
        causes = EXCLUDED.causes, latency = EXCLUDED.latency
    WHERE (known.started, known.returned, known.signed_in, known.cancelled, known.failed,
        known.unreturned, known.new_users, known.causes, known.latency) IS DISTINCT FROM
        (EXCLUDED.started, EXCLUDED.returned, EXCLUDED.signed_in, EXCLUDED.cancelled,
        EXCLUDED.failed, EXCLUDED.unreturned, EXCLUDED.new_users, EXCLUDED.causes,
        EXCLUDED.latency)
)
SELECT (SELECT count(*) FROM wanted) - (SELECT count(*) FROM held)
"""  # noqa: S608 - all parts are ours

# Where a first run begins: nothing is older.
FIRST_HOUR_SQL = """
SELECT date_trunc('hour', LEAST((SELECT min(ended_at) FROM connections_signin),
    (SELECT min(hour) FROM connections_unreturnedsignins)), 'UTC')
"""

PROGRESS_SQL = """
INSERT INTO connections_healthprogress AS known (id, counted_at, final_until)
VALUES (%(id)s, %(at)s, %(until)s) ON CONFLICT (id) DO UPDATE SET
    counted_at = GREATEST(known.counted_at, EXCLUDED.counted_at),
    final_until = GREATEST(known.final_until, EXCLUDED.final_until)
"""


def beginning_of_hour(moment: datetime) -> datetime:
    """Return the beginning of the hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def count_hours(*, most_seconds: float = MOST_SECONDS) -> int:
    """Compute the latest hours, then those that are missing, oldest first; return how many.

    It stops after `most_seconds` with the missing ones. The next call goes on from there.
    """
    began, now = time.monotonic(), timezone.now()
    present = beginning_of_hour(now)
    first_open = present - OPEN_HOURS * HOUR
    counted = 0
    for back in range(OPEN_HOURS, -1, -1):
        count_hour(present - back * HOUR)
        counted += 1
    progress = HealthProgress.objects.filter(pk=PROGRESS).first()
    hour = progress.final_until if progress else find_first_hour() or first_open
    save_progress(counted_at=now, final_until=min(hour, first_open))
    while hour < first_open and time.monotonic() - began < most_seconds:
        if count_hour(hour):
            break
        hour += HOUR
        counted += 1
        save_progress(counted_at=now, final_until=hour)
    return counted


def count_hour(hour: datetime) -> int:
    """Compute one hour; return how many connections were skipped because they are locked."""
    values: dict[str, Any] = {"hour": hour, "end": hour + HOUR, "bounds": list(BOUNDS)}
    # Of two runs the later one has the newer snapshot, and the last word.
    with transaction.atomic(), database.cursor() as cursor:
        lock_until_commit(HEALTH_LOCK)
        cursor.execute(HOUR_SQL, values)
        return int(cursor.fetchone()[0])


def find_first_hour() -> datetime | None:
    """Return the hour of the oldest record, or None if there is none."""
    with database.cursor() as cursor:
        cursor.execute(FIRST_HOUR_SQL)
        found: datetime | None = cursor.fetchone()[0]
    return found


def save_progress(*, counted_at: datetime, final_until: datetime) -> None:
    """Keep how far the numbers go; a slower run takes nothing back."""
    with database.cursor() as cursor:
        cursor.execute(PROGRESS_SQL, {"id": PROGRESS, "at": counted_at, "until": final_until})
