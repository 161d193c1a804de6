"""What was asked of the simulator, with nothing secret in it."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

KEPT = 1000

# Only parameters that are known to be harmless are shown; everything else is masked.
SHOWN = frozenset(
    {
        *("appid", "grant_type", "scope", "lang", "response_type", "redirect_uri", "openid"),
        *("login_type", "self_redirect", "style", "styletype", "sizetype", "bgcolor", "rst"),
        *("stylelite", "fast_login", "uuid", "last", "f", "_", "person", "decision"),
    }
)
LOOKS_SECRET = re.compile(r"[0-9A-Za-z_-]{32,}")


class Journal:
    """The latest calls in order, and how many there were of each kind."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def write(self, endpoint: str, entry: Mapping[str, Any]) -> None:
        """Remember one call."""
        self._counts[endpoint] += 1
        self._entries.append({"endpoint": endpoint, **entry})

    def read(self) -> dict[str, Any]:
        """The counts and the entries, oldest first."""
        return {"counts": dict(self._counts), "entries": list(self._entries)}

    def clear(self) -> None:
        """Start counting again."""
        self._entries.clear()
        self._counts.clear()


def masked(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters as the journal shows them.

    A secret typed into the wrong field is masked too, wherever its length gives it away.
    """
    return {name: _masked_value(name, value) for name, value in params.items()}


def _masked_value(name: str, value: str) -> str:
    if name in SHOWN:
        return LOOKS_SECRET.sub("••••", value)
    return "••••" if value else ""
