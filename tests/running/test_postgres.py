"""The embedded PostgreSQL: up, down, and up again after everything that can go wrong."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.devtools.database_url import running_database_url
from portal.devtools.folders import VAR
from portal.devtools.postgres.server import FAST_UNSAFE_OPTIONS, Server
from portal.devtools.processes import command_line, wait_until

# pytest-xdist's workers have threads; the supervisors that fork in earnest have none.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One folder for all tests of this file: to make a cluster takes a second."""
    VAR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="tests-") as folder:
        yield Path(folder)


@pytest.fixture
def server(var: Path) -> Server:
    return Server(var / "postgres", options=FAST_UNSAFE_OPTIONS)


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def remember(url: str) -> str:
    """Store words that were never stored before, and return them."""
    words = secrets.token_hex(8)
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS memory")
        connection.execute(f"CREATE TABLE memory AS SELECT '{words}' AS words")
    return words


def remembered(url: str) -> object:
    with psycopg.connect(url) as connection:
        (row,) = connection.execute("SELECT words FROM memory").fetchall()
    return row[0]


def test_a_server_listens_on_loopback_alone_and_asks_for_its_password(server: Server) -> None:
    with server as url:
        with psycopg.connect(url) as connection:
            asked = connection.execute(
                "SELECT current_database(), current_setting('listen_addresses'),"
                " current_setting('unix_socket_directories')"
            )
            assert asked.fetchone() == ("menkou", "127.0.0.1", "")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url, password="a guess")


def test_the_address_is_private_and_is_not_believed_without_the_server(server: Server) -> None:
    with server as url:
        assert server.url_file.stat().st_mode & 0o777 == 0o600
        assert running_database_url(server.url_file) == url
    assert not server.url_file.exists()
    assert running_database_url(server.url_file) is None
    server.url_file.write_text(url)
    assert running_database_url(server.url_file) is None


def test_data_outlive_a_stop(server: Server) -> None:
    with server as url:
        words = remember(url)
    with server as url:
        assert remembered(url) == words


def test_a_fresh_server_begins_empty(server: Server) -> None:
    with server as url:
        remember(url)
    with (
        Server(server.data, fresh=True) as url,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        remembered(url)


def test_a_server_still_running_over_our_data_is_stopped_cleanly_first(server: Server) -> None:
    words = remember(server.start())
    left_over = postmaster(server)
    with Server(server.data) as url:
        assert command_line(left_over) is None
        assert remembered(url) == words
        assert "was not properly shut down" not in server.log.read_text()
    server.stop()


def test_a_stale_list_entry_that_names_somebody_else_is_removed(server: Server) -> None:
    with server as url:
        words = remember(url)
        written = (server.data / "postmaster.pid").read_text().splitlines()
    stale = "\n".join([str(os.getpid()), *written[1:]])
    (server.data / "postmaster.pid").write_text(f"{stale}\n")
    with server as url:
        assert remembered(url) == words


def test_server_and_children_go_down_with_a_supervisor_that_was_killed(
    supervise, var: Path
) -> None:
    supervisor = supervise()
    words = remember((var / "postgres.url").read_text())
    left_over = postmaster(Server(var / "postgres"))
    (child,) = json.loads((var / "run.children.json").read_text())

    supervisor.kill()
    supervisor.wait()

    assert wait_until(lambda: command_line(int(child)) is None)
    assert wait_until(lambda: command_line(left_over) is None)
    with Server(var / "postgres") as url:
        assert remembered(url) == words


def test_children_are_ended_before_the_server(supervise, var: Path) -> None:
    supervisor = supervise()
    left_over = postmaster(Server(var / "postgres"))

    supervisor.terminate()

    assert supervisor.wait() == 0
    assert (var / "witness").read_text() == "the database was still there"
    assert command_line(left_over) is None
    assert not (var / "run.children.json").exists()
