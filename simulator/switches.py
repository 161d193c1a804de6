"""What WeChat is known to do in more than one way, so that either can be chosen."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from simulator.reading import BadInput, known, one_of


class DenyMode(StrEnum):
    """What the QR code page does after 取消: stay, or go back with nothing but the state."""

    NONE = "none"
    STATE_ONLY = "state_only"


class RidStyle(StrEnum):
    """How an errmsg names the request."""

    RID = "rid"
    HINTS = "hints"
    NONE = "none"


def _usual_hold() -> float:
    return float(os.environ.get("SIMULATOR_POLL_HOLD_S", "25"))


@dataclass
class Switches:
    """The present choice; ``client_ip`` stands for the caller's address where a list is kept."""

    deny_mode: DenyMode = DenyMode.NONE
    content_type: str = "text/plain"
    code_ttl: int = 300
    rid_style: RidStyle = RidStyle.RID
    poll_hold_s: float = field(default_factory=_usual_hold)
    client_ip: str = ""
    approve_at_once: bool = False
    # Whether service accounts' pages are opened as snapshots (快照页).
    snapshot: bool = False

    def change(self, data: dict[str, Any]) -> None:
        """Take over the given choices and leave the others."""
        known(
            data,
            deny_mode=str,
            content_type=str,
            code_ttl=int,
            rid_style=str,
            poll_hold_s=float,
            client_ip=str,
            approve_at_once=bool,
            snapshot=bool,
        )
        changes = dict(data)
        if "deny_mode" in changes:
            changes["deny_mode"] = one_of(changes["deny_mode"], DenyMode, "deny_mode")
        if "rid_style" in changes:
            changes["rid_style"] = one_of(changes["rid_style"], RidStyle, "rid_style")
        if changes.get("code_ttl", 1) < 1 or not 0 <= changes.get("poll_hold_s", 0) <= 60:
            raise BadInput("code_ttl must be at least 1, poll_hold_s between 0 and 60.")
        for name, value in changes.items():
            setattr(self, name, value)

    def read(self) -> dict[str, Any]:
        """All choices, ready for JSON."""
        return asdict(self)
