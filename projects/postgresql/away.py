"""Why PostgreSQL is not there: the pool only says that it waited."""

from __future__ import annotations

import psycopg

from projects.listening import parameters


def why_away() -> str:
    """Return in one line what a connection of its own is told; nothing where it is let in."""
    try:
        psycopg.connect(**parameters()).close()
    except psycopg.Error as error:
        said = str(error).strip() or type(error).__name__
        return said.splitlines()[0].rstrip(".")
    return ""
