"""The command line: Django's own commands and ours, and the server."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from portal.installation import first_files, healthcheck
from portal.version import VERSION

HELP = frozenset({"-h", "--help"})
GUNICORN = ("-m", "gunicorn", "--config", "python:portal.server.gunicorn")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; `serve` passes its arguments on to gunicorn."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    words = list(sys.argv if arguments is None else arguments)
    if words[1:] in (["--version"], ["version"]):
        # Django would print its own version.
        sys.stdout.write(f"Menkou {VERSION}\n")
        return
    if words[1:2] == ["serve"]:
        serve(words[2:])
    if words[1:2] == ["healthcheck"]:
        # Without Django: it runs every few seconds.
        sys.exit(healthcheck.main(words[2:]))
    if words[1:2] == ["init"] or words[1:3] == ["secrets", "files"]:
        # Before the settings are read, which may need these files.
        create_files() if HELP.isdisjoint(words) else read_no_settings()
    run_django(words)


def run_django(words: Sequence[str]) -> None:
    """Run a command of Django or ours; faults of the installation are one sentence."""
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    # What is loaded now stays until the end: to look for garbage in it is a third of a start.
    gc.disable()
    # Without settings, some commands work all the same.
    with suppress(ImproperlyConfigured):
        django.setup()
    gc.freeze()
    gc.enable()
    try:
        execute_from_command_line(list(words))
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError:
        if reason := database_error():
            sys.exit(
                f"The database is not available: {reason}. "
                "Check DATABASE_URL and that PostgreSQL is running."
            )
        raise


def read_no_settings() -> None:
    """Use the settings of development, so that help is printed before there is an installation."""
    for name in first_files.GENERATED:
        os.environ.pop(f"{name}_FILE", None)
    os.environ["MENKOU_ENV"] = "development"


def create_files() -> None:
    """Create the missing files of secrets, and say which; exit with a message on failure."""
    try:
        for message in first_files.create_missing_files():
            print(message, flush=True)  # noqa: T201
    except first_files.CannotCreate as error:
        sys.exit(str(error))


def database_error() -> str:
    """Return PostgreSQL's error, or ""; imported here because it reads the settings."""
    from core.postgresql import reachability

    return reachability.connection_error()


def serve(arguments: Sequence[str]) -> None:
    """Replace this process by gunicorn, which also keeps the sockets of systemd."""
    command = [sys.executable, *GUNICORN, *arguments]
    os.execv(command[0], command)  # noqa: S606
