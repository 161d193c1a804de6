"""Wait for other processes and threads."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


def wait_until(true: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait until the condition is true; fail the test after some seconds."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            pytest.fail(f"still not so after {seconds} s")
        time.sleep(0.01)
