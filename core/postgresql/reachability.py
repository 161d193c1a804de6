"""Finds out why PostgreSQL cannot be reached; the pool reports only a timeout."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as database

from core.postgresql.direct import connection_parameters
from core.postgresql.listener import TIMEOUTS


def connection_error() -> str:
    """Return the error of a new connection in one line, or "" if it succeeds.

    Beside DATABASE_URL it tries MENKOU_DIRECT_DATABASE_URL, and names it in its error.
    """
    error = _error(database.get_connection_params())
    if error or settings.DIRECT_DATABASE is None:
        return error
    error = _error(connection_parameters())
    return f"with MENKOU_DIRECT_DATABASE_URL, {error}" if error else ""


def _error(parameters: dict[str, Any]) -> str:
    try:
        psycopg.connect(**{**parameters, **TIMEOUTS}).close()
    except psycopg.Error as error:
        message = str(error).strip() or type(error).__name__
        return message.splitlines()[0].rstrip(".")
    return ""
