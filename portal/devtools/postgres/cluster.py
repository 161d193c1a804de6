"""A new data folder for PostgreSQL."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from portal.devtools.child_environments import plain_environment
from portal.devtools.command_errors import CommandFailed
from portal.devtools.postgres.os_user import OSUser, choose_os_user


def create_cluster(data: Path, *, programs: Path, superuser: str, password: str) -> None:
    """Create the data folder atomically; only the superuser can connect, with a password."""
    unfinished = data.with_name(f"{data.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account = choose_os_user(unfinished, programs=programs)
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        account.give_ownership(Path(password_file.name))
        command = _initdb(account, programs, unfinished, superuser, Path(password_file.name))
        made = subprocess.run(
            command, env=plain_environment(), capture_output=True, text=True, check=False
        )
    if made.returncode:
        raise CommandFailed(f"PostgreSQL could not make {data}:\n{made.stderr.strip()}")
    unfinished.rename(data)


def _initdb(
    account: OSUser, programs: Path, data: Path, superuser: str, password_file: Path
) -> list[str]:
    return [
        *account.prefix,
        f"{programs}/bin/initdb",
        f"--pgdata={data}",
        f"--username={superuser}",
        f"--pwfile={password_file}",
        "--auth-host=scram-sha-256",
        "--auth-local=reject",
        # The same order and case rules on every machine, whatever its locale.
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
