"""Databases of our own, which are gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def scratch_database(given: str, name: str, *, template: str = "template1") -> Iterator[str]:
    """A new database on the server of the given address; its own address."""
    identifier = sql.Identifier(name)
    server = at(given, "postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(command.format(identifier, sql.Identifier(template)))
    try:
        yield at(given, name)
    finally:
        # A connection that idled for minutes may have been closed by then.
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def at(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def vacuum(url: str) -> None:
    """Let PostgreSQL know what there is, as it would after a while by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def create_tables() -> None:
    """Create the tables of all apps from their models; migrations would take seconds longer."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
