"""An embedded PostgreSQL: one server, one data folder, loopback only, a password of its own."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from types import TracebackType

import psycopg

from portal.running.account import Account, account_for
from portal.running.binaries import installation
from portal.running.cluster import create_cluster
from portal.running.ports import HOST, free_port
from portal.running.private import kept_private, write_private
from portal.running.processes import command_of, end_leftover, put_away, spawn
from portal.running.refusal import Refused

NAME = "menkou"
ATTEMPTS = 3
READY_WITHIN = 60.0

# PostgreSQL's words: fast, immediate, and the last resort.
SHUTDOWN = (SIGINT, SIGQUIT, SIGKILL)

# What a database that nobody will miss can do without.
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Server:
    """A server over a data folder; entering starts it and gives its URL, leaving stops it."""

    def __init__(
        self, data: Path, *, options: Mapping[str, str] | None = None, fresh: bool = False
    ) -> None:
        self.data = data
        self.options = dict(options or {})
        self.fresh = fresh
        self.url_file = data.with_name(f"{data.name}.url")
        self.log = data.with_name(f"{data.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Bring the server up, over new data where there are none, and give its URL."""
        programs = installation()
        self._end_leftover()
        self.url_file.unlink(missing_ok=True)
        if self.fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        password = kept_private(
            self.data.with_name(f"{self.data.name}.password"), secrets.token_urlsafe
        )
        if not self.data.exists():
            create_cluster(self.data, programs=programs, superuser=NAME, password=password)
        port = self._launch(programs, account_for(self.data, programs=programs))
        _make_database(port, password)
        url = f"postgresql://{NAME}:{password}@{HOST}:{port}/{NAME}"
        write_private(self.url_file, url)
        return url

    def stop(self) -> None:
        """Let nobody find the server any more, then end it."""
        self.url_file.unlink(missing_ok=True)
        if self.process is not None:
            put_away(self.process, SHUTDOWN)
            self.process = None

    def _launch(self, programs: Path, account: Account) -> int:
        # A port can be taken between the look and the start, and the processes of a server that
        # was killed hold its shared memory for a moment.
        for attempt in range(ATTEMPTS):
            time.sleep(attempt)
            port = free_port()
            with self.log.open("wb") as log:
                self.process = spawn(
                    self._command(programs, account, port),
                    output=log,
                    errors=log,
                    when_orphaned=SIGINT,
                )
            if self._is_ready(self.process):
                return port
        raise Refused(f"PostgreSQL did not start. {self.log} ends with:\n{self._last_words()}")

    def _command(self, programs: Path, account: Account, port: int) -> list[str]:
        options = {
            "listen_addresses": HOST,
            # A socket's path may have 107 characters, and a clone may lie deeper than that.
            "unix_socket_directories": "",
            **self.options,
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        postgres = f"{programs}/bin/postgres"
        return [*account.prefix, postgres, "-D", str(self.data), "-p", str(port), *settings]

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + READY_WITHIN
        while process.poll() is None and time.monotonic() < deadline:
            written = self._pid_file()
            if len(written) > 7 and written[0] == str(process.pid) and written[7] == "ready":
                return True
            time.sleep(0.02)
        put_away(process, SHUTDOWN)
        return False

    def _end_leftover(self) -> None:
        pid = next(iter(self._pid_file()), "")
        command = command_of(int(pid)) if pid else None
        if command is None:
            return
        if f"postgres -D {self.data} " not in command:
            # The number went to somebody else, whom PostgreSQL would take for another server.
            (self.data / "postmaster.pid").unlink()
        elif not end_leftover(int(pid), command, SHUTDOWN[:2]):
            raise Refused(f"An earlier PostgreSQL (process {pid}) does not stop; end it yourself.")

    def _pid_file(self) -> list[str]:
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except (FileNotFoundError, PermissionError):
            return []
        return [line.strip() for line in text.splitlines()]

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-10:])


def _make_database(port: int, password: str) -> None:
    with psycopg.connect(
        host=HOST, port=port, user=NAME, password=password, dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {NAME}")
