"""``python -m simulator``: the WeChat simulator as its own process."""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.loopback import is_loopback
from simulator.state import simulator
from simulator.storage import Storage, Unreadable


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; return 2 if it refuses to start, 1 if the port is taken."""
    chosen = _parser().parse_args(arguments)
    address = "127.0.0.1" if chosen.bind == "localhost" else chosen.bind
    if os.environ.get("MENKOU_ENV") == "production":
        return _refuse("it never runs in production (MENKOU_ENV=production is set).")
    if not is_loopback(address):
        return _refuse(f"it listens on this machine only, so --bind {address} is not possible.")
    storage = Storage(chosen.data)
    try:
        simulator.resume(storage)
    except Unreadable as problem:
        return _refuse(f"{chosen.data} is not a file that it wrote ({problem}). Move it away.")
    if chosen.data and not os.access(chosen.data.absolute().parent, os.W_OK | os.X_OK):
        return _refuse(f"it cannot write into the folder of {chosen.data}.")
    try:
        listener = _listen(address, chosen.port)
    except OSError as error:
        return _explain(error, address, chosen.port)
    host = f"[{address}]" if ":" in address else address
    print(f"WeChat simulator (微信模拟器) at http://{host}:{listener.getsockname()[1]}", flush=True)
    # Imported late: gunicorn takes a tenth of a second to load.
    from simulator.server import Server

    Server(listener).run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A stand-in for WeChat's website sign-in, for demos and tests. Not Tencent's.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("SIMULATOR_PORT", "8800"),
        help="port to listen on, 0 for any (default: SIMULATOR_PORT, else 8800)",
    )
    parser.add_argument("--bind", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        default=os.environ.get("SIMULATOR_DATA") or None,
        help="file in which apps and people outlive a restart (default: SIMULATOR_DATA, else none)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number up to 65535")
    return int(text)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _refuse(reason: str) -> int:
    print(f"The WeChat simulator does not start: {reason}", file=sys.stderr)
    return 2


def _explain(error: OSError, address: str, port: int) -> int:
    reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
    print(
        f"Port {port} of {address} {reason}. Choose another with --port or SIMULATOR_PORT.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
