"""A PostgreSQL that a test may treat badly: nobody else uses it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGQUIT
from urllib.parse import urlsplit

from portal.devtools.folders import VAR
from portal.devtools.postgres.binaries import find_installation
from portal.devtools.postgres.os_user import choose_os_user
from portal.devtools.postgres.server import Server
from portal.devtools.processes import spawn
from tests.databases import create_tables


class Postgres(Server):
    """A server as it is in production, which keeps what it has acknowledged."""

    def stop_at_once(self) -> None:
        """Stop without a word to anybody, and without writing down what is in memory."""
        assert self.process is not None
        self.process.send_signal(SIGQUIT)
        self.process.wait(timeout=10)

    def start_again(self, url: str) -> None:
        """Come back at the same place."""
        port = urlsplit(url).port
        assert port is not None
        programs = find_installation()
        command = self._command(programs, choose_os_user(self.data, programs=programs), port)
        with self.log.open("ab") as log:
            self.process = spawn(command, output=log, errors=log)
        assert self._is_ready(self.process)


@contextmanager
def own_postgres() -> Iterator[tuple[Postgres, str]]:
    """A new server and the address of its database, which has all tables and no rows."""
    VAR.mkdir(exist_ok=True)
    # In the clone: where the clone can be reached, the server's account can reach it, too.
    folder = Path(tempfile.mkdtemp(dir=VAR, prefix="tests-"))
    server = Postgres(folder / "postgres")
    try:
        with server as url:
            create_tables(url)
            yield server, url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
