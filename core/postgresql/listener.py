"""Listens to PostgreSQL notifications about changes, in every process."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection as database

from core.postgresql.direct import connection_parameters

# A connection can die silently, so it is pinged this often. A reply counts for less than a second
# from the time of the ping, so cached data is never older than that.
PING_SECONDS = 0.3
CURRENT_SECONDS = 0.9
LONGEST_PAUSE_SECONDS = 2.0
# Seconds and milliseconds after which libpq gives a server up.
TIMEOUTS = {"connect_timeout": 3, "tcp_user_timeout": 3000}

log = logging.getLogger("menkou.listening")


@dataclass(frozen=True)
class Subscription:
    """A channel, what to call with the payload of each notification, and after a reconnect.

    Notifications before a reconnect may have been missed.
    """

    channel: str
    on_notification: Callable[[str], None]
    on_connect: Callable[[], None]


class PooledConnection(Exception):
    """A pooler such as PgBouncer is in between, which drops notifications.

    MENKOU_DIRECT_DATABASE_URL is then missing, or leads to the pooler, too.
    """


class Listener:
    """A thread that listens on its own connection outside the pool.

    It starts on first use, so after a preloading server has forked.
    """

    def __init__(self, *subscriptions: Subscription) -> None:
        self._subscriptions = {each.channel: each for each in subscriptions}
        self._lock = threading.Lock()
        self._process = 0
        self._current_until = 0.0
        self._failure_logged = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, subscription: Subscription) -> None:
        """Listen to one more channel; must be called before the thread starts."""
        self._subscriptions[subscription.channel] = subscription

    def is_current(self) -> bool:
        """Whether all changes until a moment ago were received; starts the thread if needed."""
        if self._process != os.getpid():
            self._start()
        return time.monotonic() < self._current_until

    def is_healthy(self) -> bool:
        """Whether it receives changes, or has not been started yet."""
        return self._process != os.getpid() or time.monotonic() < self._current_until

    def stop(self) -> None:
        """Stop the thread; the next `is_sure` starts it again."""
        if self._process != os.getpid() or self._thread is None:
            return
        self._ended.set()
        self._thread.join(timeout=2 * PING_SECONDS)
        self._process, self._current_until = 0, 0.0

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._current_until, self._ended = 0.0, threading.Event()
            self._thread = threading.Thread(
                target=self._listen_for_ever, args=[self._ended], name="listening", daemon=True
            )
            self._thread.start()
            self._process = os.getpid()

    def _listen_for_ever(self, ended: threading.Event) -> None:
        pause = PING_SECONDS
        while not ended.is_set():
            try:
                self._listen(ended)
            except (psycopg.Error, OSError, PooledConnection) as error:
                if self._current_until:
                    pause = PING_SECONDS
                self._current_until = 0.0
                self._log_failure_once(error)
                ended.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _log_failure_once(self, error: Exception) -> None:
        """Log the failure once, not at every attempt."""
        if not self._failure_logged:
            # libpq's message quotes the connection's address.
            log.warning("not listening for changes (%s): each page asks", type(error).__name__)
        self._failure_logged = True

    def _listen(self, ended: threading.Event) -> None:
        with psycopg.connect(**direct_connection_parameters(), autocommit=True) as connection:
            require_direct_connection(connection)
            for channel in self._subscriptions:
                connection.execute(f"LISTEN {channel}")
            # Changes before LISTEN may have been missed, so cached data must be dropped now.
            for each in self._subscriptions.values():
                each.on_connect()
            self._failure_logged = False
            while not ended.is_set():
                asked = time.monotonic()
                require_direct_connection(connection)
                # Notifications that came with the reply are older than the reply.
                self._handle_notifications(connection, seconds=0)
                self._current_until = asked + CURRENT_SECONDS
                self._handle_notifications(connection, seconds=PING_SECONDS)

    def _handle_notifications(self, connection: psycopg.Connection[Any], *, seconds: float) -> None:
        for notification in connection.notifies(timeout=seconds):
            self._subscriptions[notification.channel].on_notification(notification.payload)


def notify(channel: str, payload: str) -> None:
    """Send a notification to all processes, when the current transaction ends."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def direct_connection_parameters() -> dict[str, Any]:
    """Return the parameters of a direct connection, with timeouts that detect a dead server."""
    return {
        **connection_parameters(),
        **TIMEOUTS,
        "application_name": "menkou listening",
    }


def require_direct_connection(connection: psycopg.Connection[Any]) -> None:
    """Ping the server; raises PooledConnection behind a connection pooler."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    if row is None or row[0] != connection.info.backend_pid:
        raise PooledConnection
