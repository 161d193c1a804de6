"""The product behind PgBouncer in transaction mode, with a direct URL beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import requests

from portal.devtools.processes import wait_until
from tests.databases import database_to_migrate, is_migrated, migrated_database
from tests.server.conftest import Server, environment_of, send, serving, signed_in
from tests.server.pgbouncer import PGBOUNCER, Pooler, running_pgbouncer
from tests.wechat import ROOT, WeChat, running_simulator

needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="not installed: pgbouncer")
PEOPLE = 12
SESSIONS = "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"


@dataclass
class Stage:
    """A server whose queries go through the pooler."""

    server: Server
    pooler: Pooler
    log: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("pgbouncer")
    with (
        running_simulator() as wechat,
        migrated_database("pooled") as url,
        running_pgbouncer(url) as pooler,
        (folder / "log").open("wb") as log,
        serving(
            folder,
            pooler.url,
            wechat,
            log=log,
            MENKOU_DIRECT_DATABASE_URL=url,
            # Debian 12 has PgBouncer 1.18, which does not know them.
            MENKOU_PREPARED_STATEMENTS="0",
        ) as server,
    ):
        yield Stage(server, pooler, folder / "log")


def sign_in(server: Server, number: int) -> str:
    session = requests.Session()
    app = server.wechat.ask("apps")["apps"][0]
    state = server.start(session)
    code = server.wechat.code("lilei" if number % 2 else "hanmeimei", appid=app["appid"])
    answer = server.come_back(session, code=code, state=state)
    return answer.headers.get("location", f"{answer.status_code}: {answer.text}")


@needs_pgbouncer
def test_people_sign_in_at_the_same_time_over_few_sessions(stage: Stage) -> None:
    with ThreadPoolExecutor(PEOPLE) as people:
        landed = list(people.map(lambda number: sign_in(stage.server, number), range(2 * PEOPLE)))

    assert set(landed) == {"/account"}
    assert "prepared statement" not in stage.log.read_text()


@needs_pgbouncer
def test_changes_are_heard_of(stage: Stage) -> None:
    server = stage.server
    assert "Sign in with WeChat" in server.get("acme.localhost", "/login").text
    page = "/projects/acme/connections/wechat_web/"
    operator = signed_in(server)
    assert send(server, operator, page, to=f"{page}switch/").status_code == 302
    try:
        assert wait_until(
            lambda: "Sign in with WeChat" not in server.get("acme.localhost", "/login").text,
            seconds=5,
        )
    finally:
        send(server, operator, page, to=f"{page}switch/", enabled="on")
    assert "not listening for changes" not in stage.log.read_text()
    assert server.get("localhost", "/readyz").ok


@needs_pgbouncer
def test_listeners_and_the_queue_of_the_worker_avoid_the_pooler(stage: Stage) -> None:
    url = stage.server.environment["MENKOU_DIRECT_DATABASE_URL"]
    assert stage.server.get("acme.localhost", "/login").ok
    worker = stage.server.manage("worker")
    try:
        with psycopg.connect(url, autocommit=True) as database:

            def direct() -> set[str]:
                found = database.execute(SESSIONS)
                return {name for (name,) in found} & {"menkou listening", "menkou worker"}

            assert wait_until(lambda: len(direct()) == 2, seconds=30)
        assert not {"menkou listening", "menkou worker"} & stage.pooler.client_names()
    finally:
        worker.terminate()
        worker.communicate(timeout=30)


def test_migrations_avoid_the_pooler(simulator: WeChat, tmp_path: Path) -> None:
    with database_to_migrate("direct") as url:
        nobody = "postgres://menkou@127.0.0.1:1/menkou"
        environment = environment_of(tmp_path, nobody, 8000, simulator)
        environment["MENKOU_DIRECT_DATABASE_URL"] = url
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert is_migrated(url)


def test_a_direct_url_that_does_not_work_stops_the_start(simulator: WeChat, tmp_path: Path) -> None:
    with migrated_database("indirect") as url:
        environment = environment_of(tmp_path, url, 8000, simulator)
        environment["MENKOU_DIRECT_DATABASE_URL"] = "postgres://menkou@127.0.0.1:1/menkou"
        done = subprocess.run(
            [sys.executable, "-m", "gunicorn", "--config", "portal/server/gunicorn.py"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert done.returncode != 0
    assert "the database is not available: with MENKOU_DIRECT_DATABASE_URL, " in done.stderr
