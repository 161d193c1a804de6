"""Bounded memory: what is kept is the newest, so that a long run does not grow for ever."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

LIMIT = 10_000


def keep_newest(kept: MutableMapping[str, Any], limit: int = LIMIT) -> None:
    """Drop the oldest entries of a dictionary that has outgrown the limit."""
    while len(kept) > limit:
        del kept[next(iter(kept))]
