"""Limits on memory: only the newest entries are kept, so a long run does not grow forever."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

LIMIT = 10_000


def keep_newest(kept: MutableMapping[str, Any], limit: int = LIMIT) -> None:
    """Remove the oldest entries of a dictionary that exceeds the limit."""
    while len(kept) > limit:
        del kept[next(iter(kept))]
