"""Who lives in the pretend WeChat: registered apps, and people with a phone."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What an app was registered as."""

    WEBSITE = "website"
    SERVICE_ACCOUNT = "service_account"


class AppState(StrEnum):
    """How far the review of an app has come."""

    AUDITING = "auditing"
    APPROVED = "approved"
    REFUSED = "refused"
    OFFLINE = "offline"


@dataclass
class App:
    """An app as its owner registered it; apps of one ``open_account`` (原始ID) share unionids."""

    appid: str
    secret: str = field(repr=False)
    name: str
    callback_domain: str
    open_account: str
    name_en: str = ""
    kind: Kind = Kind.WEBSITE
    state: AppState = AppState.APPROVED
    login_granted: bool = True
    ip_whitelist: tuple[str, ...] = ()
    lenient_localhost: bool = False

    @property
    def offers_website_login(self) -> bool:
        """Whether the QR code page may be used with this app."""
        return self.kind is Kind.WEBSITE and self.state is AppState.APPROVED and self.login_granted


@dataclass
class Person:
    """Somebody with WeChat; ``picture`` is "" for none, or an address without its size."""

    id: str
    nickname: str
    picture: str = ""
    unionids: dict[str, str] = field(default_factory=dict)

    def openid(self, app: App) -> str:
        """The person's id in one app, the same after every restart."""
        return _derived_id("openid", app.appid, self.id)

    def unionid(self, app: App) -> str:
        """The person's id in all apps of one Open Platform account."""
        account = app.open_account
        return self.unionids.get(account) or _derived_id("unionid", account, self.id)


class World:
    """The apps and the people of one run."""

    def __init__(self, name: str, apps: Iterable[App] = (), people: Iterable[Person] = ()) -> None:
        self.name = name
        self.apps = {app.appid: app for app in apps}
        self.people = {person.id: person for person in people}


def new_appid() -> str:
    """An AppID in WeChat's form."""
    return "wx" + secrets.token_hex(8)


def new_secret() -> str:
    """An AppSecret in WeChat's form."""
    return secrets.token_hex(16)


def _derived_id(*parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]
