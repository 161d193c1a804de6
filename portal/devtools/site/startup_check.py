"""Waits until a server responds after its start."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass

from portal.devtools.ports import HOST
from portal.devtools.processes import wait_until

STARTUP_SECONDS = 60.0


@dataclass(frozen=True)
class StartupPage:
    """A page that is available once its server runs, and the Host header for it."""

    name: str
    port: int
    path: str
    host: str

    def is_available(self) -> bool:
        """Whether a GET succeeds."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", self.path, headers={"Host": self.host})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def wait_for_page(page: StartupPage, *, give_up: Callable[[], bool]) -> bool:
    """Wait until the page is available or `give_up` returns True; return whether it is."""
    wait_until(lambda: give_up() or page.is_available(), seconds=STARTUP_SECONDS)
    return not give_up() and page.is_available()
