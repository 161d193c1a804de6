"""Ports of the loopback address."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from itertools import combinations

from portal.devtools.command_errors import CommandFailed

HOST = "127.0.0.1"
# The variables, in the order of `Ports`.
DEFAULT_PORTS = {"PORT": 8000, "SIMULATOR_PORT": 8800, "WEBSITE_PORT": 8900}


@dataclass(frozen=True)
class Ports:
    """The ports of ``make run``."""

    portal: int
    simulator: int
    website: int


def read_ports() -> Ports:
    """Return the ports from the environment; raises CommandFailed if two are the same."""
    ports = {name: port_from_environment(name, default) for name, default in DEFAULT_PORTS.items()}
    for one, other in combinations(ports, 2):
        if ports[one] == ports[other]:
            raise CommandFailed(
                f"{one} and {other} are both {ports[one]}: set one of them to another."
            )
    return Ports(*ports.values())


def port_from_environment(variable: str, default: int) -> int:
    """Return the port in an environment variable, or the default."""
    word = os.environ.get(variable) or str(default)
    if not word.isascii() or not word.isdigit() or not 0 < int(word) < 65536:
        raise CommandFailed(
            f"{variable} must be a port, a number from 1 to 65535, and is {word!r}."
        )
    return int(word)


def refuse_taken_port(variable: str, port: int) -> None:
    """Raise Refused, naming the variable, if the port is taken."""
    with socket.socket() as probe:
        # As servers do: connections that are still fading away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = (error.strerror or "not to be had").lower()
            raise CommandFailed(
                f"Port {port} is taken ({reason}): set {variable} to another, "
                f"for example {variable}={port + 1 if port < 65535 else port - 1} make run."
            ) from None


def find_free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
