"""A supervisor as small as can be: a server, and a witness that looks for it when it is ended."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.lock import hold_lock
from portal.devtools.postgres.server import FAST_UNSAFE_OPTIONS, Server
from portal.devtools.supervision import interruptible

WITNESS = """
import pathlib, signal, sys, time, psycopg
url, diary = sys.argv[1], pathlib.Path(sys.argv[2])
def last_words(number, frame):
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
    diary.write_text("the database was still there")
    sys.exit(0)
signal.signal(signal.SIGTERM, last_words)
diary.write_text("waiting")
time.sleep(60)
"""


def supervise(var: Path) -> None:
    """Keep the server and the witness up until told to stop."""
    children = ChildProcesses(var / "run.children.json")
    with interruptible(), hold_lock(var / "run.lock"):
        children.terminate_leftovers()
        with Server(var / "postgres", options=FAST_UNSAFE_OPTIONS) as url, children:
            children.start("witness", [sys.executable, "-c", WITNESS, url, str(var / "witness")])
            time.sleep(60)


if __name__ == "__main__":
    try:
        supervise(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(0)
