"""``menkou healthcheck``: whether the server or the worker of this machine is alive.

It loads nothing but the standard library, because a container runs it every few seconds.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import time
from collections.abc import Sequence

ADDRESS = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})(/[\w/.-]*)?", re.ASCII)
DEFAULT_ADDRESS = "127.0.0.1:8000"
LAST_PORT = 65535
SECONDS = 3.0
# The worker touches its file every five seconds.
WORKER_SECONDS = 30.0
USAGE = "Usage: menkou healthcheck [server [HOST:PORT[/PATH]] | worker]"


class Unhealthy(Exception):
    """The process does not answer; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Return 0 if the server (or worker) is alive, 1 if not, 2 for wrong arguments."""
    which, *rest = arguments or ["server"]
    try:
        if which == "server" and len(rest) < 2:
            check_server(rest[0] if rest else DEFAULT_ADDRESS)
        elif which == "worker" and not rest:
            check_worker(os.environ.get("MENKOU_HEARTBEAT_FILE", ""))
        else:
            raise ValueError
    except ValueError:
        print(USAGE, file=sys.stderr)  # noqa: T201
        return 2
    except Unhealthy as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def check_server(address: str) -> None:
    """Ask for /healthz, or the path of the address; raises Unhealthy, or ValueError."""
    found = ADDRESS.fullmatch(address)
    if found is None or int(found[3]) > LAST_PORT:
        raise ValueError
    path = found[4] or "/healthz"
    connection = http.client.HTTPConnection(found[1] or found[2], int(found[3]), timeout=SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unhealthy(f"http://{address} does not answer: {error}") from None
    finally:
        connection.close()
    if status != 200:
        raise Unhealthy(f"http://{address} answers {status}.")


def check_worker(path: str) -> None:
    """Look at the file that the worker touches; raises Unhealthy."""
    if not path:
        raise Unhealthy("MENKOU_HEARTBEAT_FILE is not set. Set it for the worker and this command.")
    try:
        age = time.time() - os.stat(path).st_mtime
    except OSError as error:
        raise Unhealthy(
            f"{path} cannot be read: {error.strerror}. The worker is starting, or "
            "it has another MENKOU_HEARTBEAT_FILE."
        ) from None
    if age > WORKER_SECONDS:
        raise Unhealthy(f"The worker gave its last sign of life {age:.0f} seconds ago.")
