"""The values that a connection's form starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EditBase:
    """What is live, or the draft beside it."""

    labels: Mapping[str, str]
    settings: Mapping[str, Any]
    enabled: bool
    # The fields of the secrets that need not be typed again.
    secrets: frozenset[str]
