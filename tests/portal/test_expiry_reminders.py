"""Owners are reminded of what expires: of each date at each step once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from procrastinate.contrib.django import app

from connections.expiry.parts import ExpiringPart
from connections.expiry.reminders import due_step
from connections.models import Connection, ExpiryReminder
from core.mail.models import QueuedMail
from portal.expiry.job import RemindersFailed, remind_owners
from projects.models import Membership, Project, Role, User
from tests.cast import APPSECRET, make_connection
from tests.rows import each_row

FIELD = "client_secret_expires_on"
NOON = datetime(2027, 5, 1, 12, tzinfo=UTC)
OLGA = "olga@example.com"


def expiring(project: Project, day: str, **given: Any) -> Connection:
    return make_connection(project, **{FIELD: day, **given})


def remind(day: str) -> list[str]:
    """Run the job on a day; return the subjects of what it sends."""
    mail.outbox.clear()
    remind_owners(datetime.fromisoformat(day).replace(hour=6, tzinfo=UTC))
    return [message.subject for message in mail.outbox]


STEPS = {61: None, 60: 60, 59: 60, 31: 60, 30: 30, 8: 30, 7: 7, 2: 7, 1: 1, 0: 0, -1: 0, -30: 0}


@each_row("days, step", [*STEPS.items(), (-31, None)])
def test_the_latest_step_is_due(days: int, step: int | None) -> None:
    part = ExpiringPart(
        connection=Connection(),
        key="client_secret",
        name="Client Secret",
        on=NOON.date() + timedelta(days=days),
        days_left=days,
        has_expired=days < 0,
        is_entered=True,
        remedy="",
    )
    assert due_step(part) == step


EXPIRY = "2027-05-31"
DAYS = [
    # when the job runs, one day after the other, and on which of them it sends something
    (["2027-04-01", "2027-04-02", "2027-04-03"], ["2027-04-01"]),
    (["2027-03-31", "2027-04-01"], ["2027-04-01"]),
    (["2027-05-01", "2027-05-23", "2027-05-24", "2027-05-29"], ["2027-05-01", "2027-05-24"]),
    # It did not run for weeks, or the date was entered late: only the latest step is sent.
    (["2027-03-01", "2027-05-30", "2027-05-31"], ["2027-05-30", "2027-05-31"]),
    (["2027-05-31", "2027-06-01", "2027-06-02"], ["2027-05-31"]),
    (["2027-06-10", "2027-06-11"], ["2027-06-10"]),
    (["2027-07-10"], []),
]


@each_row("days, sent", DAYS, undo=True)
def test_each_step_is_sent_once(
    project: Project, owner: User, days: list[str], sent: list[str]
) -> None:
    expiring(project, EXPIRY)

    assert [day for day in days if remind(day)] == sent
    assert ExpiryReminder.objects.count() == bool(sent)


def test_every_day_of_its_life(project: Project, owner: User) -> None:
    expiring(project, EXPIRY)
    first = date(2027, 3, 1)
    sent = [
        (date.fromisoformat(EXPIRY) - day).days
        for day in (first + timedelta(days=count) for count in range(150))
        if remind(day.isoformat())
    ]
    assert sent == [60, 30, 7, 1, 0]


def test_a_changed_date_starts_over(project: Project, owner: User) -> None:
    connection = expiring(project, EXPIRY)
    assert remind("2027-05-01")
    for day in ("2027-06-20", EXPIRY):
        connection.settings[FIELD] = day
        connection.save()
        assert remind("2027-05-02")
        assert not remind("2027-05-03")

    del connection.settings[FIELD]
    connection.save()
    assert not remind("2027-05-31")


def test_a_connection_that_is_turned_off_reminds_nobody_until_it_is_turned_on(
    project: Project, owner: User
) -> None:
    connection = expiring(project, EXPIRY, enabled=False)
    assert not remind("2027-05-01")
    connection.enabled = True
    connection.save()
    assert remind("2027-05-02")


def add_owner(project: Project, name: str, language: str = "") -> User:
    person = User.objects.create_user(f"{name}@example.com", "x" * 20, name=name, language=language)
    Membership.objects.create(project=project, user=person, role=Role.OWNER)
    return person


def test_every_owner_is_told_in_their_language(
    project: Project, owner: User, editor: User, viewer: User
) -> None:
    add_owner(project, "lei", "zh-hans")
    add_owner(project, "gone").__class__.objects.filter(name="gone").update(is_active=False)
    connection = expiring(project, EXPIRY)
    remind("2027-05-24")

    by_person = {message.to[0]: message for message in mail.outbox}
    assert set(by_person) == {OLGA, "lei@example.com"}
    english, chinese = by_person[OLGA], by_person["lei@example.com"]
    assert english.subject == (
        "Acme, “Sign in with WeChat”: Client Secret (AppSecret) expires in 7 days, on 31 May 2027."
    )
    assert "Create a new one in the provider's console" in str(english.body)
    assert chinese.subject == (
        "Acme：“微信登录”的“Client Secret（AppSecret）”将在 7 天后（2027年5月31日）到期。"
    )
    link = "http://portal.test/projects/acme/connections/wechat_web/#id_client_secret"
    for message in by_person.values():
        assert link in str(message.body)
        for secret in (APPSECRET, APPSECRET[-4:], connection.secrets.get().fingerprint):
            assert secret not in f"{message.subject} {message.body}"
    assert not re.search("[A-Za-z]{4,} [a-z]{3,} [a-z]{3,}", str(chinese.body)), "English words"


def test_one_email_says_all_that_is_due(project: Project, owner: User) -> None:
    for alias, day in (("first", "2027-05-08"), ("second", "2027-04-30"), ("third", "2027-12-31")):
        expiring(project, day, alias=alias)

    assert remind("2027-05-01") == ["Acme: 2 secrets or certificates have expired or expire soon"]
    body = str(mail.outbox[0].body)
    assert body.index("(second)") < body.index("expired on 30 Apr 2027") < body.index("(first)")
    assert "(third)" not in body
    assert "\n\n\n" not in body


def break_settings(project: Project) -> None:
    """Make the date of a connection one that no form has saved."""
    expiring(project, "not a date", alias="broken")


def test_a_failure_does_not_keep_other_projects_from_being_reminded(
    project: Project, owner: User, other_project: Project, stranger: User
) -> None:
    break_settings(other_project if other_project.pk < project.pk else project)
    healthy = project if other_project.pk < project.pk else other_project
    expiring(healthy, EXPIRY)

    with pytest.raises(RemindersFailed, match="1 projects"):
        remind("2027-05-01")
    assert len(mail.outbox) == 1
    # The retry says nothing twice.
    with pytest.raises(RemindersFailed):
        remind("2027-05-01")
    assert not mail.outbox


class NobodyThere(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("connection to mail.example.com refused")


def test_what_could_not_be_sent_is_sent_later(project: Project, owner: User, settings: Any) -> None:
    expiring(project, EXPIRY)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.NobodyThere"
    with pytest.raises(RemindersFailed):
        remind("2027-05-01")

    settings.EMAIL_BACKEND = backend
    assert len(remind("2027-05-02")) == 1


def test_without_a_mail_server_nothing_counts_as_sent(
    project: Project, owner: User, settings: Any
) -> None:
    expiring(project, EXPIRY)
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert not remind("2027-05-01")

    settings.EMAIL_BACKEND = backend
    assert len(remind("2027-05-02")) == 1


def test_a_project_without_an_owner_fails_nobody(project: Project) -> None:
    expiring(project, EXPIRY)
    assert not remind("2027-05-01")


def test_the_email_waits_in_the_queue_sealed(project: Project, owner: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "core.mail.queue.QueueBackend"
    expiring(project, EXPIRY)
    assert remind_owners(NOON) == 1
    assert QueuedMail.objects.count() == 1
    assert b"WeChat" not in bytes(QueuedMail.objects.get().ciphertext)
    assert remind_owners(NOON) == 0


def test_the_job_is_on_the_schedule_of_workers() -> None:
    app.perform_import_paths()
    scheduled = {
        task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()
    }
    assert scheduled["connections.remind_of_expiry"] == "7 6 * * *"
