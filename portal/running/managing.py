"""``make manage``: Django's own commands, told what ``make run`` tells the site."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from portal.running.address import running_database_url
from portal.running.environment import demo_environment, is_given
from portal.running.ports import asked_port


def manage(var: Path, arguments: Sequence[str]) -> NoReturn:
    """Become manage.py, with the terminal, over the database of a running ``make run``."""
    environment = demo_environment(
        var, asked_port("PORT", 8000), asked_port("SIMULATOR_PORT", 8800)
    )
    url = running_database_url(var / "postgres.url")
    if url is not None and not is_given("DATABASE_URL"):
        environment["DATABASE_URL"] = url
    command = [sys.executable, "manage.py", *arguments]
    os.execve(command[0], command, environment)  # noqa: S606
