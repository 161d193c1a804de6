"""Faults: how an endpoint fails, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from simulator.errors import BEFORE_THE_CODE
from simulator.json_input import BadInput, check_keys, require_keys

SNS = frozenset({"token", "refresh", "userinfo", "auth"})
PAGES = frozenset({"qrconnect", "qrcode", "poll", "confirm", "avatar"})


@dataclass
class Fault:
    """A fault. Several of its fields can be set."""

    endpoint: str
    errcode: int | None = None
    errmsg: str = ""
    delay_ms: int = 0
    drip_ms: int = 0
    http_status: int | None = None
    raw_body: str | None = None
    content_type: str | None = None
    set: dict[str, Any] = field(default_factory=dict)
    omit: list[str] = field(default_factory=list)
    close: bool = False
    count: int | None = None

    @property
    def replaces_answer(self) -> bool:
        """Whether the view is not called at all."""
        return not (self.errcode is None and self.raw_body is None and self.http_status is None)

    @property
    def burns_code(self) -> bool:
        """Whether the code in a token request with this fault counts as used."""
        return self.replaces_answer and self.errcode not in BEFORE_THE_CODE


class Faults:
    """The pending faults, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, data: dict[str, Any]) -> Fault:
        """Add the fault that a caller of the control API describes."""
        fault = _read(data)
        self._waiting.append(fault)
        return fault

    def take(self, endpoint: str) -> Fault | None:
        """Return the next fault for an endpoint, and remove it after its last use."""
        for fault in self._waiting:
            if fault.endpoint == endpoint:
                self._count_down(fault)
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults."""
        self._waiting.clear()

    def _count_down(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count == 0:
            self._waiting.remove(fault)


def _read(data: dict[str, Any]) -> Fault:
    check_keys(
        data,
        endpoint=str,
        errcode=int,
        errmsg=str,
        delay_ms=int,
        drip_ms=int,
        http_status=int,
        raw_body=str,
        content_type=str,
        set=dict,
        omit=list,
        close=bool,
        count=int,
    )
    require_keys(data, "endpoint")
    fault = Fault(**data)
    _refuse_nonsense(fault, given=set(data))
    return fault


def _refuse_nonsense(fault: Fault, given: set[str]) -> None:
    if fault.endpoint not in SNS | PAGES:
        raise BadInput(f"endpoint must be one of: {', '.join(sorted(SNS | PAGES))}.")
    if fault.endpoint in PAGES and given & {"errcode", "errmsg", "set", "omit"}:
        raise BadInput(f"{fault.endpoint} answers no JSON, so only the transport can go wrong.")
    if fault.http_status is not None and not 200 <= fault.http_status <= 599:
        raise BadInput("http_status must lie between 200 and 599.")
    if min(fault.delay_ms, fault.drip_ms) < 0 or (fault.count is not None and fault.count < 1):
        raise BadInput("delay_ms and drip_ms must not be negative, count must be at least 1.")
    if given <= {"endpoint", "count", "errmsg"}:
        choices = sorted({f.name for f in fields(Fault)} - {"endpoint", "count", "errmsg"})
        raise BadInput(f"The fault does nothing. Give one of: {', '.join(choices)}.")
