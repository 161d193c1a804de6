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

from core.postgresql.server_log import PRIVATE_LOG_SETTINGS
from portal.devtools.command_errors import CommandFailed
from portal.devtools.ports import HOST, find_free_port
from portal.devtools.postgres.binaries import find_installation
from portal.devtools.postgres.cluster import create_cluster
from portal.devtools.postgres.os_user import OSUser, choose_os_user
from portal.devtools.private_files import read_or_create_private, write_private
from portal.devtools.processes import command_line, spawn, terminate, terminate_leftover

NAME = "menkou"
ATTEMPTS = 3
READY_WITHIN = 60.0

# PostgreSQL's words: fast, immediate, and the last resort.
SHUTDOWN = (SIGINT, SIGQUIT, SIGKILL)

# Options for throwaway databases.
FAST_UNSAFE_OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Server:
    """A server with a data folder; a context manager that starts it, returns its URL, stops it."""

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
        """Start the server, with a new data folder if there is none; return its URL."""
        programs = find_installation()
        self._end_leftover()
        self.url_file.unlink(missing_ok=True)
        if self.fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        password = read_or_create_private(
            self.data.with_name(f"{self.data.name}.password"), secrets.token_urlsafe
        )
        if not self.data.exists():
            create_cluster(self.data, programs=programs, superuser=NAME, password=password)
        port = self._launch(programs, choose_os_user(self.data, programs=programs))
        _make_database(port, password)
        url = f"postgresql://{NAME}:{password}@{HOST}:{port}/{NAME}"
        write_private(self.url_file, url)
        return url

    def stop(self) -> None:
        """Remove the URL file, then stop the server."""
        self.url_file.unlink(missing_ok=True)
        if self.process is not None:
            terminate(self.process, SHUTDOWN)
            self.process = None

    def _launch(self, programs: Path, account: OSUser) -> int:
        # A port can be taken between the check and the start, and the processes of a killed server
        # hold its shared memory for a moment.
        for attempt in range(ATTEMPTS):
            time.sleep(attempt)
            port = find_free_port()
            with self.log.open("wb") as log:
                self.process = spawn(
                    self._command(programs, account, port),
                    output=log,
                    errors=log,
                    when_orphaned=SIGINT,
                )
            if self._is_ready(self.process):
                return port
        raise CommandFailed(f"PostgreSQL did not start. {self.log} ends with:\n{self._log_tail()}")

    def _command(self, programs: Path, account: OSUser, port: int) -> list[str]:
        options = {
            "listen_addresses": HOST,
            # A socket's path may have 107 characters, and a clone may lie deeper than that.
            "unix_socket_directories": "",
            **PRIVATE_LOG_SETTINGS,
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
        terminate(process, SHUTDOWN)
        return False

    def _end_leftover(self) -> None:
        pid = next(iter(self._pid_file()), "")
        command = command_line(int(pid)) if pid else None
        if command is None:
            return
        if f"postgres -D {self.data} " not in command:
            # The number went to somebody else, whom PostgreSQL would take for another server.
            (self.data / "postmaster.pid").unlink()
        elif not terminate_leftover(int(pid), command, SHUTDOWN[:2]):
            raise CommandFailed(
                f"An earlier PostgreSQL (process {pid}) does not stop; end it yourself."
            )

    def _pid_file(self) -> list[str]:
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except (FileNotFoundError, PermissionError):
            return []
        return [line.strip() for line in text.splitlines()]

    def _log_tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-10:])


def _make_database(port: int, password: str) -> None:
    with psycopg.connect(
        host=HOST, port=port, user=NAME, password=password, dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {NAME}")
