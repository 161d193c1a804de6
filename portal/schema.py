"""Whether the database's tables are those of this release."""

from __future__ import annotations

from functools import cache

from django.db import ProgrammingError
from django.db import connection as database
from django.db.migrations.loader import MigrationLoader

Migration = tuple[str, str]
APPLIED = "SELECT app || '.' || name FROM django_migrations"


@cache
def of_this_release() -> tuple[frozenset[Migration], frozenset[Migration]]:
    """Return the last migrations of this release, and all of them."""
    loader = MigrationLoader(None)
    replaced = {name for each in loader.disk_migrations.values() for name in each.replaces}
    return frozenset(loader.graph.leaf_nodes()), frozenset(loader.disk_migrations) | replaced


def compared(applied: frozenset[Migration]) -> str:
    """Return "ok", "behind" where tables are missing, "ahead" where a newer release made some.

    A program that meets tables of a newer release would write rows that the newer one does not
    expect, so it had better not answer.
    """
    last, known = of_this_release()
    apps = {app for app, _name in known}
    if any(app in apps and (app, name) not in known for app, name in applied):
        return "ahead"
    return "ok" if last <= applied else "behind"


def read(names: list[str]) -> frozenset[Migration]:
    """Return what rows of APPLIED mean."""
    return frozenset((app, name) for app, _dot, name in (each.partition(".") for each in names))


def found() -> str:
    """Return how the database's tables compare."""
    try:
        with database.cursor() as cursor:
            cursor.execute(APPLIED)
            names = [name for (name,) in cursor.fetchall()]
    except ProgrammingError:
        return "behind"  # there are no tables at all
    return compared(read(names))
