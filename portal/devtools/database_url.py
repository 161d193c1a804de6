"""The URL of the embedded PostgreSQL, used if DATABASE_URL is not set."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

from portal.devtools.folders import VAR

POSTGRES_URL = VAR / "postgres.url"


def running_database_url(file: Path = POSTGRES_URL) -> str | None:
    """Return the database URL of a running ``make run``, or None."""
    try:
        url = file.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return url if _answers(url) else None


def _answers(url: str) -> bool:
    # A supervisor that was killed leaves its file behind, so the file alone proves nothing.
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False
