"""PostgreSQL's own log holds nothing that people sent, also where a statement fails."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.models import Session
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from core.postgresql.server_log import PRIVATE_LOG_SETTINGS, find_revealing_settings
from portal.devtools.folders import ROOT
from portal.server import preflight
from projects.models import User
from projects.people.sessions import SessionStore
from tests.server.postgres import own_postgres
from tests.waiting import wait_until

KEY = "canarysessionkey0123456789abcdef"
EMAIL = "canary-address@example.com"
# What PostgreSQL does where nobody has told it anything.
DEFAULTS = {"log_error_verbosity": "default", "log_min_error_statement": "error"}
PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")


def session_again() -> None:
    with suppress(CreateError):
        SessionStore(KEY).save(must_create=True)


def session_without_data() -> None:
    with connection.cursor() as cursor, suppress(IntegrityError):
        cursor.execute("INSERT INTO django_session VALUES (%s, NULL, now())", [KEY[:-1]])


def session_with_a_long_key() -> None:
    with suppress(DatabaseError):
        Session.objects.create(session_key=KEY * 2, session_data="", expire_date=timezone.now())


def operator_again() -> None:
    with suppress(IntegrityError):
        User.objects.create(email=EMAIL.upper())


FAILURES: dict[Callable[[], None], str] = {
    session_again: "duplicate key value",
    session_without_data: "null value in column",
    session_with_a_long_key: "value too long",
    operator_again: "violates check constraint|duplicate key value",
}


@pytest.fixture
def rows(db: None) -> None:
    SessionStore(KEY).save(must_create=True)
    User.objects.create(email=EMAIL)


def written_by(failure: Callable[[], None]) -> str:
    """What the server's log gains by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_directory')")
        data = Path(cursor.fetchone()[0])
    log = data.with_name(f"{data.name}.log")
    before = log.stat().st_size
    with transaction.atomic(), suppress(transaction.TransactionManagementError):
        point = transaction.savepoint()
        failure()
        transaction.savepoint_rollback(point)
    # Other workers of this test run use the server as well; nobody else has our values.
    with log.open(errors="replace") as file:
        file.seek(before)
        return file.read()


def reset(settings: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_92_a_statement_that_fails_is_not_quoted(rows: None, failure: Callable[[], None]) -> None:
    written = written_by(failure)
    assert re.search(FAILURES[failure], written)
    assert "canary" not in written.lower()


def test_by_default_the_row_is_quoted_and_the_values_of_the_statement_are_not(rows: None) -> None:
    reset(DEFAULTS)
    written = written_by(session_again)
    assert f"DETAIL:  Key (session_key)=({KEY}) already exists." in written
    assert re.search(r"STATEMENT:  INSERT INTO .* VALUES \(\$1, \$2, \$3\)", written)
    assert written.count(KEY) == 1


def test_92_a_process_that_is_killed_is_not_quoted(tmp_path: Path) -> None:
    with own_postgres() as (server, url):
        with psycopg.connect(url) as victim:
            pid = victim.info.backend_pid

            def sleep() -> None:
                with suppress(psycopg.OperationalError):
                    victim.execute(f"SELECT '{KEY}', pg_sleep(60)")

            thread = threading.Thread(target=sleep)
            thread.start()
            with psycopg.connect(url) as other:
                running = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND query ~ %s"
                wait_until(
                    lambda: other.execute(running, [pid, KEY]).fetchone() == (1,), seconds=10
                )
            os.kill(pid, signal.SIGKILL)
            thread.join(20)
        wait_until(lambda: "was terminated by signal 9" in server.log.read_text(), seconds=20)
        assert KEY not in server.log.read_text()


class TestWarning:
    @pytest.fixture(autouse=True)
    def production(self, settings, db: None) -> None:  # type: ignore[no-untyped-def]
        settings.MENKOU_ENV = "production"

    def test_there_is_none_where_the_log_is_quiet(self, caplog: pytest.LogCaptureFixture) -> None:
        preflight.warn_of_revealing_log()
        assert find_revealing_settings() == {}
        assert caplog.messages == []

    def test_92_a_log_that_may_quote_is_named(self, caplog: pytest.LogCaptureFixture) -> None:
        reset({**DEFAULTS, "log_min_duration_statement": "250"})
        preflight.warn_of_revealing_log()
        assert caplog.messages == [
            "PostgreSQL's log may quote session keys: log_error_verbosity = default, "
            "log_min_duration_statement = 250, log_min_error_statement = error. Set "
            "log_error_verbosity = terse, log_min_duration_statement = -1, "
            "log_min_error_statement = panic, as docs/production.md says."
        ]

    def test_development_may_have_it_so(self, settings, caplog: pytest.LogCaptureFixture) -> None:  # type: ignore[no-untyped-def]
        settings.MENKOU_ENV = "development"
        reset(DEFAULTS)
        preflight.warn_of_revealing_log()
        assert caplog.messages == []


def test_the_page_sets_or_names_what_has_to_be_quiet() -> None:
    for name, value in PRIVATE_LOG_SETTINGS.items():
        if name in DEFAULTS:
            assert f"    {name} = {value}\n" in PAGE
            assert f"ALTER ROLE menkou SET {name} = {value}" in PAGE
        else:
            assert f"`{name}`" in PAGE
