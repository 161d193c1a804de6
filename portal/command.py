"""The command line: Django's own commands and ours, and the server."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

GUNICORN = ("-m", "gunicorn", "--config", "python:portal.gunicorn")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the words after the program's name say; `serve` passes on what follows it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    words = list(sys.argv if arguments is None else arguments)
    if words[1:2] == ["serve"]:
        serve(words[2:])
    try:
        execute_from_command_line(words)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError:
        if reason := why_away():
            sys.exit(
                f"The database does not answer: {reason}. "
                "Look at DATABASE_URL, and whether PostgreSQL runs."
            )
        raise


def why_away() -> str:
    """Return what PostgreSQL says; the settings that lead to it are read only now."""
    from projects.postgresql import away

    return away.why_away()


def serve(arguments: Sequence[str]) -> None:
    """Become gunicorn, set up as portal/gunicorn.py says; a socket of systemd stays ours."""
    command = [sys.executable, *GUNICORN, *arguments]
    os.execv(command[0], command)  # noqa: S606
