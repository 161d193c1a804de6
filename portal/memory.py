"""What a process does with its memory before it forks, so that its children share most of it."""

from __future__ import annotations

import ctypes
import gc

# <malloc.h>: how many separate heaps threads may have.
M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Let all threads share one heap, where glibc can be asked to; before there are any.

    Threads of Python rarely ask for memory at the same moment, and each heap has holes of its own.
    A heap that a thread has got lives on after it, and is handed to another one, in workers too.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)


def settle() -> None:
    """Make what is loaded now as little as possible, and leave it where it is."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    # Else each child's collector writes into every object that it looks at, and so copies the
    # pages that it shared with the others: 15 MB each (docs/performance.md).
    gc.freeze()
