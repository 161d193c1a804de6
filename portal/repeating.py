"""A page that lost its connection to the database half-way is drawn again."""

from __future__ import annotations

from django.db import connection as database
from django.http import HttpRequest, HttpResponse

from portal.middleware import GetResponse

SAFE = frozenset({"GET", "HEAD"})
TIMES = 3


class Again:
    """Asks again, a few times, for what changes nothing, where only a connection broke.

    A callback may be asked again, too: its state is used up or it is not, and a code is asked for
    with a state only.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for _time in range(TIMES):
            if response.status_code != 503 or request.method not in SAFE or not connection_broke():
                break
            database.close()
            response = self.get_response(request)
        return response


def connection_broke() -> bool:
    """Whether this thread's connection is one that the database has ended."""
    connection = database.connection
    return connection is not None and connection.closed and not database.in_atomic_block
