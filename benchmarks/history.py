"""How quick the History page is with a million rows, as ratios to an empty project's.

    DATABASE_URL=postgres://… python -m benchmarks.history [--rows 1000000] [--rounds 7]

It fills a scratch database beside the one that DATABASE_URL names, asks for each page in turns
with the first page of an empty project, prints medians, ratios and the indexes that PostgreSQL
walks, and drops the scratch database again.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from datetime import timedelta
from typing import Any

from benchmarks.long_lists import fill_projects, insert, print_rows, run

SCRATCH = "menkou_benchmark_history"

# Nine rows of ten are sign-ins. One sign-in of 50,000 failed for want of the right secret, one of
# 20,000 came by the other connection; one change of 20,000 is by somebody else.
FILL = """
INSERT INTO projects_user (id, password, project_id, email, name, is_active, address,
        address_verified, picture, created_at)
    SELECT gen_random_uuid(), '!', %(project)s, '', 'Person ' || n, true, '', false, '', now()
    FROM generate_series(1, %(people)s) n;
WITH person AS MATERIALIZED (
    SELECT id, row_number() OVER () k FROM projects_user WHERE project_id = %(project)s
), attempt AS (
    SELECT n, now() - (%(sign_ins)s - n) * interval '7 seconds' AS at, CASE
        WHEN n %% 50000 = 0 THEN 'config' WHEN n %% 10 = 3 THEN 'cancelled'
        WHEN n %% 10 = 7 THEN 'temporary' ELSE 'ok' END AS outcome,
        CASE WHEN n %% 20000 = 0 THEN 'rare' ELSE 'often' END AS alias
    FROM generate_series(1, %(sign_ins)s) n
)
INSERT INTO connections_signin (project_id, connection_id, alias, provider, reference, outcome,
        cause, provider_code, provider_trace, user_id, started_at, returned_at, ended_at, durations,
        facts)
    SELECT %(project)s, connection.id, alias, 'wechat_web', lpad(n::text, 10, '0'), outcome,
        CASE outcome WHEN 'ok' THEN '' ELSE 'timeout' END, '', '',
        CASE outcome WHEN 'ok' THEN person.id END, at, at, at, '{"token": 100}', '{}'
    FROM attempt JOIN person ON k = 1 + n %% %(people)s
    JOIN connections_connection connection USING (alias)
    WHERE connection.project_id = %(project)s
    ORDER BY n;
INSERT INTO projects_event (project_id, at, actor_name, action, target_id, target_name, changes)
    SELECT %(project)s, now() - (%(changes)s - n) * interval '63 seconds',
        CASE WHEN n %% 20000 = 0 THEN 'Rare' ELSE 'Olga' END,
        CASE WHEN n %% 20000 = 0 THEN 'project:renamed' ELSE 'connection:changed' END, '1',
        CASE WHEN n %% 20000 = 0 THEN 'full' ELSE 'often' END, '{"client_id": ["a", "b"]}'
    FROM generate_series(1, %(changes)s) n;
INSERT INTO projects_eventorigin (event_id, project_id, at, request_id, address, user_agent)
    SELECT id, project_id, at, '0123456789abcdef', '192.0.2.1', 'Mozilla/5.0' FROM projects_event
    WHERE at > now() - interval '90 days'
"""


def pages(now: Any, page_500: str) -> dict[str, str]:
    """Return what is asked for, by the words of the table."""
    days = {name: (now - timedelta(days=ago)).date() for name, ago in (("a", 40), ("b", 33))}
    return {
        "first page": "",
        "page 500": f"?before={page_500}",
        "sign-ins alone": "?kind=sign-ins",
        "changes alone": "?kind=changes",
        "a frequent outcome": "?outcome=ok",
        "a rare outcome": "?outcome=config",
        "an outcome that never was": "?outcome=policy",
        "a busy connection": "?connection=often",
        "a quiet connection": "?connection=rare",
        "a rare outcome of a busy connection": "?connection=often&outcome=config",
        "a frequent action": "?action=connection:changed",
        "a rare action": "?action=project:renamed",
        "one person": "?person=Person 777",
        "a crowd's name": "?person=Person",
        "a person and a rare outcome": "?person=Person 777&outcome=config",
        "a busy operator": "?person=Olga",
        "an operator who did little": "?person=Rare",
        "nobody": "?person=Nobody",
        "a week long ago": "?since={a}&until={b}".format(**days),
        "a week long ago, a rare outcome": "?since={a}&until={b}&outcome=config".format(**days),
        "a reference": "?reference=0000000777",
    }


def insert_rows(project: Any, rows: int) -> None:
    """Insert so many sign-ins and changes, and a hundredth of people."""
    counts = {"people": rows // 100, "sign_ins": rows * 9 // 10, "changes": rows // 10}
    insert(FILL, {"project": project.pk, **counts})


def far_down(project: Any, page: int) -> str:
    """Return where a page begins that is reached by pressing Older again and again."""
    from connections import timeline

    shown = timeline.load_page(project, timeline.TimelineFilter())
    for _number in range(page - 2):
        shown = timeline.load_page(project, timeline.TimelineFilter(), before=shown.older)
    return str(shown.older)


def walked(client: Any, address: str) -> str:
    """Return the ways by which the two records and the people were read."""
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(database) as asked:
        client.get(address)
    tables = "connections_signin|projects_event|projects_user"
    found: set[str] = set()
    with database.cursor() as cursor:
        for query in asked.captured_queries:
            if re.search(rf'FROM "(?:{tables})"', query["sql"]):
                cursor.execute("EXPLAIN " + query["sql"])
                plan = "\n".join(row[0] for row in cursor.fetchall())
                found |= set(re.findall(r"(?: using|Bitmap Index Scan on) (\w+)", plan))
                found |= {
                    f"ALL OF {name}" for name in re.findall(rf"Seq Scan on ({tables})\b", plan)
                }
    by_key = ("connections_connection", "projects_eventorigin", "projects_user")
    return ", ".join(sorted(found - {f"{table}_pkey" for table in by_key}))


def most_memory() -> float:
    """Return the most memory that the process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def export_facts(client: Any, file_format: str) -> str:
    """Return how long an export of everything takes, and by how much the process grows."""
    before = most_memory()
    began = time.perf_counter()
    answer = client.post("/projects/full/history/export/", {"format": file_format})
    size = lines = 0
    first = 0.0
    for chunk in answer.streaming_content:
        first = first or time.perf_counter() - began
        size, lines = size + len(chunk), lines + chunk.count(b"\n")
    took = time.perf_counter() - began
    return (
        f"Export as {file_format}: {lines:,} lines, {size / 1e6:.1f} MB, first row after "
        f"{first * 1000:.0f} ms, {took:.1f} s in all, {most_memory() - before:.1f} MB more memory"
    )


def measure(rows: int, rounds: int) -> None:
    """Fill the scratch database, ask for every page, and print the table."""
    import django

    django.setup()
    from django.utils import timezone

    client, full = fill_projects(lambda project: insert_rows(project, rows))
    say = sys.stdout.write
    say(f"| of {rows:,} rows | ms | ratio to an empty project | walks |\n|---|---|---|---|\n")
    queries = pages(timezone.now(), far_down(full, 500))
    print_rows(client, "history", queries, rounds=rounds, describe=walked)
    say("\n")
    for file_format in ("csv", "jsonl"):
        say(f"- {export_facts(client, file_format)}\n")


if __name__ == "__main__":
    run(measure, scratch=SCRATCH, description=__doc__.partition("\n")[0])
