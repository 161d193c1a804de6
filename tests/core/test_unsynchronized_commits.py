"""Statements that commit without waiting for the disk: a crash that undoes them costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection as database

from applications.protocol.client_authentication import Credentials, find_application
from connections.models import Connection
from core.limits.rate import Allowance, make_allowance
from projects.models import Project
from signin.state import consume_pending, find_connection, save_pending
from tests.cast import make_connection

Step = Callable[[Connection, Allowance], object]


def count_application(connection: Connection, allowance: Allowance) -> object:
    return find_application(connection.project, Credentials("unknown"), allowance)


def find(connection: Connection, allowance: Allowance) -> object:
    return find_connection(connection.project, connection.alias, allowance=allowance)


def save(connection: Connection, allowance: Allowance) -> object:
    return save_pending(connection, state="s", browser="b", pkce_verifier="", next_path="")


def consume(connection: Connection, allowance: Allowance) -> object:
    return consume_pending(
        connection.project,
        connection.alias,
        state="s",
        browser="b",
        attempt=uuid4(),
        allowance=allowance,
    )


@pytest.mark.parametrize("step", [count_application, find, save, consume])
def test_it_does_not_wait_for_the_disk(project: Project, step: Step) -> None:
    connection = make_connection(project)
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")

        step(connection, make_allowance("test", project.pk, amount=10))

        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db(transaction=True)
def test_the_next_commit_waits_again(project: Project) -> None:
    connection = make_connection(project)
    with database.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        try:
            save(connection, make_allowance("test", project.pk, amount=10))

            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
        finally:
            cursor.execute("RESET synchronous_commit")
