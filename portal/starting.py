"""What must hold before a server answers anybody."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.exceptions import ImproperlyConfigured

log = logging.getLogger("menkou.starting")


def refuse(reason: str) -> None:
    """End the process with the reason, in one line."""
    sys.exit(f"Menkou does not start: {' '.join(reason.split())}")


@contextmanager
def readable_settings() -> Iterator[None]:
    """Turn a wrong word in the environment into a refusal in plain words."""
    try:
        yield
    except ImproperlyConfigured as error:
        refuse(str(error))


def read_settings() -> None:
    """Read what the environment says, before the server loads anything else."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.conf import settings

    with readable_settings():
        settings.configured or settings.MENKOU_ENV  # noqa: B018 - reads them


def refuse_unsafe_start() -> None:
    """End the process with a sentence where keys, settings or the database are wrong."""
    read_settings()
    django.setup()
    refuse_wrong_settings()
    refuse_taken_address()
    refuse_database_away()
    with database_put_away():
        refuse_other_tables()
        refuse_other_keys()


@contextmanager
def database_put_away() -> Iterator[None]:
    """Leave no connection behind, nor threads of a pool: neither survives the fork."""
    from django.db import connection, connections

    try:
        yield
    finally:
        connection.close()
        connections["default"].close_pool()  # type: ignore[attr-defined]


def refuse_wrong_settings() -> None:
    """Refuse what the checks call an error; tell the log what they warn of."""
    from django.core import checks

    found = [each for each in checks.run_checks() if not each.is_silenced()]
    found.sort(key=lambda each: each.id or "")  # they come in any order
    errors = [each for each in found if each.level >= checks.ERROR]
    if errors:
        sys.exit(
            "\n".join(
                f"Menkou does not start: {error.msg} {error.hint or ''} ({error.id})"
                for error in errors
            )
        )
    for each in found:
        log.warning("%s %s (%s)", each.msg, each.hint or "", each.id)


def refuse_uncollected_files() -> None:
    """Refuse a server whose pages would have no style."""
    from portal.collected import uncollected

    if missing := uncollected():
        refuse(
            f"{len(missing)} static files were not collected; run collectstatic, with the settings "
            "of the server."
        )


def refuse_taken_address() -> None:
    """Refuse an address for metrics that somebody else has; the one before us leaves it to us."""
    from django.conf import settings

    address = settings.MENKOU_METRICS_ADDRESS
    if not address or "GUNICORN_PID" in os.environ:
        return
    try:
        family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: connections that are still fading away do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        where = f"{address[0]}:{address[1]}"
        refuse(
            f"MENKOU_METRICS_ADDRESS, {where}, cannot be had: {error.strerror}. Name another one."
        )


def refuse_database_away() -> None:
    """Ask without the pool, which would try for a while and say less."""
    from projects.postgresql.away import why_away

    if reason := why_away():
        refuse(
            f"the database does not answer: {reason}. "
            "Look at DATABASE_URL, and whether PostgreSQL runs."
        )


def refuse_other_tables() -> None:
    """Refuse tables that are older than this release, or newer."""
    from portal import schema

    found = schema.found()
    if found == "behind":
        refuse("the database is not migrated. Run `migrate`.")
    if found == "ahead":
        refuse(
            "the database was migrated by a newer release, which this one would damage. Start "
            "that release, or restore the backup that was made before it."
        )


def refuse_other_keys() -> None:
    """Refuse keys that do not open this database's secrets."""
    from connections.keyset import KeysetError
    from connections.secrets import check_keys

    try:
        check_keys()
    except KeysetError as error:
        refuse(str(error))
