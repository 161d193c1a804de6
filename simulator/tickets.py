"""QR codes on the way from the screen to the phone and back."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from enum import Enum

from simulator import redirects
from simulator.keeping import keep_newest
from simulator.world import App

LIFE_S = 300
ALPHANUMERIC = string.ascii_letters + string.digits


class Stage(Enum):
    """How far a QR code has come; the value is the wx_errcode that a poll answers."""

    WAITING = 408
    SCANNED = 404
    CANCELLED = 403
    CONFIRMED = 405
    EXPIRED = 402


@dataclass
class Ticket:
    """One QR code, and the sign-in that it stands for."""

    uuid: str
    app: App
    redirect_uri: str
    state: str
    made_at: float
    stage: Stage = Stage.WAITING
    code: str = ""

    def stage_at(self, now: float) -> Stage:
        """The stage, which is EXPIRED once the QR code is older than five minutes."""
        return Stage.EXPIRED if now - self.made_at > LIFE_S else self.stage

    @property
    def awaits_decision(self) -> bool:
        """Whether the person may still tap 同意 or 取消."""
        return self.stage in (Stage.WAITING, Stage.SCANNED)

    def address_after_consent(self) -> str:
        """Where the browser goes once the code is there."""
        return redirects.with_code(self.redirect_uri, self.code, self.state)

    def address_after_refusal(self) -> str:
        """Where the browser went after 取消 in WeChat's older way."""
        return redirects.without_code(self.redirect_uri, self.state)


class Tickets:
    """All QR codes of a run, by uuid."""

    def __init__(self) -> None:
        self._by_uuid: dict[str, Ticket] = {}

    def make(self, app: App, redirect_uri: str, state: str, now: float) -> Ticket:
        """A fresh QR code for one page."""
        uuid = random_text(16)
        ticket = Ticket(uuid, app, redirect_uri, state, now)
        self._by_uuid[uuid] = ticket
        keep_newest(self._by_uuid)
        return ticket

    def find(self, uuid: str) -> Ticket | None:
        """The QR code with this uuid, also when it has expired."""
        return self._by_uuid.get(uuid)

    def stage(self, uuid: str, now: float) -> tuple[Stage, str]:
        """The stage and the code of a QR code; one that is unknown counts as expired."""
        ticket = self._by_uuid.get(uuid)
        if ticket is None:
            return Stage.EXPIRED, ""
        stage = ticket.stage_at(now)
        return stage, ticket.code if stage is Stage.CONFIRMED else ""


def random_text(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(length))
