"""Reads SAML messages one by one, each in a process of its own with little memory and time.

`python -m tests.connections.saml_reader` reads a message as a line of JSON and answers with one.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import resource
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MEMORY = 1024 * 1024 * 1024
PROCESSOR_SECONDS = 10
SECONDS = 60


@dataclass(frozen=True)
class Reading:
    """What came of a message."""

    # "" where it was accepted; "signal 14" where the process had to be ended.
    cause: str
    code: str = ""
    subject: str = ""
    # Of the thread that read it, and how much memory the process took more.
    processor_seconds: float = 0.0
    megabytes: float = 0.0


@dataclass
class Reader:
    """The process to which the tests speak."""

    process: subprocess.Popen[str]

    def response(self, posted: str, terms: dict[str, Any]) -> Reading:
        return self._ask({"posted": posted, "terms": terms})

    def metadata(self, text: str) -> Reading:
        return self._ask({"metadata": text})

    def new_names(self, documents: int, terms: dict[str, Any]) -> Reading:
        """So many documents, each of them full of names that no other one has."""
        return self._ask({"documents": documents, "terms": terms})

    def _ask(self, message: dict[str, Any]) -> Reading:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        return Reading(**json.loads(self.process.stdout.readline()))


@contextlib.contextmanager
def running() -> Iterator[Reader]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.connections.saml_reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Reader(process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    import django

    django.setup()
    # Imported here and not in each child, which would take most of the time that it is allowed.
    import connections.protocols.saml.protocol  # noqa: F401

    gc.collect()
    # A child then copies no page only because the collector looked at it.
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            limited(json.loads(line))
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            say({"cause": f"signal {os.WTERMSIG(status)}"})


def limited(message: dict[str, Any]) -> None:
    """Read one message within the limits, and end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    signal.alarm(SECONDS)
    before, began = megabytes(), time.process_time()
    try:
        said = read(message)
    except BaseException as error:
        said = {"cause": type(error).__name__}
    said["processor_seconds"] = time.process_time() - began
    said["megabytes"] = megabytes() - before
    say(said)
    os._exit(0)


def read(message: dict[str, Any]) -> dict[str, Any]:
    if "metadata" in message:
        return check_metadata(message["metadata"])
    if "posted" in message:
        return check_response(message["posted"], message["terms"])
    said: dict[str, Any] = {}
    for _number in range(message["documents"]):
        names = "".join(f"<n{secrets.token_hex(200)}/>" for _each in range(400))
        text = f"<r>{names}</r>"
        check_metadata(text)
        said = check_response(base64.b64encode(text.encode()).decode(), message["terms"])
    return said


def check_metadata(text: str) -> dict[str, Any]:
    from connections.protocols.saml.metadata import parse_pasted_metadata
    from connections.values.failures import SignInFailed

    try:
        return {"cause": "", "subject": parse_pasted_metadata(text).entity_id}
    except SignInFailed as failure:
        return {"cause": failure.cause, "code": failure.code}


def check_response(posted: str, terms: dict[str, Any]) -> dict[str, Any]:
    from connections.protocols.saml.metadata import Metadata
    from connections.protocols.saml.protocol import read_response
    from connections.protocols.saml.response import ExpectedValues
    from connections.values.failures import SignInFailed

    known = ExpectedValues(**{**terms, "provider": Metadata(**terms["provider"])})
    try:
        return {"cause": "", "subject": read_response(posted, known)["name_id"]}
    except SignInFailed as failure:
        return {"cause": failure.cause, "code": failure.code}


def megabytes() -> float:
    """The greatest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
