"""Compares the database's migrations with those of this release."""

from __future__ import annotations

import sys
from functools import cache

from django.db import ProgrammingError
from django.db import connection as database
from django.db.migrations.loader import MigrationLoader

Migration = tuple[str, str]
APPLIED = "SELECT app || '.' || name FROM django_migrations"


@cache
def release_migrations() -> tuple[frozenset[Migration], frozenset[Migration]]:
    """Return the last migrations of this release, and all of them."""
    loaded_before = set(sys.modules)
    loader = MigrationLoader(None)
    replaced = {name for each in loader.disk_migrations.values() for name in each.replaces}
    found = frozenset(loader.graph.leaf_nodes()), frozenset(loader.disk_migrations) | replaced
    unload_migrations(set(sys.modules) - loaded_before)
    return found


def unload_migrations(loaded: set[str]) -> None:
    """Unload those of the modules that are migrations: a server needs them only once."""
    for name in loaded:
        package, _dot, module = name.rpartition(".")
        if package.endswith(".migrations"):
            delattr(sys.modules[package], module)
            del sys.modules[name]


def compare_migrations(applied: frozenset[Migration]) -> str:
    """Return "ok", "behind" if migrations are missing, or "ahead" if a newer release added some.

    A program with tables of a newer release would write rows that the newer one does not expect.
    """
    last, known = release_migrations()
    apps = {app for app, _name in known}
    if any(app in apps and (app, name) not in known for app, name in applied):
        return "ahead"
    return "ok" if last <= applied else "behind"


def parse_migrations(names: list[str]) -> frozenset[Migration]:
    """Parse the rows of APPLIED."""
    return frozenset((app, name) for app, _dot, name in (each.partition(".") for each in names))


def check_migrations() -> str:
    """Compare the database's migrations; see `compare_migrations`."""
    try:
        with database.cursor() as cursor:
            cursor.execute(APPLIED)
            names = [name for (name,) in cursor.fetchall()]
    except ProgrammingError:
        return "behind"  # there are no tables at all
    return compare_migrations(parse_migrations(names))
