"""How quick the pages with hourly numbers are, with 100 connections and a million sign-ins.

    DATABASE_URL=postgres://… python -m benchmarks.health [--rows 1000000] [--rounds 7]

It fills a scratch database beside the one that DATABASE_URL names: so many sign-ins of 90 days, by
100 connections. It prints how long the job takes for all hours and for the latest ones, and the
medians of the pages with their ratio to those of an empty project, and drops the database again.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from benchmarks.long_lists import fill_projects, insert, milliseconds, run

SCRATCH = "menkou_benchmark_health"
CONNECTIONS = 100

# Nine of ten sign-ins succeed, one of a thousand creates a user.
FILL = """
INSERT INTO projects_user (id, password, project_id, email, name, is_active, address,
        address_verified, picture, created_at)
    SELECT gen_random_uuid(), '!', %(project)s, '', 'Person ' || n, true, '', false, '', now()
    FROM generate_series(1, %(people)s) n;
WITH person AS MATERIALIZED (
    SELECT id, row_number() OVER () k FROM projects_user WHERE project_id = %(project)s
), place AS MATERIALIZED (
    SELECT id, alias, row_number() OVER (ORDER BY position, created_at, id) k
    FROM connections_connection WHERE project_id = %(project)s
), attempt AS (
    SELECT n, now() - (%(sign_ins)s - n) * (interval '90 days' / %(sign_ins)s) AS at, CASE
        WHEN n %% 10 <> 3 THEN 'ok' WHEN n %% 20 = 3 THEN 'cancelled' ELSE 'temporary'
        END AS outcome
    FROM generate_series(1, %(sign_ins)s) n
)
INSERT INTO connections_signin (project_id, connection_id, alias, provider, reference, outcome,
        cause, provider_code, provider_trace, user_id, started_at, returned_at, ended_at, durations,
        facts)
    SELECT %(project)s, place.id, alias, 'wechat_web', lpad(n::text, 10, '0'), outcome,
        CASE outcome WHEN 'temporary' THEN 'timeout' ELSE '' END, '', '',
        CASE outcome WHEN 'ok' THEN person.id END, at, at, at,
        jsonb_build_object('token', 40 + n %% 900, 'userinfo', 20 + n %% 300), '{}'
    FROM attempt JOIN person ON person.k = 1 + n %% %(people)s
    JOIN place ON place.k = 1 + (n / 7) %% %(connections)s
    ORDER BY n
"""


def insert_rows(project: Any, rows: int) -> None:
    """Insert so many sign-ins by all connections, and a thousandth of people."""
    from tests.cast import make_connection

    for number in range(CONNECTIONS - 2):
        make_connection(project, alias=f"wechat{number}", secret="")
    counts = {"people": max(1, rows // 1000), "sign_ins": rows, "connections": CONNECTIONS}
    insert(FILL, {"project": project.pk, **counts})


def seconds(action: Any) -> tuple[float, Any]:
    """Return how long an action took, and what it returned."""
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def measure(rows: int, rounds: int) -> None:
    """Fill the scratch database, count, ask for every page, and print the table."""
    import django

    django.setup()
    from django.db import connection as database

    from connections.health.rollup import count_hours
    from connections.models import ConnectionHour

    client, _full = fill_projects(lambda project: insert_rows(project, rows))
    say = sys.stdout.write
    took, hours = seconds(lambda: count_hours(most_seconds=3600))
    say(f"- all {hours:,} hours: {took:.1f} s, {ConnectionHour.objects.count():,} rows\n")
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE connections_connectionhour")
    latest = statistics.median(seconds(count_hours)[0] for _round in range(rounds))
    say(f"- the latest hours again: {latest * 1000:.0f} ms\n\n")
    say("| page | ms | ratio to an empty project |\n|---|---|---|\n")
    for name, path in (
        ("overview, 7 days", "/"),
        ("overview, 30 days", "/?period=30d"),
        ("a connection, 24 hours", "/connections/often/"),
        ("a connection, 30 days", "/connections/often/?period=30d"),
        ("list of connections", "/connections/"),
    ):
        client.get(f"/projects/full{path}")
        pairs = [
            tuple(milliseconds(client, f"/projects/{each}{path}") for each in ("full", "empty"))
            for _round in range(rounds)
        ]
        full, empty = (statistics.median(each) for each in zip(*pairs, strict=True))
        say(f"| {name} | {full:.1f} | {full / empty:.2f} |\n")


if __name__ == "__main__":
    run(measure, scratch=SCRATCH, description=__doc__.partition("\n")[0])
