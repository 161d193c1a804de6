"""``manage.py prune``: what is old goes, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection as database
from django.db.models import QuerySet
from django.test import RequestFactory
from django.utils import timezone

from applications.models import (
    Application,
    AuthorizationRequest,
    DeveloperError,
    Grant,
    LogoutRequest,
    Token,
)
from applications.services import ApplicationFields, add_application
from connections.checking.results import store_result
from connections.checking.steps import CheckStep, StepName
from connections.drafts.typed_secrets import FormOwner, keep_typed_secrets
from connections.events import CONNECTION_CHANGED
from connections.models import (
    CheckedValues,
    CheckResult,
    Connection,
    EndUserSession,
    PendingSignIn,
    RevisionSecret,
    SignIn,
    StepVerdict,
    TypedSecret,
)
from connections.secrets import check_keys
from connections.services import change_connection
from core.limits.models import RateLimitBucket
from core.mail.models import QueuedMail
from core.request_origin import request_origin
from portal.retention.tables import RETENTION_RULES, prune_rows
from projects.models import Event, EventOrigin, Invitation, Project, User
from projects.tenants.services import rename_project
from signin.references import new_reference
from tests.cast import end_user_session, make_connection, proposal
from tests.workers import jobs

SIGN_INS = RETENTION_RULES[0]
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


def trial(connection: Connection, ago: timedelta, left: timedelta) -> None:
    """A trial that was made so long ago and can be finished for so long."""
    made = connection.trials.create(
        is_by_link=True,
        link_hash=str(ago),
        nonce="nonce",
        expires_at=timezone.now() + left,
    )
    connection.trials.filter(pk=made.pk).update(created_at=timezone.now() - ago)


def pending(connection: Connection, name: str, left: timedelta) -> None:
    PendingSignIn.objects.create(
        state_hash=name, connection=connection, expires_at=timezone.now() + left
    )


def session(name: str, left: timedelta) -> None:
    Session.objects.create(session_key=name, expire_date=timezone.now() + left)


def rename(project: Project, owner: User, ago: timedelta) -> EventOrigin:
    """Rename a project in a request of that time; return what is kept of the request."""
    request = RequestFactory().post("/")
    with (
        patch("django.utils.timezone.now", return_value=timezone.now() - ago),
        request_origin(request, "0123456789abcdef"),
    ):
        rename_project(project, name=f"Renamed {ago} ago", actor=owner)
    return EventOrigin.objects.latest("pk")


def failed_job(ago: timedelta) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "WITH job AS (INSERT INTO procrastinate_jobs (task_name, queue_name, status)"
            " VALUES ('prune', 'default', 'failed') RETURNING id)"
            " INSERT INTO procrastinate_events (job_id, type, at) SELECT id, 'failed', %s FROM job",
            [timezone.now() - ago],
        )


def shop(connection: Connection, person: User) -> None:
    """An application with one of everything that is old enough, and one that is not."""
    application, _secret = add_application(
        connection.project, ApplicationFields(name="Shop"), actor=None
    )
    now = timezone.now()
    for name, ago in (("gone", timedelta(days=1, minutes=1)), ("coming", timedelta(hours=23))):
        made = make_grant(application, person, code=name, expires_at=now - ago)
        made.tokens.create(hash=name, kind="access", expires_at=now - ago)
        application.requests.create(
            id_hash=name, parameters={}, expires_at=now - ago + timedelta(hours=1)
        )
    # An access token expires before the grant.
    made.tokens.create(hash="short", kind="access", expires_at=now - timedelta(days=2))
    # A code that nobody redeemed.
    make_grant(application, person, code="unused", expires_at=now - timedelta(days=2))
    # That of a session tells whom to tell when it ends.
    sid = person.sessions.get(key_hash="coming").sid  # type: ignore[attr-defined]
    for code in ("older", "newest"):
        Grant.objects.filter(
            pk=make_grant(application, person, code=code, expires_at=now - OLD).pk
        ).update(sid=sid)
    for cause, ago in (("gone", timedelta(days=31)), ("coming", timedelta(days=29))):
        application.errors.create(cause=cause, last_at=now - ago)
        with patch("django.utils.timezone.now", return_value=now - ago):
            application.deliveries.create(sid=sid, user=person.pk)
    for name, ago in (("gone", timedelta(hours=25)), ("coming", timedelta(hours=23))):
        with patch("django.utils.timezone.now", return_value=now - ago):
            LogoutRequest.objects.create(id_hash=name, project=application.project)


def make_grant(application: Application, person: User, *, code: str, expires_at: datetime) -> Grant:
    return Grant.objects.create(
        project=application.project,
        application=application,
        user=person,
        sid=uuid4(),
        auth_time=expires_at,
        redirect_uri="https://shop.example/callback",
        code_hash=code,
        code_expires_at=expires_at,
        expires_at=expires_at,
    )


def replace_secrets(connection: Connection, owner: User) -> QuerySet[RevisionSecret]:
    """A secret that two revisions had until 31 days ago, one that was replaced 29 days ago, and
    the live one.
    """
    changes: list[dict[str, Any]] = [
        {"labels": {"en": "Scan"}},
        {"secrets": {"client_secret": "1" * 32}},
        {"secrets": {"client_secret": "2" * 32}},
    ]
    for days, change in zip((40, 31, 29), changes, strict=True):
        with patch("django.utils.timezone.now", return_value=timezone.now() - timedelta(days=days)):
            change_connection(connection, proposal=proposal(**change), actor=owner)
    Event.objects.filter(action=CONNECTION_CHANGED.key).delete()
    return RevisionSecret.objects.all()


def abandoned_forms(connection: Connection, owner: User) -> None:
    """Secrets typed into two forms, one of them longer ago than an hour."""
    form = FormOwner(owner, connection.project, connection.provider, connection)
    for field, ago in (("gone", timedelta(minutes=61)), ("coming", timedelta(minutes=59))):
        with patch("django.utils.timezone.now", return_value=timezone.now() - ago):
            keep_typed_secrets(form, {field: "3" * 32})


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
    hour = timedelta(hours=1, minutes=1)
    sign_in(connection, OLD)
    kept = sign_in(connection, YOUNG)
    person = User.objects.create(project=connection.project, password="!")
    for name, left in (("past", -hour), ("coming", hour)):
        pending(connection, name, left)
        session(name, left)
        end_user_session(person, key_hash=name, expires_at=timezone.now() + left)
        RateLimitBucket.objects.create(key=uuid4(), full_at=timezone.now() + left)
    shop(connection, person)
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
    for ago in (OLD, YOUNG):
        connection.unreturned.create(hour=timezone.now() - ago, count=3)
    for days in (395, 397):
        connection.hours.create(hour=timezone.now() - timedelta(days=days))
    step = CheckStep(StepName.CREDENTIALS, StepVerdict.PASSED)
    for _check in range(3):
        store_result(connection, [step], checked=CheckedValues.LIVE, person=owner)
    alone = make_connection(connection.project, alias="alone")
    store_result(alone, [step], checked=CheckedValues.LIVE, person=owner)
    CheckResult.objects.update(at=timezone.now() - OLD)
    for days, left in ((31, -1), (29, -1), (1, 1)):
        trial(connection, timedelta(days=days), timedelta(minutes=2 * left))
    replaced = replace_secrets(connection, owner)
    abandoned_forms(connection, owner)
    failed_job(ago=timedelta(days=31))
    failed_job(ago=timedelta(days=29))
    for ago in (timedelta(days=31), timedelta(days=29)):
        with patch("django.utils.timezone.now", return_value=timezone.now() - ago):
            QueuedMail.objects.create(ciphertext=b"sealed")
    assert cached() == 2
    origins = [rename(connection.project, owner, ago) for ago in (9 * OLD, OLD, YOUNG)]

    assert run() == [
        "1 sign-ins",
        "2 origins of changes",
        "1 unfinished sign-ins",
        "0 secrets of expired sign-ins",
        "1 secrets of abandoned forms",
        "2 replaced secrets of connections",
        "1 hourly counts of people who never came back",
        "1 hourly numbers of connections",
        "2 secrets of expired trials",
        "1 trials of sign-ins",
        "2 checks of connections",
        "1 expired invitations",
        "1 expired sessions of end users",
        "1 old authorization requests",
        "2 expired tokens",
        "3 expired codes and grants",
        "1 old sign-out requests",
        "1 logout messages",
        "1 mistakes of applications",
        "1 expired sessions of operators",
        "1 failed jobs",
        "1 undelivered emails without a job",
        "1 expired attempt counts",
        "1 expired rate limits",
    ]

    assert SignIn.objects.get() == kept
    assert PendingSignIn.objects.get().pk == "coming"
    assert sorted(connection.unreturned.values_list("count", flat=True)) == [1, 3]
    assert connection.hours.get().hour > timezone.now() - timedelta(days=396)
    assert Invitation.objects.get().token_hash == "coming"
    assert sorted(connection.trials.values_list("nonce", flat=True)) == ["", "nonce"]
    assert [each.is_removed for each in replaced.order_by("pk")] == [True, True, False, False]
    assert all(each.fingerprint for each in replaced.all())
    assert TypedSecret.objects.get().field == "coming"
    assert Session.objects.get().pk == "coming"
    assert EndUserSession.objects.get().key_hash == "coming"
    assert AuthorizationRequest.objects.get().pk == "coming"
    assert Token.objects.get().pk == "coming"
    assert {each.code_hash for each in Grant.objects.all()} == {"coming", "newest"}
    assert DeveloperError.objects.get().cause == "coming"
    assert RateLimitBucket.objects.get().full_at > timezone.now()
    assert (cache.get("coming"), cached()) == (1, 1)
    assert Event.objects.count() == 4
    assert EventOrigin.objects.get() == origins[-1]
    assert QueuedMail.objects.count() == 1
    assert jobs("prune") == [("failed", 0)]


def test_a_second_run_finds_nothing(connection: Connection) -> None:
    sign_in(connection, OLD)
    run()
    assert [line.split()[0] for line in run()] == ["0"] * len(RETENTION_RULES)


def test_more_than_a_batch_goes_all_the_same(connection: Connection) -> None:
    for _number in range(7):
        sign_in(connection, OLD)
    kept = sign_in(connection, YOUNG)
    assert prune_rows(SIGN_INS, batch=3) == 7
    assert SignIn.objects.get() == kept
