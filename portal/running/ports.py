"""Ports of the loopback address: those asked for, and free ones."""

from __future__ import annotations

import os
import socket

from portal.running.refusal import Refused

HOST = "127.0.0.1"


def asked_port(variable: str, default: int) -> int:
    """Give the port that the environment asks for."""
    word = os.environ.get(variable) or str(default)
    if not word.isascii() or not word.isdigit() or not 0 < int(word) < 65536:
        raise Refused(f"{variable} must be a port, a number from 1 to 65535, and is {word!r}.")
    return int(word)


def refuse_taken(variable: str, port: int) -> None:
    """Say which variable chooses another port where this one cannot be had."""
    with socket.socket() as probe:
        # As servers do: connections that are still fading away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = (error.strerror or "not to be had").lower()
            raise Refused(
                f"Port {port} is taken ({reason}): set {variable} to another, "
                f"for example {variable}={port + 1 if port < 65535 else port - 1} make run."
            ) from None


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
