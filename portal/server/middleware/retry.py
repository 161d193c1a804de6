"""Retries requests that lost their database connection."""

from __future__ import annotations

import time

from django.db import connection as database
from django.http import HttpRequest, HttpResponse

from core.language_middleware import GetResponse
from core.postgresql.retry import PAUSE_SECONDS

SAFE = frozenset({"GET", "HEAD"})
MAX_RETRIES = 3


class RetryOnLostConnection:
    """Retries safe requests a few times if their database connection broke.

    Callbacks may be retried as well: the same browser gets the same outcome again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for _time in range(MAX_RETRIES):
            if (
                response.status_code != 503
                or request.method not in SAFE
                or not is_connection_broken()
            ):
                break
            database.close()
            time.sleep(PAUSE_SECONDS)
            response = self.get_response(request)
        return response


def is_connection_broken() -> bool:
    """Whether the database has closed this thread's connection."""
    connection = database.connection
    return connection is not None and connection.closed and not database.in_atomic_block
