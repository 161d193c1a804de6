"""Email is queued with what it is about, and the worker sends it, whatever the mail server does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import connection as database
from django.db import transaction
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from connections.secrets import check_keys
from core.jobs.queue import enqueue
from core.jobs.state import read_queue_state
from core.mail.models import QueuedMail
from core.mail.queue import BACKOFF, deliver
from portal.devtools.processes import wait_until
from portal.installation import healthcheck
from portal.retention.job import prune_all
from projects.models import Invitation, User
from tests.mail_server import MailServer, mail_server
from tests.workers import clear_queue, jobs, let_time_pass, running_workers

LINK = re.compile(r"http://portal\.test/\S+")
SECONDS = 90.0
SCHEDULED = ("prune", "jobs.retry_stalled")

pytestmark = [
    pytest.mark.usefixtures("fresh_limits", "queue"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def queue(transactional_db: None, settings: Any) -> Iterator[None]:
    check_keys()
    settings.EMAIL_BACKEND = "core.mail.queue.QueueBackend"
    clear_queue()
    yield
    clear_queue()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def invite(client: Client, address: str = "ann@example.com") -> Any:
    typed = {"address": address, "role": "viewer"}
    return client.post("/projects/acme/settings/members/invite/", typed)


def delivered(server: MailServer) -> bool:
    return wait_until(lambda: bool(server.received), seconds=SECONDS)


def everything_stored() -> str:
    """What the database holds of jobs and messages, as somebody reads it who may read all."""
    rows: list[str] = []
    for table in ("procrastinate_jobs", "procrastinate_events", "mail_queuedmail"):
        with database.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            rows += [
                str([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor
            ]
    return "\n".join(rows)


def test_a_mail_server_that_hangs_delays_no_page_and_gets_the_message_later(
    as_owner: Client, owner: User, server: MailServer, tmp_path: Path
) -> None:
    server.hangs = True
    assert invite(as_owner).status_code == 302
    assert (
        Client(headers={"host": "portal.test"})
        .post("/password/reset/", {"email": owner.email})
        .status_code
        == 302
    )
    # The pages were answered before anybody spoke to the mail server.
    assert server.connections == []
    assert jobs("mail.deliver") == [("todo", 0)] * 2
    assert read_queue_state().jobs == {("mail.deliver", "waiting"): 2}

    heartbeat = tmp_path / "heartbeat"
    alive = {"EMAIL_URL": server.url, "MENKOU_HEARTBEAT_FILE": str(heartbeat)}
    with running_workers(tmp_path, **alive) as (worker,):
        assert wait_until(heartbeat.exists, seconds=SECONDS)
        healthcheck.check_worker(str(heartbeat))
        assert wait_until(lambda: len(server.connections) == 2, seconds=SECONDS)
        server.work()
        assert wait_until(lambda: jobs("mail.deliver") == [("todo", 1)] * 2, seconds=SECONDS)
        assert "An email waits for the next attempt: SMTPServerDisconnected" in worker.said()
        let_time_pass()
        assert wait_until(lambda: len(server.received) == 2, seconds=SECONDS)
        assert wait_until(lambda: jobs("mail.deliver") == [], seconds=SECONDS)
        assert worker.stop() == 0
        said = worker.said()

    assert {each["To"] for each in server.received} == {"ann@example.com", owner.email}
    assert not QueuedMail.objects.exists()
    for message in server.received:
        (link,) = LINK.findall(message.get_content())
        assert link not in said
        assert message["To"] not in said
    assert "The worker has stopped" in said


def test_messages_are_not_stored_or_logged_in_clear(
    as_owner: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "menkou"):
        invite(as_owner)

    token_hash = Invitation.objects.get().token_hash
    stored = everything_stored()
    assert str(QueuedMail.objects.get().pk) in stored
    for secret in ("ann@example.com", "/invitation/link/", token_hash, "Olga"):
        assert secret not in stored
    assert "ann@example.com" not in caplog.text
    assert "No worker runs: mail.deliver waits" in caplog.text


def test_what_is_rolled_back_sends_nothing() -> None:
    with transaction.atomic():
        send_mail("Subject", "text", None, ["ann@example.com"])
        assert jobs("mail.deliver") == [("todo", 0)]
        transaction.set_rollback(True)

    assert jobs("mail.deliver") == []
    assert not QueuedMail.objects.exists()


def test_an_invitation_whose_email_cannot_be_queued_is_not_made(
    as_owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs RENAME TO procrastinate_jobs_away")
    try:
        as_owner.raise_request_exception = False
        assert invite(as_owner).status_code >= 500
    finally:
        with database.cursor() as cursor:
            cursor.execute("ALTER TABLE procrastinate_jobs_away RENAME TO procrastinate_jobs")
    assert not Invitation.objects.exists()


def test_a_job_that_a_task_adds_belongs_to_the_transaction_of_the_task() -> None:
    # As in a worker, which has a connection of its own for the queue.
    queue = PsycopgConnector(kwargs=connector_params())
    with app.replace_connector(queue), transaction.atomic():
        enqueue(deliver, mail="of nobody")
        assert jobs("mail.deliver") == [("todo", 0)]
        transaction.set_rollback(True)

    assert jobs("mail.deliver") == []


def test_a_worker_that_is_killed_loses_no_message_and_stops_no_schedule(
    as_owner: Client, server: MailServer, tmp_path: Path
) -> None:
    server.hangs = True
    invite(as_owner)
    with running_workers(tmp_path, EMAIL_URL=server.url) as (worker,):
        assert wait_until(lambda: bool(server.connections), seconds=SECONDS)
        worker.kill()
    server.work()
    assert jobs("mail.deliver") == [("doing", 0)]
    leave_scheduled_jobs()
    let_time_pass()

    with running_workers(tmp_path, EMAIL_URL=server.url) as (worker,):
        assert delivered(server), worker.said()
        assert "mail.deliver was interrupted and is tried again" in worker.said()
        for task in SCHEDULED:
            assert wait_until(lambda task=task: jobs(task) == [], seconds=SECONDS)

    assert [each["To"] for each in server.received] == ["ann@example.com"]


def leave_scheduled_jobs() -> None:
    """Have a job of each schedule interrupted by a kill, and the next one waiting."""
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = ANY(%s)", [[*SCHEDULED]])
        for task, status in product(SCHEDULED, ("doing", "todo")):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (task_name, queue_name, status, lock,"
                " queueing_lock, args) VALUES (%s, 'default', %s::procrastinate_job_status,"
                " NULLIF(%s, 'jobs.retry_stalled'), %s, '{\"timestamp\": 0}')",
                [task, status, task, task],
            )


def test_a_worker_gets_over_lost_connections_and_refusals_and_ends_its_job_when_it_is_stopped(
    as_owner: Client, server: MailServer, tmp_path: Path
) -> None:
    with running_workers(tmp_path, EMAIL_URL=server.url) as (worker,):
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        invite(as_owner)
        assert delivered(server), worker.said()

        # A recipient who is refused is given up at once.
        server.refuses = True
        invite(as_owner, "nobody@example.com")
        assert wait_until(lambda: jobs("mail.deliver") == [("failed", 1)], seconds=SECONDS)
        said = worker.said()
        assert "An email was given up: SMTPRecipientsRefused" in said
        assert "nobody@example.com" not in said
        assert not QueuedMail.objects.exists()
        assert read_queue_state().jobs["mail.deliver", "failed"] == 1

        server.connections.clear()
        server.hangs = True
        invite(as_owner, "eve@example.com")
        assert wait_until(lambda: bool(server.connections), seconds=SECONDS)
        worker.process.terminate()
        time.sleep(1)
        assert worker.process.poll() is None
        server.work()
        assert worker.process.wait(timeout=SECONDS) == 0

    assert sorted(jobs("mail.deliver")) == [("failed", 1), ("todo", 1)]


def test_two_workers_prune_once(tmp_path: Path) -> None:
    with running_workers(tmp_path, 2) as workers:
        assert wait_until(
            lambda: any("Pruned: 0 sign-ins" in each.said() for each in workers), seconds=SECONDS
        )
        assert wait_until(lambda: jobs("prune") == [], seconds=SECONDS)
        assert [each.stop() for each in workers] == [0, 0]
        said = [each.said() for each in workers]

    assert sum(each.count("Pruned:") for each in said) == 1


def test_a_mail_is_tried_for_about_a_day_and_ever_more_rarely() -> None:
    waits = [BACKOFF.seconds_after(attempts) for attempts in range(BACKOFF.attempts - 1)]
    assert waits[:4] == [10, 20, 40, 80]
    assert max(waits) == 3600
    assert 20 * 3600 < sum(waits) < 28 * 3600


def test_a_task_that_must_not_wait_twice_is_added_once() -> None:
    with transaction.atomic():
        enqueue(prune_all, timestamp=0)
        enqueue(prune_all, timestamp=0)
        assert jobs("prune") == [("todo", 0)]

    assert jobs("prune") == [("todo", 0)]


def test_arguments_hold_no_data() -> None:
    with pytest.raises(ValueError, match="put the data in a row of its own"):
        enqueue(deliver, mail="x" * 65)
    assert jobs("mail.deliver") == []
