"""Checks before a server or worker starts."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import django
from django.core.exceptions import ImproperlyConfigured

log = logging.getLogger("menkou.starting")


def refuse(reason: str) -> None:
    """Exit with the reason, in one line."""
    sys.exit(f"Menkou does not start: {' '.join(reason.split())}")


@contextmanager
def readable_settings() -> Iterator[None]:
    """Exit with a message instead of a traceback if a setting is invalid."""
    try:
        yield
    except ImproperlyConfigured as error:
        refuse(str(error))


def read_settings() -> None:
    """Load the settings before anything else."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.conf import settings

    with readable_settings():
        settings.configured or settings.MENKOU_ENV  # noqa: B018 - reads them


def refuse_unsafe_start() -> None:
    """Exit with a message if settings, keys or the database are wrong."""
    read_settings()
    django.setup()
    refuse_wrong_settings()
    refuse_taken_address()
    refuse_unusable_database()


def refuse_unsafe_worker() -> None:
    """Exit like the server if something is wrong; the metrics address is the server's."""
    refuse_wrong_settings()
    refuse_unusable_database()


def refuse_unusable_database() -> None:
    """Exit if the database is away, or its migrations or keys do not match."""
    refuse_unreachable_database()
    with database_closed_afterwards():
        refuse_other_migrations()
        refuse_other_keys()
        warn_of_revealing_log()


@contextmanager
def database_closed_afterwards() -> Iterator[None]:
    """Close the connection and the pool after the block: neither survives the fork."""
    from django.db import connection, connections

    try:
        yield
    finally:
        connection.close()
        connections["default"].close_pool()  # type: ignore[attr-defined]


def refuse_wrong_settings() -> None:
    """Run the system checks: exit on errors, log warnings."""
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
    """Exit if static files were not collected."""
    from portal.server.static_files import find_uncollected_files

    if missing := find_uncollected_files():
        refuse(
            f"{len(missing)} static files are missing. Run `collectstatic` with the settings of "
            "the server."
        )


def refuse_taken_address() -> None:
    """Exit if the metrics address is taken; during a gunicorn upgrade the old server has it."""
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
            f"MENKOU_METRICS_ADDRESS ({where}) cannot be used: {error.strerror}. Set another one."
        )


def refuse_unreachable_database() -> None:
    """Exit if the database cannot be reached; without the pool, whose error says less."""
    from core.postgresql.reachability import (
        ANOTHER_DATABASE,
        connection_error,
        leads_to_another_database,
    )

    if reason := connection_error():
        refuse(
            f"the database is not available: {reason}. "
            "Check DATABASE_URL and that PostgreSQL is running."
        )
    if leads_to_another_database():
        refuse(ANOTHER_DATABASE)


def refuse_other_migrations() -> None:
    """Exit if the database's migrations are older or newer than this release."""
    from portal.server import migration_state

    found = migration_state.check_migrations()
    if found == "behind":
        refuse("the database is not migrated. Run `migrate`.")
    if found == "ahead":
        refuse(
            "the database was migrated by a newer release. This release could damage it. Start "
            "the newer release, or restore a backup from before the upgrade."
        )


def warn_of_revealing_log() -> None:
    """Log a warning if PostgreSQL's own log would contain session keys or form data."""
    from django.conf import settings

    from core.postgresql.server_log import PRIVATE_LOG_SETTINGS, find_revealing_settings

    if settings.MENKOU_ENV == "production" and (found := find_revealing_settings()):
        log.warning(
            "PostgreSQL's log may quote session keys: %s. Set %s, as docs/production.md says.",
            format_settings(found),
            format_settings({name: PRIVATE_LOG_SETTINGS[name] for name in found}),
        )


def format_settings(values: Mapping[str, str]) -> str:
    """Return the settings in the format of postgresql.conf."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def refuse_other_keys() -> None:
    """Exit if the keys do not open this database's secrets."""
    from connections.secrets import check_keys
    from core.keyring.keyset import KeysetError

    try:
        check_keys()
    except KeysetError as error:
        refuse(str(error))
