"""Waiting until a server that was just started answers."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass

from portal.running.ports import HOST
from portal.running.processes import wait_until

STARTED_WITHIN = 60.0


@dataclass(frozen=True)
class Page:
    """A page that is there once its server is up, and the host name to ask for it by."""

    name: str
    port: int
    path: str
    host: str

    def is_there(self) -> bool:
        """Tell whether a GET succeeds."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", self.path, headers={"Host": self.host})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def wait_for_page(page: Page, *, give_up: Callable[[], bool]) -> bool:
    """Wait until the page is there, or there is no use in waiting; true when it is there."""
    wait_until(lambda: give_up() or page.is_there(), seconds=STARTED_WITHIN)
    return not give_up() and page.is_there()
