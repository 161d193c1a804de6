"""Databases beside the test's own, each gone afterwards."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from types import TracebackType
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql

from portal.devtools.child_environments import plain_environment
from portal.devtools.folders import ROOT

# Any number that nobody else locks.
TEMPLATE_LOCK = 4711
IS_THERE = "SELECT FROM pg_database WHERE datname = %s"


def fresh_database(name: str = "server") -> Database:
    """An empty database."""
    return Database(name)


def migrated_database(name: str = "server") -> Database:
    """A database with all tables and no rows."""
    return Database(name, template=template_database())


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
