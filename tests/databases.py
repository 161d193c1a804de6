"""Databases beside the test's own, each gone afterwards."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from psycopg import sql

from portal.devtools.child_environments import plain_environment
from portal.devtools.folders import ROOT
from portal.devtools.postgres.binaries import find_installation

# Any number that nobody else locks.
TEMPLATE_LOCK = 4711
# Migrating has filled them, and nothing else writes to them.
FILLED = {"django_content_type", "auth_permission"}
# In the order in which Django applies them.
LAST_MIGRATION = ("socialaccount", "0006_alter_socialaccount_extra_data")
IS_THERE = "SELECT FROM pg_database WHERE datname = %s"


def fresh_database(name: str = "server") -> Database:
    """An empty database."""
    return Database(name)


def migrated_database(name: str = "server") -> Database:
    """A database with all tables and no rows."""
    return Database(name, template=template_database())


@contextmanager
def database_to_migrate(name: str = "server") -> Iterator[str]:
    """A database in which the last migration is missing: to apply all of them takes seconds."""
    with migrated_database(name) as url:
        with psycopg.connect(url) as connection:
            table = "socialaccount_socialaccount"
            connection.execute(f"ALTER TABLE {table} ALTER COLUMN extra_data TYPE text")
            delete = "DELETE FROM django_migrations WHERE (app, name) = (%s, %s)"
            assert connection.execute(delete, LAST_MIGRATION).rowcount == 1
        yield url


def is_migrated(url: str) -> bool:
    """Whether the migration that `database_to_migrate` leaves out has been applied."""
    with psycopg.connect(url) as connection:
        find = "SELECT FROM django_migrations WHERE (app, name) = (%s, %s)"
        return connection.execute(find, LAST_MIGRATION).fetchone() is not None


def create_tables(url: str) -> None:
    """Give an empty database of another server all tables, as migrating would."""
    programs = find_installation() / "bin"
    with migrated_database("copied") as copied:
        dump = subprocess.run(
            [str(programs / "pg_dump"), "--no-owner", copied], check=True, capture_output=True
        ).stdout
    restore = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    subprocess.run(
        [str(programs / "psql"), *restore, url], input=dump, check=True, capture_output=True
    )


class Database:
    """A database for the length of the block; its URL is given."""

    def __init__(self, name: str, *, template: str = "template1") -> None:
        self.name = f"{name}_{os.getpid()}_{secrets.token_hex(4)}"
        self.template = template

    def __enter__(self) -> str:
        with administrator() as connection:
            create(connection, self.name, template=self.template)
        return url_of(self.name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with administrator() as connection:
            drop(connection, self.name)


def template_database() -> str:
    """Return the migrated database of this test run, made by the first process that needs it."""
    name = _template_name()
    unfinished = f"{name}_unfinished"
    with administrator() as connection:
        # Until the connection is closed.
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if connection.execute(IS_THERE, [name]).fetchone() is None:
            drop(connection, unfinished)
            create(connection, unfinished)
            _migrate(url_of(unfinished))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def drop_template_database() -> None:
    """Drop what `template_database` made."""
    with administrator() as connection:
        drop(connection, _template_name())


def delete_rows() -> None:
    """Leave the test's database as migrating has made it.

    TRUNCATE, which Django uses, makes new files for every table and index: a quarter of a second
    of processor time for the few rows of a test.
    """
    tables = set(database.introspection.django_table_names(only_existing=True, include_views=False))
    names = [sql.Identifier(table) for table in sorted(tables - FILLED)]
    lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names))
    # As with TRUNCATE, no trigger fires, and whoever still writes has finished before.
    quiet = sql.SQL("SET LOCAL session_replication_role = replica")
    deletions = (sql.SQL("DELETE FROM {}").format(name) for name in names)
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join([lock, quiet, *deletions]))


def administrator() -> psycopg.Connection:
    """Return a connection to the server, outside the databases of the tests."""
    return psycopg.connect(url_of("postgres"), autocommit=True)


def create(connection: psycopg.Connection, name: str, *, template: str = "template1") -> None:
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def drop(connection: psycopg.Connection, name: str) -> None:
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    connection.execute(command.format(sql.Identifier(name)))


def url_of(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _template_name() -> str:
    # The processes of a run have one parent, which drops the database.
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return f"menkou_template_{run}"


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env={
            **plain_environment(),
            "DATABASE_URL": url,
            "MENKOU_ENV": "test",
            "MENKOU_PORTAL_HOST": settings.MENKOU_PORTAL_HOST,
            "MENKOU_PROJECT_DOMAIN": settings.MENKOU_PROJECT_DOMAIN,
            "SECRET_KEY": settings.SECRET_KEY,
        },
        check=True,
    )
