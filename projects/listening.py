"""Hearing from PostgreSQL that a project has changed, in every process of every machine."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection as database

# What the trigger of projects/migrations sends: the id of a project whose row has changed.
CHANNEL = "menkou_projects"

# A connection can die without a word, so it is asked this often, and an answer is good for less
# than a second from the moment of the question: nothing older than that is ever believed.
BEAT_SECONDS = 0.3
SURE_SECONDS = 0.9
LONGEST_PAUSE_SECONDS = 2.0

log = logging.getLogger("menkou.listening")


class NotDirect(Exception):
    """Somebody stands between us and PostgreSQL, and would keep notifications to itself."""


class Listener:
    """One thread of this process that listens, over a connection of its own outside the pool.

    It starts when first asked, so after the fork of a server that loads the program before.
    """

    def __init__(self, *, heard: Callable[[str], None], began: Callable[[], None]) -> None:
        self._heard = heard
        self._began = began
        self._lock = threading.Lock()
        self._process = 0
        self._sure_until = 0.0
        self._complained = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def is_sure(self) -> bool:
        """Whether every change up to a moment ago has been heard; begins to listen."""
        if self._process != os.getpid():
            self._start()
        return time.monotonic() < self._sure_until

    def is_well(self) -> bool:
        """Whether it hears of changes, or was not asked to listen yet."""
        return self._process != os.getpid() or time.monotonic() < self._sure_until

    def stop(self) -> None:
        """Stop listening, until somebody asks again."""
        if self._process != os.getpid() or self._thread is None:
            return
        self._ended.set()
        self._thread.join(timeout=2 * BEAT_SECONDS)
        self._process, self._sure_until = 0, 0.0

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._sure_until, self._ended = 0.0, threading.Event()
            self._thread = threading.Thread(
                target=self._listen_for_ever, args=[self._ended], name="listening", daemon=True
            )
            self._thread.start()
            self._process = os.getpid()

    def _listen_for_ever(self, ended: threading.Event) -> None:
        pause = BEAT_SECONDS
        while not ended.is_set():
            try:
                self._listen(ended)
            except (psycopg.Error, OSError, NotDirect) as error:
                if self._sure_until:
                    pause = BEAT_SECONDS
                self._sure_until = 0.0
                self._complain(error)
                ended.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _complain(self, error: Exception) -> None:
        """Tell the log once, and not at every attempt."""
        if not self._complained:
            # What libpq says of a failed connection quotes where it leads.
            log.warning("not listening for changes (%s): each page asks", type(error).__name__)
        self._complained = True

    def _listen(self, ended: threading.Event) -> None:
        with psycopg.connect(**parameters(), autocommit=True) as connection:
            ask(connection)
            connection.execute(f"LISTEN {CHANNEL}")
            # Only now: a change before this moment was missed, each after it will be heard.
            self._began()
            self._complained = False
            while not ended.is_set():
                asked = time.monotonic()
                ask(connection)
                # What came with the answer is older than the answer.
                self._hear(connection, seconds=0)
                self._sure_until = asked + SURE_SECONDS
                self._hear(connection, seconds=BEAT_SECONDS)

    def _hear(self, connection: psycopg.Connection[Any], *, seconds: float) -> None:
        for notification in connection.notifies(timeout=seconds):
            self._heard(notification.payload)


def parameters() -> dict[str, Any]:
    """Where Django connects to, for a connection that notices when the other end is gone."""
    return {
        **database.get_connection_params(),
        "connect_timeout": 3,
        "tcp_user_timeout": 3000,
        "application_name": "menkou listening",
    }


def ask(connection: psycopg.Connection[Any]) -> None:
    """Have an answer from PostgreSQL itself; raises NotDirect behind a pooler."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    if row is None or row[0] != connection.info.backend_pid:
        raise NotDirect
