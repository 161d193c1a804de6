"""The interface of a sign-in protocol: plain values, no request and no model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from typing import Protocol as Interface
from urllib.parse import unquote_plus, urlencode, urlsplit

from connections.values.failures import HasFaults, SignInFailed

# What the token endpoint returned, as far as it is used.
Tokens = dict[str, Any]
# The user's data at the provider.
Profile = dict[str, Any]

# The decrypted secrets of a connection by name.
Secrets = Mapping[str, str]
NO_SECRETS: Secrets = MappingProxyType({})

# Measures the call to the provider in the block, under this name.
Timed = Callable[[str], AbstractContextManager[None]]


def untimed(call: str) -> AbstractContextManager[None]:
    """Measure nothing."""
    return nullcontext()


# Of the current sign-in, for documents of providers that are fetched only if they are not cached.
current_timed: ContextVar[Timed] = ContextVar("current_timed", default=untimed)


class HasUrl(Interface):
    """An endpoint of a provider."""

    @property
    def url(self) -> str:
        """The whole address."""
        ...


class Provider(HasFaults, Interface):
    """The attributes of a catalogue entry that a protocol uses."""

    @property
    def endpoints(self) -> Mapping[str, HasUrl]:
        """The provider's endpoints by name."""
        ...

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes if the connection sets none."""
        ...

    @property
    def rule_scopes(self) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
        """Returns the scopes that the access rules in the settings need in addition."""
        ...

    @property
    def code_parameter(self) -> str:
        """The callback's parameter for the code."""
        ...

    @property
    def nonce(self) -> bool:
        """Whether the provider returns our nonce in a signed value."""
        ...

    @property
    def reauthentication(self) -> Mapping[str, str]:
        """The parameters of the request with which the provider asks again who the user is."""
        ...

    @property
    def login_hint(self) -> str:
        """The parameter of the request for the probable account of the user, or ""."""
        ...

    @property
    def issuer(self) -> Callable[[Mapping[str, Any]], str]:
        """Returns the provider's issuer from the settings."""
        ...


@dataclass(frozen=True, kw_only=True)
class Client:
    """The app that a connection has at its provider (RFC 6749, section 2)."""

    definition: Provider
    client_id: str
    settings: Mapping[str, Any]
    secrets: Secrets = field(default_factory=dict, repr=False)
    # The redirect URI, on the project's own host.
    callback_url: str

    @property
    def client_secret(self) -> str:
        """The client secret, which most providers have."""
        return self.secrets.get("client_secret", "")


@dataclass(frozen=True, kw_only=True)
class Start:
    """The start of a sign-in: values for the provider to return, and about the browser."""

    state: str
    # Empty if the provider returns no nonce.
    nonce: str = ""
    language: str = "en"
    user_agent: str = ""
    # Whether a session at the provider is not enough, as an application may demand.
    reauthenticate: bool = False
    # The account with which the user will probably sign in, as an application has said.
    login_hint: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """The URL for the browser, and the PKCE verifier to keep until the callback."""

    url: str
    pkce_verifier: str = ""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """The parameters of the callback, and the values kept since the start."""

    parameters: Mapping[str, str]
    pkce_verifier: str = ""
    nonce: str = ""


class Protocol(ABC):
    """How users sign in at a provider. An instance serves one client for one request.

    Each method may raise SignInFailed, or RequestFailed if the provider does not respond.
    """

    def __init__(self, client: Client, *, timed: Timed = untimed) -> None:
        self.client = client
        self.timed = timed
        # Values of this sign-in that must not be shown or logged, such as its code and tokens.
        self.temporary_secrets: list[str] = []

    @property
    def definition(self) -> Provider:
        """The catalogue entry."""
        return self.client.definition

    @property
    def settings(self) -> Mapping[str, Any]:
        """The connection's settings."""
        return self.client.settings

    @abstractmethod
    def begin(self, start: Start) -> Redirect:
        """Return the redirect to the provider.

        It has the parameters of `demands`.
        """

    def demands(self, start: Start) -> Mapping[str, str]:
        """Return the parameters for a new sign-in at the provider, and for a probable account.

        Both as the start demands it, and as the definition names them.
        """
        demands = dict(self.definition.reauthentication if start.reauthenticate else {})
        if self.definition.login_hint and start.login_hint:
            demands[self.definition.login_hint] = start.login_hint
        return demands

    @abstractmethod
    def finish(self, callback: Callback) -> dict[str, Any]:
        """Return the provider's data about the user, for `Definition.claims`."""

    def announced_problems(self) -> list[SignInFailed]:
        """Return what the provider announces and what may keep people from signing in.

        The first is the most serious.
        """
        return []

    def request_app_token(self) -> None:
        """Request a token for the app itself, to test its credentials."""
        raise NotImplementedError

    # --- for checks -------------------------------------------------------------------------------

    def called_urls(self) -> list[str]:
        """Return the URLs at the provider that this server calls first, without a request."""
        return []

    @property
    def publishes_metadata(self) -> bool:
        """Whether the provider's endpoints come from a document that it publishes."""
        return False

    def fetch_metadata(self) -> None:
        """Fetch that document and compare it with the settings."""
        raise NotImplementedError

    @property
    def verifies_signatures(self) -> bool:
        """Whether answers are verified with keys that the provider publishes."""
        return False

    def fetch_keys(self) -> None:
        """Fetch these keys."""
        raise NotImplementedError


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return the URL with these parameters, in place of those of the same name."""
    if not parameters:
        return url
    parts = urlsplit(url)
    kept = [
        each
        for each in parts.query.split("&")
        if each and unquote_plus(each.partition("=")[0]) not in parameters
    ]
    return parts._replace(query="&".join((*kept, urlencode(parameters)))).geturl()
