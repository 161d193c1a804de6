"""PgBouncer in transaction mode, in front of a database of the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from tests.server.conftest import free_port

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
# Debian's account for nobody, because PgBouncer does not run as root.
NOBODY = 65534
# Fewer sessions than the server has threads, so that they are shared at every moment.
SETTINGS = """
[databases]
{database} = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
admin_users = {user}
pool_mode = transaction
default_pool_size = 3
"""


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer; `url` leads through it to the database."""

    url: str

    def client_names(self) -> set[str]:
        """Return the application names of the clients that are connected."""
        console = urlsplit(self.url)._replace(path="/pgbouncer").geturl()
        with psycopg.connect(
            console, autocommit=True, cursor_factory=psycopg.ClientCursor, row_factory=dict_row
        ) as connection:
            return {row["application_name"] for row in connection.execute("SHOW CLIENTS")}


@contextlib.contextmanager
def running_pgbouncer(url: str) -> Iterator[Pooler]:
    """Start PgBouncer in front of the database with this URL."""
    address, own = urlsplit(url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="menkou-pgbouncer-"))
    (folder / "users").write_text(f'"{address.username}" "{address.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        SETTINGS.format(
            database=address.path.strip("/"),
            host=address.hostname,
            port=address.port,
            own=own,
            folder=folder,
            user=address.username,
        )
    )
    account = {}
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        account = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(PGBOUNCER), str(folder / "pgbouncer.ini")],
            stdout=log,
            stderr=log,
            env={},
            **account,  # type: ignore[call-overload]
        )
    pooled = address._replace(
        netloc=f"{address.username}:{address.password}@127.0.0.1:{own}"
    ).geturl()
    try:
        wait_until_it_answers(pooled, process, folder / "log")
        yield Pooler(pooled)
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
