"""What is said to PostgreSQL: every statement, with those that begin and end transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import connection as database
from django.db.backends.signals import connection_created
from psycopg.pq import Trace

# What libpq writes down for a message that makes the server run something.
RUN = re.compile(
    r'^F\t\d+\t(?:Query|Parse)\t[^"\n]*"(.*?)"$(?=\n[FB]\t|\n?\Z)', re.MULTILINE | re.DOTALL
)


class Wire:
    """Listens to every connection that is opened while it is tapped."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def tap(self, **_signal: Any) -> None:
        """Listen to Django's present connection, too."""
        pgconn = database.connection.pgconn
        pgconn.trace(self._file.fileno())
        pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

    def heard(self) -> list[str]:
        """The statements since the last time that somebody asked, in their order."""
        self._file.seek(0)
        said = self._file.read().decode()
        self._file.seek(0)
        self._file.truncate()
        return [" ".join(statement.split()) for statement in RUN.findall(said)]


@contextmanager
def tapped() -> Iterator[Wire]:
    """The wire to the database, from its next connection on."""
    with TemporaryFile("w+b", buffering=0) as file:
        wire = Wire(file)
        connection_created.connect(wire.tap)
        database.close()
        try:
            yield wire
        finally:
            connection_created.disconnect(wire.tap)
            database.close()
