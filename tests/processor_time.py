"""Bounds of processor time, for what a stranger can send."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The block takes this thread no more processor time.

    The garbage collector rests meanwhile: a pass over all that other tests have left behind can
    take longer than the block.
    """
    collects = gc.isenabled()
    gc.disable()
    began = time.thread_time()
    try:
        yield
        used = time.thread_time() - began
    finally:
        if collects:
            gc.enable()
    assert used < seconds
