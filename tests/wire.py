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

# What libpq writes down for a message with a statement, with the name of a prepared one, and for
# one that has a prepared statement run.
MESSAGE = re.compile(
    r'^F\t\d+\t(?:Query\t "(?P<query>.*?)"'
    r'|Parse\t "(?P<new>\w*)" "(?P<prepared>.*?)" \d[^"\n]*'
    r'|Bind\t "\w*" "(?P<bound>\w*)"[^\n]*)$(?=\n[FB]\t|\n?\Z)',
    re.MULTILINE | re.DOTALL,
)


class Wire:
    """Listens to every connection that is opened while it is tapped."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._prepared: dict[str, str] = {}

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
        return [" ".join(statement.split()) for statement in self._run(said)]

    def _run(self, said: str) -> Iterator[str]:
        """Return each statement that was run, whether it was prepared before or not."""
        for message in MESSAGE.finditer(said):
            if message["query"] is not None:
                yield message["query"]
            elif message["new"] is not None:
                self._prepared[message["new"]] = message["prepared"]
            else:
                yield self._prepared[message["bound"]]


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
