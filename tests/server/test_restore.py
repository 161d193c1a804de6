"""Backup and restore as docs/production.md has them: the database, and the keyset beside it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from core.keyring.keyset import create_keyset
from portal.devtools.postgres.binaries import find_installation as postgresql
from tests.databases import fresh_database
from tests.server.conftest import Server, free_port, wait_for
from tests.wechat import ROOT

GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "portal/server/gunicorn.py"]
PEOPLE = "SELECT count(*) FROM projects_user WHERE project_id IS NOT NULL"
RECORDS = {
    "projects_event": "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM projects_event t",
    "connections_storedsecret": (
        "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM connections_storedsecret t"
    ),
}


@pytest.fixture(scope="module")
def restored(
    shared_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The settings of a machine that has the backup of the server's database."""
    server = shared_server
    requests.delete(f"{server.wechat.origin}/__sim__/faults", timeout=5)
    assert sign_in(server) == "/account"
    dump = tmp_path_factory.mktemp("backup") / "menkou.dump"
    programs = postgresql() / "bin"
    url = server.environment["DATABASE_URL"]
    tool(programs / "pg_dump", "--format=custom", f"--file={dump}", url)
    with fresh_database("restored") as empty:
        tool(programs / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={empty}", dump)
        port = free_port()
        host = f"localhost:{port}"
        moved = {
            "DATABASE_URL": empty,
            "MENKOU_PORTAL_HOST": host,
            "MENKOU_PROJECT_DOMAIN": host,
            "MENKOU_METRICS_ADDRESS": "",
        }
        yield {**server.environment, **moved}


def tool(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def beside(server: Server, environment: dict[str, str]) -> Server:
    port = int(environment["MENKOU_PORTAL_HOST"].rpartition(":")[2])
    return Server(port, server.wechat, environment)


@contextlib.contextmanager
def serving(machine: Server) -> Iterator[None]:
    command = [*GUNICORN, "--bind", f"127.0.0.1:{machine.port}"]
    process = subprocess.Popen(command, cwd=ROOT, env=machine.environment)
    try:
        wait_for(machine)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def sign_in(server: Server) -> str:
    session = requests.Session()
    state = server.start(session)
    app = requests.get(f"{server.wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
    code = server.wechat.code("lilei", appid=app["appid"])
    answer = server.come_back(session, code=code, state=state)
    return answer.headers.get("location", f"{answer.status_code}: {answer.text}")


def asked(server: Server, question: str) -> object:
    with server.database() as database:
        row = database.execute(question).fetchone()  # type: ignore[call-overload]
    return row and row[0]


def refusal(environment: dict[str, str]) -> str:
    """How a server ends that should not start, and what it says."""
    command = [*GUNICORN, "--bind", "127.0.0.1:0"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode != 0
    return done.stderr


def test_people_sign_in_to_a_restored_installation_as_who_they_were(
    server: Server, restored: dict[str, str]
) -> None:
    machine = beside(server, restored)
    before = asked(server, PEOPLE)

    with serving(machine):
        assert sign_in(machine) == "/account"

    assert asked(machine, PEOPLE) == before
    for question in RECORDS.values():
        assert asked(machine, question) == asked(server, question) is not None


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("none", "The keyset cannot be read: No such file or directory."),
        ("other", "does not belong to this database's secrets. Restore the correct file"),
    ],
)
def test_without_its_own_keyset_a_restored_database_is_left_alone(
    server: Server, restored: dict[str, str], tmp_path: Path, keys: str, words: str
) -> None:
    machine = beside(server, restored)
    keyset = tmp_path / "keyset.json"
    if keys == "other":
        create_keyset(keyset)
    before = {name: asked(machine, question) for name, question in RECORDS.items()}

    assert words in refusal({**restored, "MENKOU_KEYSET_FILE": str(keyset)})
    assert {name: asked(machine, question) for name, question in RECORDS.items()} == before
