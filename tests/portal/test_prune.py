"""``manage.py prune``: what is old goes, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from connections.models import Attempts, Connection, JunkCallbacks, PendingSignIn, SignIn
from connections.secrets import check_keys
from connections.signin.references import new_reference
from portal.retention import EVERYTHING, prune
from projects.models import Event, Invitation, Project, User
from projects.services import rename_project
from tests.cast import make_connection

SIGN_INS = EVERYTHING[0]
OLD, YOUNG = timedelta(days=90, minutes=1), timedelta(days=89, hours=23)


@pytest.fixture
def connection(project: Project) -> Connection:
    check_keys()
    return make_connection(project)


def sign_in(connection: Connection, ago: timedelta) -> SignIn:
    with patch("django.utils.timezone.now", return_value=timezone.now() - ago):
        return SignIn.objects.create(
            project=connection.project,
            connection=connection,
            reference=new_reference(),
            outcome="ok",
            started_at=timezone.now(),
        )


def pending(connection: Connection, name: str, left: timedelta) -> None:
    PendingSignIn.objects.create(
        state_hash=name, connection=connection, expires_at=timezone.now() + left
    )


def session(name: str, left: timedelta) -> None:
    Session.objects.create(session_key=name, expire_date=timezone.now() + left)


def cached() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_cache")
        return int(cursor.fetchone()[0])


def run() -> list[str]:
    said = StringIO()
    call_command("prune", stdout=said)
    return said.getvalue().splitlines()


@pytest.mark.usefixtures("fresh_limits")
def test_what_is_old_goes_and_the_rest_stays(connection: Connection, owner: User) -> None:
    hour = timedelta(hours=1)
    sign_in(connection, OLD)
    kept = sign_in(connection, YOUNG)
    today = timezone.now().date()
    for days in (91, 89):
        JunkCallbacks.objects.create(connection=connection, day=today - timedelta(days=days))
    for name, left in (("past", -hour), ("coming", hour)):
        pending(connection, name, left)
        session(name, left)
        Attempts.objects.create(key=uuid4(), whole_at=timezone.now() + left)
    with patch("time.time", return_value=0):
        cache.set("past", 1, timeout=1)
    cache.set("coming", 1, timeout=3600)
    for name, ago in (("gone", OLD), ("coming", YOUNG)):
        Invitation.objects.create(
            project=connection.project,
            address=f"{name}@example.com",
            role="viewer",
            token_hash=name,
            expires_at=timezone.now() - ago,
        )
    assert cached() == 2
    with patch("django.utils.timezone.now", return_value=timezone.now() - 9 * OLD):
        rename_project(connection.project, name="New", actor=owner)

    assert run() == [
        "1 sign-ins",
        "1 counts of callbacks that belong to nobody",
        "1 sign-ins that were never finished",
        "1 invitations that are over",
        "1 sessions that ended",
        "1 counts of attempts that passed",
        "1 counts of rate limits that passed",
    ]

    assert SignIn.objects.get() == kept
    assert JunkCallbacks.objects.get().day == today - timedelta(days=89)
    assert PendingSignIn.objects.get().pk == "coming"
    assert Invitation.objects.get().token_hash == "coming"
    assert Session.objects.get().pk == "coming"
    assert Attempts.objects.get().whole_at > timezone.now()
    assert (cache.get("coming"), cached()) == (1, 1)
    assert Event.objects.count() == 1


def test_a_second_run_finds_nothing(connection: Connection) -> None:
    sign_in(connection, OLD)
    run()
    assert [line.split()[0] for line in run()] == ["0"] * len(EVERYTHING)


def test_more_than_a_batch_goes_all_the_same(connection: Connection) -> None:
    for _number in range(7):
        sign_in(connection, OLD)
    kept = sign_in(connection, YOUNG)
    assert prune(SIGN_INS, batch=3) == 7
    assert SignIn.objects.get() == kept
