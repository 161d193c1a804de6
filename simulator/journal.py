"""The requests to the simulator, without secrets."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

KEPT = 1000

# Only parameters known to be harmless are shown. All others are masked.
SHOWN = frozenset(
    {
        *("appid", "grant_type", "scope", "lang", "response_type", "redirect_uri", "openid"),
        *("login_type", "self_redirect", "style", "styletype", "sizetype", "bgcolor", "rst"),
        *("stylelite", "fast_login", "uuid", "last", "f", "_", "person", "decision"),
    }
)
LOOKS_SECRET = re.compile(r"[0-9A-Za-z_-]{32,}")


class Journal:
    """The latest calls in order, and the number of each kind."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def write(self, endpoint: str, entry: Mapping[str, Any]) -> None:
        """Record a call."""
        self._counts[endpoint] += 1
        self._entries.append({"endpoint": endpoint, **entry})

    def read(self) -> dict[str, Any]:
        """Return the counts and the entries, oldest first."""
        return {"counts": dict(self._counts), "entries": list(self._entries)}

    def clear(self) -> None:
        """Reset the counts."""
        self._entries.clear()
        self._counts.clear()


def mask_parameters(params: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters for the journal.

    A secret in the wrong field is masked too if its length reveals it.
    """
    return {name: _masked_value(name, value) for name, value in params.items()}


def _masked_value(name: str, value: str) -> str:
    if name in SHOWN:
        return LOOKS_SECRET.sub("••••", value)
    return "••••" if value else ""
