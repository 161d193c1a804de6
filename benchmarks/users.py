"""How quick the Users page is with a million users, as ratios to an empty project's.

    DATABASE_URL=postgres://… python -m benchmarks.users [--rows 1000000] [--rounds 7]

It works as `benchmarks.history` does.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from benchmarks.long_lists import fill_projects, insert, print_rows, run

SCRATCH = "menkou_benchmark_users"
# One user of 10,000 is blocked, one of 20,000 came by the other connection.
FILL = """
INSERT INTO projects_user (id, password, project_id, email, name, is_active, address,
        address_verified, picture, created_at)
    SELECT gen_random_uuid(), '!', %(project)s, '', 'Person ' || n, n %% 10000 <> 0,
        'person' || n || '@example.com', true, '', now() - n * interval '7 seconds'
    FROM generate_series(1, %(rows)s) n;
INSERT INTO connections_identity (project_id, user_id, connection_id, namespace, subject,
        created_at, used_at)
    SELECT person.project_id, person.id, connection.id, 'wechat:gh_0', 'unionid-' || person.id,
        person.created_at, person.created_at
    FROM projects_user person JOIN connections_connection connection
        ON connection.project_id = person.project_id
        AND connection.alias = CASE WHEN person.name LIKE '%%7777' THEN 'rare' ELSE 'often' END
    WHERE person.project_id = %(project)s ORDER BY person.created_at;
INSERT INTO connections_identitykey (identity_id, project_id, namespace, value)
    SELECT id, project_id, 'wechat-app:wx0', 'openid-' || user_id FROM connections_identity
"""
TABLES = "projects_user|connections_identity|connections_identitykey|connections_signin"


def pages(user: Any, page_500: str) -> dict[str, str]:
    """Return what is asked for, by the words of the table."""
    return {
        "first page": "",
        "page 500": f"?before={page_500}",
        "active users": "?state=active",
        "blocked users": "?state=blocked",
        "a busy connection": "?connection=often",
        "a quiet connection": "?connection=rare",
        "active users of a busy connection": "?connection=often&state=active",
        "blocked users of a quiet connection": "?connection=rare&state=blocked",
        "a name": "?q=Person 777777",
        "a crowd's name": "?q=Person",
        "a crowd's name, blocked": "?q=Person&state=blocked",
        "an email address": "?q=person777777@example.com",
        "a user ID": f"?q={user}",
        "a unionid": f"?q=unionid-{user}",
        "an openid": f"?q=openid-{user}",
        "nobody": "?q=Nobody",
    }


def far_down(project: Any, page: int) -> str:
    """Return where a page begins that is reached by pressing Older again and again."""
    from connections.identities.directory import UserFilter, load_users

    older = ""
    for _number in range(page - 1):
        older = load_users(project, UserFilter(), before=older).older
    return older


def read_whole(client: Any, address: str) -> str:
    """Return the tables that PostgreSQL reads from the beginning to the end."""
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(database) as asked:
        client.get(address)
    found: set[str] = set()
    with database.cursor() as cursor:
        for query in asked.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute("EXPLAIN " + query["sql"])
                plan = "\n".join(row[0] for row in cursor.fetchall())
                found |= set(re.findall(rf"Seq Scan on ({TABLES})\b", plan))
    return ", ".join(sorted(found)) or "none"


def measure(rows: int, rounds: int) -> None:
    """Fill the scratch database, ask for every page, and print the table."""
    import django

    django.setup()
    from projects.models import User

    client, full = fill_projects(
        lambda project: insert(FILL, {"project": project.pk, "rows": rows})
    )
    sys.stdout.write(f"| of {rows:,} users | ms | ratio to an empty project | read whole |\n")
    sys.stdout.write("|---|---|---|---|\n")
    user = User.objects.get(project=full, name=f"Person {rows // 2}")
    queries = pages(user.pk, far_down(full, 500))
    print_rows(client, "users", queries, rounds=rounds, describe=read_whole)


if __name__ == "__main__":
    run(measure, scratch=SCRATCH, description=__doc__.partition("\n")[0])
