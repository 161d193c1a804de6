"""The content of the simulated WeChat: registered apps, and people with a phone."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The type of an app."""

    WEBSITE = "website"
    MOBILE_APP = "mobile_app"
    SERVICE_ACCOUNT = "service_account"


class AppState(StrEnum):
    """The state of an app's review."""

    DRAFT = "draft"
    AUDITING = "auditing"
    APPROVED = "approved"
    REFUSED = "refused"
    OFFLINE = "offline"


class PushFormat(StrEnum):
    """The format of pushed events."""

    XML = "xml"
    JSON = "json"


@dataclass
class Account:
    """An Open Platform account. Its apps share unionids."""

    original_id: str
    name: str = ""


@dataclass
class App:
    """An app. Apps of the same ``open_account`` (原始ID) share unionids."""

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
    # Shown to the reviewer.
    description: str = ""
    description_en: str = ""
    website: str = ""
    icon_small: str = field(default="", repr=False)
    icon_large: str = field(default="", repr=False)
    registration_form: str = ""
    refusal: str = ""
    # A secret that was created in the console is shown there once. All others are always shown.
    secret_is_open: bool = True
    # A service account's own 原始ID, which differs from its open_account.
    original_id: str = ""
    push_url: str = ""
    push_token: str = field(default="", repr=False)
    push_format: PushFormat = PushFormat.XML

    @property
    def domain_term(self) -> str:
        """WeChat's name for the callback host."""
        return "网页授权域名" if self.kind is Kind.SERVICE_ACCOUNT else "授权回调域"

    @property
    def account_term(self) -> str:
        """The name of the 原始ID of the account in which unionids are shared."""
        return "开放平台账号原始ID" if self.kind is Kind.SERVICE_ACCOUNT else "原始ID"

    @property
    def offers_website_login(self) -> bool:
        """Whether the app can use the QR code page."""
        return self.kind is Kind.WEBSITE and self.state is AppState.APPROVED and self.login_granted


@dataclass
class Person:
    """A WeChat user. ``picture`` is "" for none, or a URL without its size."""

    id: str
    nickname: str
    picture: str = ""
    unionids: dict[str, str] = field(default_factory=dict)

    def openid(self, app: App, *, invented: bool = False) -> str:
        """Return the person's id in one app, the same after every restart."""
        return _derived_id("snapshot" if invented else "openid", app.appid, self.id)

    def unionid(self, app: App) -> str:
        """Return the person's id in all apps of one Open Platform account."""
        account = app.open_account
        return self.unionids.get(account) or _derived_id("unionid", account, self.id)


class World:
    """The accounts, apps and people of one run."""

    def __init__(
        self,
        name: str,
        apps: Iterable[App] = (),
        people: Iterable[Person] = (),
        accounts: Iterable[Account] = (),
    ) -> None:
        self.name = name
        self.apps = {app.appid: app for app in apps}
        self.people = {person.id: person for person in people}
        self._accounts = {account.original_id: account for account in accounts}

    @property
    def accounts(self) -> dict[str, Account]:
        """All accounts by 原始ID, including those that only an app refers to."""
        for app in self.apps.values():
            self._accounts.setdefault(app.open_account, Account(app.open_account))
        return self._accounts

    def open_account(self, name: str) -> Account:
        """Create an account."""
        account = Account(new_original_id(), name)
        self._accounts[account.original_id] = account
        return account


def new_appid() -> str:
    """An AppID in WeChat's form."""
    return "wx" + secrets.token_hex(8)


def new_secret() -> str:
    """An AppSecret in WeChat's form."""
    return secrets.token_hex(16)


def new_original_id() -> str:
    """An 原始ID in WeChat's form."""
    return "gh_" + secrets.token_hex(6)


def _derived_id(*parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]
