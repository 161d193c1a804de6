"""Finds out why PostgreSQL cannot be reached; the pool reports only a timeout."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as database

from core.postgresql.direct import connection_parameters
from core.postgresql.listener import TIMEOUTS

ANOTHER_DATABASE = (
    "MENKOU_DIRECT_DATABASE_URL leads to another database than DATABASE_URL. Give both the same "
    "database, on the same server."
)


def connection_error() -> str:
    """Return the error of a new connection in one line, or "" if it succeeds.

    Beside DATABASE_URL it tries MENKOU_DIRECT_DATABASE_URL, and names it in its error.
    """
    error = _error(database.get_connection_params())
    if error or settings.DIRECT_DATABASE is None:
        return error
    error = _error(connection_parameters())
    return f"with MENKOU_DIRECT_DATABASE_URL, {error}" if error else ""


def leads_to_another_database() -> bool:
    """Whether MENKOU_DIRECT_DATABASE_URL leads to another database than DATABASE_URL.

    Advisory locks belong to one database, so a lock of the one must hold in the other. False if one
    of them cannot be reached, which `connection_error` says.
    """
    if settings.DIRECT_DATABASE is None:
        return False
    key = [secrets.randbits(62)]
    try:
        with _connect(database.get_connection_params()) as pooled:
            pooled.execute("SELECT pg_advisory_xact_lock(%s)", key)
            with _connect(connection_parameters()) as direct:
                row = direct.execute("SELECT pg_try_advisory_xact_lock(%s)", key).fetchone()
    except psycopg.OperationalError:
        return False
    return row is None or bool(row[0])


def _connect(parameters: dict[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(**{**parameters, **TIMEOUTS})


def _error(parameters: dict[str, Any]) -> str:
    try:
        _connect(parameters).close()
    except psycopg.Error as error:
        message = str(error).strip() or type(error).__name__
        return message.splitlines()[0].rstrip(".")
    return ""
