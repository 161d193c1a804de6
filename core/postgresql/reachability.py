"""Finds out why PostgreSQL cannot be reached; the pool reports only a timeout."""

from __future__ import annotations

import psycopg

from core.postgresql.listener import direct_connection_parameters


def connection_error() -> str:
    """Return the error of a direct connection in one line, or "" if it succeeds."""
    try:
        psycopg.connect(**direct_connection_parameters()).close()
    except psycopg.Error as error:
        message = str(error).strip() or type(error).__name__
        return message.splitlines()[0].rstrip(".")
    return ""
