"""QR codes from their display to the decision on the phone."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from enum import Enum

from simulator import redirects
from simulator.bounded import keep_newest
from simulator.world import App

LIFE_S = 300
ALPHANUMERIC = string.ascii_letters + string.digits


class Stage(Enum):
    """The stage of a QR code. The value is the wx_errcode of a poll."""

    WAITING = 408
    SCANNED = 404
    CANCELLED = 403
    CONFIRMED = 405
    EXPIRED = 402


@dataclass
class Ticket:
    """A QR code and its sign-in."""

    uuid: str
    app: App
    redirect_uri: str
    state: str
    made_at: float
    stage: Stage = Stage.WAITING
    code: str = ""

    def stage_at(self, now: float) -> Stage:
        """Return the stage, which is EXPIRED after five minutes."""
        return Stage.EXPIRED if now - self.made_at > LIFE_S else self.stage

    @property
    def awaits_decision(self) -> bool:
        """Whether 同意 and 取消 are still possible."""
        return self.stage in (Stage.WAITING, Stage.SCANNED)

    def address_after_consent(self) -> str:
        """The URL for the browser once the code was issued."""
        return redirects.with_code(self.redirect_uri, self.code, self.state)

    def address_after_refusal(self) -> str:
        """The URL of WeChat's former redirect after 取消."""
        return redirects.without_code(self.redirect_uri, self.state)


class Tickets:
    """All QR codes of a run, by uuid."""

    def __init__(self) -> None:
        self._by_uuid: dict[str, Ticket] = {}

    def make(self, app: App, redirect_uri: str, state: str, now: float) -> Ticket:
        """Return a new QR code for one page."""
        uuid = random_text(16)
        ticket = Ticket(uuid, app, redirect_uri, state, now)
        self._by_uuid[uuid] = ticket
        keep_newest(self._by_uuid)
        return ticket

    def find(self, uuid: str) -> Ticket | None:
        """Return the QR code with this uuid, also if it has expired."""
        return self._by_uuid.get(uuid)

    def stage(self, uuid: str, now: float) -> tuple[Stage, str]:
        """Return the stage and the code of a QR code. An unknown one counts as expired."""
        ticket = self._by_uuid.get(uuid)
        if ticket is None:
            return Stage.EXPIRED, ""
        stage = ticket.stage_at(now)
        return stage, ticket.code if stage is Stage.CONFIRMED else ""


def random_text(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(length))
