"""Starts gunicorn so that hostile input harms nobody: little memory, and no way off this machine.

`python -m tests.fuzz.serve …` takes gunicorn's own arguments.
"""

from __future__ import annotations

import resource
import socket
from ipaddress import ip_address
from typing import Any

from gunicorn.app.wsgiapp import run
from pytest_socket import socket_allow_hosts

MOST_MEMORY = 3 * 1024**3
LOOPBACK = ("127.0.0.1", "::1")


def only_numbers(host: Any, *arguments: Any, **options: Any) -> Any:
    """Look up addresses that are numbers; of every name, say that there is none."""
    try:
        ip_address(str(host).strip("[]").partition("%")[0])
    except ValueError:
        raise socket.gaierror(socket.EAI_NONAME, "names are not looked up here") from None
    return look_up(host, *arguments, **options)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    look_up = socket.getaddrinfo
    socket.getaddrinfo = only_numbers
    socket_allow_hosts(list(LOOPBACK), allow_unix_socket=True)
    run()
