"""Load balancers are told whether a process lives and whether it can work, and nothing else."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client

from connections.secrets import check_keys
from core.keyring.keyset import create_keyset
from core.keyring.models import KeyCanary
from core.observability import metrics
from portal.server.readiness import Readiness, ReadinessCache, clock_offset, readiness_cache
from projects.models import Project
from tests.cast import client_of, make_connection, open_secret

PORTAL, TENANT = "portal.test", "acme.login.test"
WELL = {
    "ready": True,
    "database": "ok",
    "migrations": "ok",
    "keys": "ok",
    "clock": "ok",
    "clock_offset_seconds": 0.0,
}
GOOD = Readiness("ok", "ok", "ok", "ok", 0.0)


def truncated(file: Path) -> None:
    file.write_text(file.read_text()[:40])


def emptied(file: Path) -> None:
    file.write_text("")


def nested(file: Path) -> None:
    file.write_text("[" * 100_000)


def missing(file: Path) -> None:
    file.unlink()


def replaced(file: Path) -> None:
    """By another installation's, as a deployment gone wrong does it."""
    create_keyset(file.with_name("other.json"))
    file.with_name("other.json").replace(file)


def open_to_others(file: Path) -> None:
    file.chmod(0o644)


def a_folder(file: Path) -> None:
    """As a container makes one where the file to be mounted is missing."""
    file.unlink()
    file.mkdir()


SAID: dict[Callable[[Path], None], list[str]] = {
    truncated: ["contains no usable keyset"],
    emptied: ["contains no usable keyset"],
    nested: ["contains no usable keyset"],
    missing: ["cannot be read: No such file or directory"],
    replaced: ["does not belong to this database's secrets"],
    open_to_others: ["Other users can read the key file. Set its mode to 600"],
    a_folder: ["cannot be read: Is a directory", "contains no usable keyset"],
}
DAMAGE = list(SAID)


def repair(file: Path, content: bytes) -> None:
    """Put the right file in its place, as docs/production.md does."""
    if file.is_dir():
        file.rmdir()
    beside = file.with_name("keyset.json.new")
    beside.touch(0o600)
    beside.write_bytes(content)
    beside.replace(file)


def keys_in(content: bytes) -> list[str]:
    return [key["keyData"]["value"] for key in json.loads(content)["key"]]


@pytest.fixture
def client(db: None) -> Client:
    return client_of(PORTAL)


def told(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


class TestEveryHost:
    @pytest.mark.parametrize("host", [PORTAL, TENANT, "10.0.0.7:8000", "nobody.example", "x_y"])
    def test_it_answers(self, project: Project, host: str) -> None:
        check_keys()
        client = client_of(host)
        assert client.get("/healthz").content == b"ok\n"
        assert told(client) == (200, WELL)
        for path in ("/healthz", "/readyz"):
            assert "no-store" in client.get(path).headers["cache-control"]
        assert not client.cookies

    @pytest.mark.parametrize("path", ["/metrics", "/metrics/"])
    @pytest.mark.parametrize("host", [PORTAL, TENANT])
    def test_it_tells_no_metrics(self, project: Project, host: str, path: str) -> None:
        answer = client_of(host).get(path)
        assert answer.status_code == 404
        assert b"menkou_" not in answer.content


class TestReady:
    def test_asking_writes_and_locks_nothing(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        check_keys()
        with django_assert_num_queries(2) as seen:
            assert told(client) == (200, WELL)
        for each in seen.captured_queries:
            assert each["sql"].startswith("SELECT ")
            assert "FOR UPDATE" not in each["sql"]

    def test_asking_again_within_a_second_costs_the_database_nothing(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        check_keys()
        told(client)
        with django_assert_num_queries(0):
            for _ in range(20):
                assert told(client) == (200, WELL)

    def test_a_database_that_no_server_has_used_yet_is_not_ready_and_stays_so(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            assert told(client) == (503, {**WELL, "ready": False, "keys": "wrong"})
        assert not KeyCanary.objects.exists()
        # A load balancer asks every few seconds; the log would hold nothing else.
        assert [record.getMessage() for record in caplog.records] == [
            "not ready: keys wrong; our clock is 0.0 s ahead of the database's. The database "
            "has no key canary yet. The server creates it when it starts."
        ]

    @pytest.mark.parametrize("content", [b"\xff\xfe", None])
    def test_keys_that_cannot_be_read_are_not_ready(
        self, client: Client, settings: Any, tmp_path: Path, content: bytes | None
    ) -> None:
        check_keys()
        settings.MENKOU_KEYSET_FILE = str(tmp_path / "keyset.json")
        if content:
            (tmp_path / "keyset.json").write_bytes(content)
        assert told(client) == (503, {**WELL, "ready": False, "keys": "wrong"})

    def test_19_the_wrong_keys_are_not_ready_and_change_nothing(
        self, client: Client, settings: Any, tmp_path: Path
    ) -> None:
        check_keys()
        before = KeyCanary.objects.values().get()
        settings.MENKOU_KEYSET_FILE = str(tmp_path / "other.json")
        create_keyset(tmp_path / "other.json")
        assert told(client) == (503, {**WELL, "ready": False, "keys": "wrong"})
        assert client.get("/healthz").status_code == 200
        assert KeyCanary.objects.values().get() == before

    @pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
    def test_93_a_keyset_that_is_damaged_while_we_run_is_not_ready_until_it_is_repaired(
        self,
        client: Client,
        project: Project,
        settings: Any,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
        damage: Callable[[Path], None],
    ) -> None:
        file = tmp_path / "keyset.json"
        settings.MENKOU_KEYSET_FILE = str(file)
        create_keyset(file)
        check_keys()
        connection = make_connection(project)
        assert told(client) == (200, WELL)
        before = file.read_bytes()
        settings.MENKOU_ENV = "production"  # there alone the mode counts

        damage(file)
        readiness_cache.clear()

        assert told(client) == (503, {**WELL, "ready": False, "keys": "wrong"})
        assert metrics.keyset_wrong.collect()[0].samples[0].value == 1
        # This process has read the keys before.
        assert open_secret(connection, "client_secret")
        (line,) = caplog.messages
        assert line.startswith("not ready: keys wrong; our clock is 0.0 s ahead")
        assert any(words in line for words in SAID[damage])
        assert file.name in line
        assert ("does not belong to" in line) == (damage is replaced)
        assert not [key for key in keys_in(before) if key in line]

        repair(file, before)
        readiness_cache.clear()
        assert told(client) == (200, WELL)
        assert metrics.keyset_wrong.collect()[0].samples[0].value == 0

    def test_tables_of_a_newer_release_are_not_ready(self, client: Client) -> None:
        check_keys()
        applied(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('projects', '9999_later', now())"
        )
        assert told(client) == (503, {**WELL, "ready": False, "migrations": "ahead"})

    def test_tables_that_are_not_migrated_are_not_ready(self, client: Client) -> None:
        check_keys()
        applied("DELETE FROM django_migrations WHERE app = 'projects'")
        assert told(client) == (503, {**WELL, "ready": False, "migrations": "behind"})

    def test_tables_of_a_program_that_is_not_ours_do_not_matter(self, client: Client) -> None:
        check_keys()
        applied(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('wiki', '0001_initial', now())"
        )
        assert told(client) == (200, WELL)

    @pytest.mark.parametrize(
        ("wrong_by", "status", "word"), [(29, 200, "ok"), (31, 503, "off"), (-31, 503, "off")]
    )
    def test_a_clock_that_is_off_by_more_than_half_a_minute_is_not_ready(
        self, client: Client, wrong_by: int, status: int, word: str
    ) -> None:
        check_keys()
        # The database's clock cannot be put wrong, but its word for it can be taken over.
        applied(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT pg_catalog.clock_timestamp() - interval '{wrong_by} seconds' $$"
        )
        applied("SET LOCAL search_path = public, pg_catalog")
        answered, told_of = told(client)
        assert (answered, told_of["clock"]) == (status, word)
        assert abs(told_of["clock_offset_seconds"] - wrong_by) <= 0.2


def applied(statement: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement)


AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        (-1, 1, 0),  # whatever it is, it is within the time that asking took
        (2, 5, 2),
        (-5, -2, -2),
        (0, 0, 0),
    ],
)
def test_a_slow_answer_does_not_put_the_clock_wrong(before: int, after: int, seconds: int) -> None:
    assert (
        clock_offset(AT + timedelta(seconds=before), AT, AT + timedelta(seconds=after)) == seconds
    )


class TestWatch:
    def test_many_who_ask_at_once_cost_one_look(self) -> None:
        looks = []
        watch = ReadinessCache(lambda: looks.append(1) or GOOD)  # type: ignore[func-returns-value]
        with ThreadPoolExecutor(16) as askers:
            seen = list(askers.map(lambda _: watch.readiness(), range(64)))
        assert seen == [GOOD] * 64
        assert len(looks) == 1

    @pytest.mark.parametrize(
        # After a while the last look says nothing about now.
        ("stuck", "told_meanwhile"),
        [(60.0, GOOD), (0.0, Readiness(database="away"))],
    )
    def test_nobody_waits_for_a_look_that_takes_long(
        self, stuck: float, told_meanwhile: Readiness
    ) -> None:
        looks = [threading.Event(), threading.Event()]
        looking, go_on = threading.Event(), iter(looks)

        def look() -> Readiness:
            this = next(go_on)
            looking.set()
            assert this.wait(10)
            return GOOD

        watch = ReadinessCache(look, fresh=0.0, stuck=stuck)
        looks[0].set()
        assert watch.readiness() == GOOD
        looking.clear()
        with ThreadPoolExecutor(1) as first:
            slow = first.submit(watch.readiness)
            assert looking.wait(5)
            assert watch.readiness() == told_meanwhile
            looks[1].set()
            assert slow.result() == GOOD

    def test_the_log_hears_of_changes_only(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "menkou")
        away = Readiness(database="away")
        seen = iter([GOOD, away, away, GOOD, GOOD])
        watch = ReadinessCache(lambda: next(seen), fresh=0.0)
        for _ in range(5):
            watch.readiness()
        assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
            "not ready: database away",
            "ready",
        ]

    def test_the_log_hears_of_another_reason(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "menkou")
        away = Readiness(database="away")
        wrong = Readiness("ok", "ok", "wrong", "ok", 0.0, "The keyset cannot be read: gone.")
        seen = iter([away, wrong, wrong, GOOD])
        watching = ReadinessCache(lambda: next(seen), fresh=0.0)
        for _ in range(4):
            watching.readiness()
        assert len(caplog.records) == 3
        assert caplog.messages[1].endswith(". The keyset cannot be read: gone.")
