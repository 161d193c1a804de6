"""Codes and tokens, with WeChat's checks in WeChat's order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from simulator.bounded import keep_newest
from simulator.errors import WeChatError
from simulator.tickets import random_text
from simulator.world import App, Person

ACCESS_TOKEN_LIFE_S = 7200
REFRESH_TOKEN_LIFE_S = 30 * 24 * 3600


@dataclass
class Consent:
    """What a person has allowed an app."""

    app: App
    person: Person
    scope: str
    # On a snapshot page (快照页), WeChat returns a made-up user.
    snapshot: bool = False

    @property
    def shows_unionid(self) -> bool:
        """Whether the response has a unionid. The silent scope snsapi_base has none."""
        return self.scope != "snsapi_base" and not self.snapshot

    @property
    def openid(self) -> str:
        """The person's id in the app, or the made-up one of a snapshot page."""
        return self.person.openid(self.app, invented=self.snapshot)


@dataclass
class Code:
    """A code for an app's callback."""

    consent: Consent
    issued_at: float
    used: bool = False


@dataclass
class Grant:
    """The tokens that a code was exchanged for."""

    consent: Consent
    access_token: str = field(repr=False)
    access_expires_at: float
    refresh_token: str = field(repr=False)
    refresh_expires_at: float

    @property
    def openid(self) -> str:
        """The id of the person in the app that holds the tokens."""
        return self.consent.openid


class Grants:
    """All codes and tokens of a run."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._by_access_token: dict[str, Grant] = {}
        self._by_refresh_token: dict[str, Grant] = {}

    def issue_code(self, consent: Consent, now: float) -> str:
        """A fresh code of 32 letters and digits."""
        code = random_text(32)
        self._codes[code] = Code(consent, now)
        keep_newest(self._codes)
        return code

    def burn(self, code: str) -> None:
        """Mark a code as used."""
        if code in self._codes:
            self._codes[code].used = True

    def exchange(self, app: App, code: str, now: float, life_s: int) -> Grant:
        """Return tokens for a code. This call uses it up, even if it belongs to another app."""
        issued = self._codes.get(code)
        if issued is None:
            raise WeChatError(40029)
        if issued.used:
            raise WeChatError(40163)
        issued.used = True
        if issued.consent.app is not app:
            raise WeChatError(40029)
        if now - issued.issued_at > life_s:
            raise WeChatError(42003)
        return self._grant(issued.consent, now)

    def refresh(self, app: App, refresh_token: str, now: float) -> Grant:
        """Return the grant with two more hours for its access token, or with a new one."""
        grant = self._by_refresh_token.get(refresh_token)
        if grant is None or grant.consent.app is not app:
            raise WeChatError(40030)
        if now > grant.refresh_expires_at:
            raise WeChatError(42002)
        if now > grant.access_expires_at:
            grant.access_token = _access_token()
            self._by_access_token[grant.access_token] = grant
            keep_newest(self._by_access_token)
        grant.access_expires_at = now + ACCESS_TOKEN_LIFE_S
        return grant

    def check(self, access_token: str, openid: str, now: float) -> Grant:
        """Return the grant of a token that is valid and belongs to the openid."""
        grant = self._by_access_token.get(access_token)
        if grant is None:
            raise WeChatError(40001)
        if access_token != grant.access_token or now > grant.access_expires_at:
            raise WeChatError(42001)
        if openid != grant.openid:
            raise WeChatError(40003)
        return grant

    def _grant(self, consent: Consent, now: float) -> Grant:
        grant = Grant(
            consent=consent,
            access_token=_access_token(),
            access_expires_at=now + ACCESS_TOKEN_LIFE_S,
            refresh_token=_access_token(),
            refresh_expires_at=now + REFRESH_TOKEN_LIFE_S,
        )
        self._by_access_token[grant.access_token] = grant
        self._by_refresh_token[grant.refresh_token] = grant
        keep_newest(self._by_access_token)
        keep_newest(self._by_refresh_token)
        return grant


def _access_token() -> str:
    return f"9{secrets.randbelow(10)}_{secrets.token_urlsafe(64)}"
