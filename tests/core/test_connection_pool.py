"""The pool hands out connections that work, and asks only those that look broken."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection as database
from psycopg_pool import ConnectionPool

from core.postgresql.base import CheckedPool, has_pending_data
from core.postgresql.listener import direct_connection_parameters
from projects.models import Project
from tests.waiting import wait_until


@pytest.fixture
def pool(transactional_db: None) -> Iterator[CheckedPool]:
    """A pool of one connection to the tests' own database."""
    options = {**direct_connection_parameters(), "autocommit": True}
    with ConnectionPool(kwargs=options, min_size=1, max_size=1, timeout=5, open=True) as inner:
        inner.wait()
        yield CheckedPool(inner)


@pytest.fixture
def onlooker(transactional_db: None) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**{**direct_connection_parameters(), "autocommit": True}) as connection:
        yield connection


def last_statement(onlooker: psycopg.Connection, pid: int) -> str:
    row = onlooker.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert row
    return str(row[0])


def end(onlooker: psycopg.Connection, pid: int) -> None:
    """End a backend, and wait until it is gone."""
    onlooker.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_quiet_connection_is_lent_without_a_question(
    pool: CheckedPool, onlooker: psycopg.Connection
) -> None:
    connection = pool.getconn()
    connection.execute("SELECT 'the last words'")
    pool.putconn(connection)

    again = pool.getconn()

    assert again is connection
    assert last_statement(onlooker, again.info.backend_pid) == "SELECT 'the last words'"
    pool.putconn(again)


def test_one_that_the_server_has_ended_is_replaced(
    pool: CheckedPool, onlooker: psycopg.Connection
) -> None:
    ended = pool.getconn()
    pid = ended.info.backend_pid
    assert not has_pending_data(ended)
    pool.putconn(ended)
    end(onlooker, pid)
    assert has_pending_data(ended)

    working = pool.getconn()

    assert working.info.backend_pid != pid
    assert working.execute("SELECT 1").fetchone() == (1,)
    pool.putconn(working)


def test_one_that_heard_something_else_is_asked_and_lent(
    pool: CheckedPool, onlooker: psycopg.Connection
) -> None:
    connection = pool.getconn()
    connection.execute("LISTEN words")
    pool.putconn(connection)
    onlooker.execute("NOTIFY words")
    wait_until(lambda: has_pending_data(connection))

    again = pool.getconn()

    assert again is connection
    assert not has_pending_data(again)
    assert last_statement(onlooker, again.info.backend_pid) == ""
    pool.putconn(again)


def test_statements_that_are_sent_often_are_prepared(transactional_db: None) -> None:
    database.close()
    for _time in range(4):
        assert not Project.objects.filter(slug="nobody").exists()

    with database.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        (statement,) = cursor.fetchone()
        assert "projects_project" in statement
        # The value is no part of it.
        assert "$1" in statement
    database.close()


@pytest.mark.django_db
def test_postgresql_compiles_no_statement() -> None:
    with database.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
