"""What the measurements of pages over long lists share: two projects, and the table of medians."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.scratch import scratch_database


def run(measure: Callable[[int, int], None], *, scratch: str, description: str) -> None:
    """Read the options, and measure in a scratch database with so many rows and rounds."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with scratch_database(os.environ["DATABASE_URL"], scratch) as url:
        os.environ["DATABASE_URL"] = url
        measure(given.rows, given.rounds)


def fill_projects(insert: Callable[[Any], None]) -> tuple[Any, Any]:
    """Return a browser of an owner of two projects, and the full one; the other stays empty."""
    from django.core.management import call_command
    from django.db import connection as database

    from projects.models import Membership, Project, Role, User
    from tests.cast import make_connection, sign_in_as

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("olga@example.com", name="Olga")
    full, empty = (Project.objects.create(slug=name, name=name) for name in ("full", "empty"))
    for project in (full, empty):
        Membership.objects.create(project=project, user=owner, role=Role.OWNER)
        for alias in ("often", "rare"):
            make_connection(project, alias=alias, secret="")
    insert(full)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return sign_in_as(owner), full


def insert(statements: str, values: Mapping[str, Any]) -> None:
    """Execute the statements one by one, because a prepared statement is a single one."""
    from django.db import connection as database

    with database.cursor() as cursor:
        for statement in statements.split(";\n"):
            cursor.execute(statement, values)


def print_rows(
    client: Any,
    page: str,
    queries: Mapping[str, str],
    *,
    rounds: int,
    describe: Callable[[Any, str], str],
) -> None:
    """Print a row for each query: the median, the ratio to the empty project, a description."""
    for name, query in queries.items():
        address = f"/projects/full/{page}/{query}"
        client.get(address)
        pairs = [
            (milliseconds(client, address), milliseconds(client, f"/projects/empty/{page}/"))
            for _round in range(rounds)
        ]
        took, empty = (statistics.median(each) for each in zip(*pairs, strict=True))
        words = describe(client, address)
        sys.stdout.write(f"| {name} | {took:.1f} | {took / empty:.2f} | {words} |\n")


def milliseconds(client: Any, address: str) -> float:
    """Return how long the page took."""
    began = time.perf_counter()
    status = client.get(address).status_code
    assert status in {200, 302}, (status, address)
    return (time.perf_counter() - began) * 1000
