"""Memory settings before the fork, so that workers share most of their memory."""

from __future__ import annotations

import ctypes
import gc

# <malloc.h>: how many separate heaps threads may have.
M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Make all threads share one malloc arena, with glibc; call it before threads start.

    Python's threads rarely allocate at the same time, and each arena has its own fragmentation.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)


def freeze_memory() -> None:
    """Collect garbage, return free memory, and exclude the rest from later collections."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    # The garbage collector of each child writes to every object, which copies shared pages: 15 MB
    # each (docs/performance.md).
    gc.freeze()
