"""Keys are turned under people who sign in, and the program that does it is killed half-way."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from core.keyring.keyset import Keyring
from tests.server.conftest import Server, add_connection_as, signed_in

SECRETS = 4_000
EVERY_SECONDS = 0.25


class People:
    """People who sign in, four in a second, until they are told to stop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        app = requests.get(f"{server.wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
        self.appid = app["appid"]
        self.answers: list[Future[str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._come)

    def __enter__(self) -> People:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def sign_in(self) -> str:
        """Where somebody lands who signs in, or what went wrong."""
        session = requests.Session()
        state = self.server.start(session)
        code = self.server.wechat.code("lilei", appid=self.appid)
        answer = self.server.come_back(session, code=code, state=state)
        return answer.headers.get("location", f"{answer.status_code}: {answer.text}")

    def _come(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            while not self._stop.wait(EVERY_SECONDS):
                self.answers.append(pool.submit(self.sign_in))


@pytest.fixture
def turning(server: Server, ring: Keyring) -> Iterator[Server]:
    """The server with many sealed secrets, of which people use one."""
    fill(server, ring)
    yield server
    with server.database() as database:
        others = "(SELECT id FROM connections_connection WHERE alias <> 'wechat_web')"
        revisions = f"(SELECT id FROM connections_revision WHERE connection_id IN {others})"
        for table, column, rows in (
            ("storedsecret", "connection_id", others),
            ("revisionsecret", "revision_id", revisions),
            ("revision", "connection_id", others),
            ("connection", "id", others),
        ):
            database.execute(f"DELETE FROM connections_{table} WHERE {column} IN {rows}")


def fill(server: Server, ring: Keyring) -> None:
    """Make copies of the connection, switched off, each with a secret of its own."""
    with server.database() as database:
        columns = "provider, labels, settings, kept_namespace, position, created_at, updated_at"
        made = database.execute(
            f"INSERT INTO connections_connection (id, project_id, alias, enabled, {columns}) "
            f"SELECT gen_random_uuid(), project_id, 'copy-' || n, false, {columns} "
            "FROM connections_connection, generate_series(1, %s) n "
            "WHERE alias = 'wechat_web' RETURNING id, project_id",
            [SECRETS - 1],
        ).fetchall()
        with database.cursor().copy(
            "COPY connections_storedsecret "
            "(connection_id, field, ciphertext, key_id, last4, fingerprint, set_at) FROM STDIN"
        ) as copy:
            for connection, project in made:
                sealed = ring.seal(str(connection).encode(), context(project, connection))
                copy.write_row([connection, "client_secret", *sealed, "", "", "2026-01-01"])


def context(project: object, connection: object) -> bytes:
    return f"menkou:v1|connection|{project}|{connection}|client_secret".encode()


@pytest.fixture
def ring(server: Server, settings: Any) -> Keyring:
    """The server's keys, in this process."""
    settings.MENKOU_KEYSET_FILE = str(server.keyset)
    return Keyring()


def key_ids(server: Server) -> list[int]:
    return [key["keyId"] for key in json.loads(server.keyset.read_text())["key"]]


def sealed_by(server: Server) -> Counter[int]:
    """How many secrets, the canary among them, each key has sealed."""
    with server.database() as database:
        rows = database.execute(
            "SELECT key_id, ciphertext FROM connections_storedsecret "
            "UNION ALL SELECT key_id, ciphertext FROM keyring_keycanary"
        ).fetchall()
    assert {key_id.to_bytes(4, "big") == data[1:5] for key_id, data in rows} == {True}
    return Counter(key_id for key_id, _data in rows)


def run(server: Server, *command: str) -> str:
    process = server.manage("secrets", *command)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


def stop_in_the_middle(server: Server, by: signal.Signals) -> tuple[int, str]:
    """Begin to rewrap, and stop it when it tells its first progress; how it ended, and said so."""
    process = server.manage("secrets", "rewrap")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(by)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def all_open(server: Server, ring: Keyring) -> bool:
    """Every copy's secret opens in its place, and is the one that was sealed there."""
    with server.database() as database:
        rows: list[tuple[Any, Any, bytes]] = database.execute(
            "SELECT c.project_id, c.id, s.ciphertext FROM connections_storedsecret s "
            "JOIN connections_connection c ON c.id = s.connection_id WHERE c.alias LIKE 'copy-%'"
        ).fetchall()
    assert len(rows) == SECRETS - 1
    return all(ring.open(data, context(p, c)) == str(c).encode() for p, c, data in rows)


# Case 60 of the list of abuses and faults.
def test_60_keys_are_turned_while_people_sign_in_and_a_kill_9_loses_nothing(
    turning: Server, ring: Keyring
) -> None:
    (old,) = key_ids(turning)
    assert sealed_by(turning) == {old: SECRETS + 1}
    operator = signed_in(turning)

    with People(turning) as people:
        run(turning, "add-key")
        (_, new) = key_ids(turning)
        run(turning, "promote")
        # More than there are workers: each learns of the key from the database.
        for number in range(4):
            add_connection_as(operator, turning, alias=f"later{number}")
        assert sealed_by(turning) == {old: SECRETS, new: 1 + 4}

        assert stop_in_the_middle(turning, signal.SIGKILL)[0] == -signal.SIGKILL
        killed = sealed_by(turning)
        status, said = stop_in_the_middle(turning, signal.SIGINT)
        assert status == 130
        assert "Stopped after" in said
        interrupted = sealed_by(turning)
        assert 5 < killed[new] < interrupted[new] < SECRETS
        assert killed.total() == interrupted.total() == SECRETS + 5

        rewrapped = run(turning, "rewrap")
        # Each of the five that were added in the portal has a copy in its revision.
        assert f"All secrets ({SECRETS + 4 + 5:,}) use key {new}." in rewrapped
        assert sealed_by(turning) == {new: SECRETS + 5}
        run(turning, "drop-key", str(old))
        assert key_ids(turning) == [new]
        before = len(people.answers)
        run(turning, "status")

    landed = Counter(answer.result() for answer in people.answers)
    assert landed == {"/account": len(people.answers)}
    assert len(people.answers) > before > 10
    assert all_open(turning, ring)
    assert turning.get("localhost", "/readyz").status_code == 200
