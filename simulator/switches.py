"""Variants of WeChat's behavior, to choose from."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from simulator.json_input import BadInput, check_keys, parse_choice


class DenyMode(StrEnum):
    """What the QR code page does after 取消: stay, or redirect with only the state."""

    NONE = "none"
    STATE_ONLY = "state_only"


class RidStyle(StrEnum):
    """How an errmsg contains the request id."""

    RID = "rid"
    HINTS = "hints"
    NONE = "none"


def _usual_hold() -> float:
    return float(os.environ.get("SIMULATOR_POLL_HOLD_S", "25"))


@dataclass
class Switches:
    """The current choices. ``client_ip`` replaces the caller's address in checks of the IP
    allowlist.
    """

    deny_mode: DenyMode = DenyMode.NONE
    content_type: str = "text/plain"
    code_ttl: int = 300
    rid_style: RidStyle = RidStyle.RID
    poll_hold_s: float = field(default_factory=_usual_hold)
    client_ip: str = ""
    approve_at_once: bool = False
    # Whether pages of service accounts are opened as snapshots (快照页).
    snapshot: bool = False

    def change(self, data: dict[str, Any]) -> None:
        """Change the given choices and keep the others."""
        check_keys(
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
            changes["deny_mode"] = parse_choice(changes["deny_mode"], DenyMode, "deny_mode")
        if "rid_style" in changes:
            changes["rid_style"] = parse_choice(changes["rid_style"], RidStyle, "rid_style")
        if changes.get("code_ttl", 1) < 1 or not 0 <= changes.get("poll_hold_s", 0) <= 60:
            raise BadInput("code_ttl must be at least 1, poll_hold_s between 0 and 60.")
        for name, value in changes.items():
            setattr(self, name, value)

    def read(self) -> dict[str, Any]:
        """Return all choices for JSON."""
        return asdict(self)
