"""``make manage``: manage.py with the environment of ``make run``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from portal.devtools.child_environments import demo_environment, is_set
from portal.devtools.database_url import running_database_url
from portal.devtools.ports import read_ports


def run_manage(var: Path, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by manage.py, with the database of a running ``make run``."""
    environment = demo_environment(var, read_ports())
    url = running_database_url(var / "postgres.url")
    if url is not None and not is_set("DATABASE_URL"):
        environment["DATABASE_URL"] = url
    command = [sys.executable, "manage.py", *arguments]
    os.execve(command[0], command, environment)  # noqa: S606
