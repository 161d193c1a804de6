"""The OAuth 2 classes of the installed django-allauth, found by inspecting its packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.functional import cached_property

from connections.providers.derived.allauth_internals import (
    OAuth2Adapter,
    OAuth2Provider,
    SocialApp,
    adapter_module,
    package_names,
    provider_classes,
    reauthentication_parameters,
    request_context,
    start_url,
)
from connections.providers.derived.servers import SERVERS, Server, Setting
from connections.providers.derived.source import Source

# Each connection with settings gets its own class. This many are cached.
MAX_CACHED_CLASSES = 256
EXAMPLE = "https://id.example.com"

# A class without settings.
NO_SETTINGS = Server(settings=(), replaces=frozenset())


@dataclass(frozen=True)
class AllauthProvider:
    """An OAuth 2 provider of allauth, with facts from its source."""

    name: str
    provider_class: type[OAuth2Provider]
    # The callback parameters that it reads.
    callback_parameters: frozenset[str]
    # The strings in its `extract_uid`.
    uid_strings: frozenset[str]

    @property
    def server(self) -> Server:
        """The settings that it needs besides id and secret."""
        return SERVERS.get(self.name, NO_SETTINGS)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The settings of a connection. Each has a field."""
        return self.server.settings

    def adapter_class(self, settings: Mapping[str, Any]) -> type[OAuth2Adapter]:
        """Return the adapter class with a connection's settings."""
        return adapter_class_with(self, tuple(self.server.values(settings).items()))

    def given(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings for the provider's class, under its own names."""
        return dict(self.server.given(self.server.values(settings)))

    @cached_property
    def works(self) -> bool:
        """Whether it can start a sign-in within our rules: with a state, and at https URLs."""
        if not self.provider_class.oauth2_adapter_class.supports_state:
            return False
        try:
            made = [urlsplit(each) for each in self.addresses(self.filled_in)]
            # Some classes have a client that needs more than the standard one.
            begins = bool(self.example_authorization_url({}))
        except Exception:  # whatever a class makes of it
            return False
        return begins and all(
            each.scheme == "https" and "." in (each.hostname or "") for each in made
        )

    @cached_property
    def host(self) -> str:
        """The host of the authorization URL, with example values for required settings."""
        return urlsplit(self.addresses(self.filled_in)[0]).netloc

    @cached_property
    def filled_in(self) -> dict[str, str]:
        """The required settings with example values."""
        return {each.name: each.example for each in self.settings if each.required}

    @cached_property
    def supports_pkce(self) -> bool:
        """Whether additional parameters appear in the authorization URL."""
        return "code_challenge=x" in self.example_authorization_url({"code_challenge": "x"})

    @cached_property
    def reauthentication(self) -> dict[str, str]:
        """The parameters that the class adds to have the user sign in again; often none."""
        return reauthentication_parameters(self.adapter(self.filled_in))

    def example_authorization_url(self, parameters: Mapping[str, str]) -> str:
        """Return the authorization URL with example settings."""
        return start_url(self.adapter(self.filled_in), parameters)

    def addresses(self, settings: Mapping[str, Any]) -> tuple[str, str]:
        """Return the authorization and token URLs; raises whatever the class raises."""
        adapter = self.adapter(settings)
        # Some classes look up the app of the current request. This one belongs to no user.
        with request_context(adapter.request):
            return str(adapter.authorize_url), str(adapter.access_token_url)

    def adapter(self, settings: Mapping[str, Any]) -> OAuth2Adapter:
        """Return an adapter without a user; raises whatever the class raises."""
        request = HttpRequest()
        app = SocialApp(provider=self.name, key=settings.get("key", ""))
        app.settings = self.given(settings)
        adapter = self.adapter_class(settings)(request)
        provider = self.provider_class(request, app=app)
        adapter.get_provider = lambda: provider
        adapter.get_callback_url = lambda request, app: EXAMPLE
        return adapter


@lru_cache(MAX_CACHED_CLASSES)
def adapter_class_with(
    found: AllauthProvider, values: tuple[tuple[str, str], ...]
) -> type[OAuth2Adapter]:
    """Return the adapter's class with a connection's values in place of the deployment's."""
    native: type[OAuth2Adapter] = found.provider_class.oauth2_adapter_class
    attributes = dict(found.server.attributes(dict(values)))
    return type(native.__name__, (native,), attributes) if attributes else native


@cache
def known_names() -> frozenset[str]:
    """Return the names of allauth's provider packages without importing them."""
    return frozenset(package_names())


@cache
def find_provider(name: str) -> AllauthProvider | None:
    """Return the OAuth 2 provider of allauth with this name, or None if it does not work."""
    if name not in known_names():
        return None
    try:
        found = [inspect_class(name, each) for each in provider_classes(name)]
    except (ImportError, OSError):
        # Some need a package that is not installed, and some are no providers.
        return None
    return next((each for each in found if each and each.works), None)


def inspect_class(name: str, provider_class: type[OAuth2Provider]) -> AllauthProvider | None:
    """Return the facts about a class. Its source is not kept.

    Returns None for a class that makes HTTP requests outside our client, or that reads settings of
    the deployment in place of the connection's.
    """
    source = Source.from_module(adapter_module(provider_class))
    if source.bypasses_session or not source.settings <= SERVERS.get(name, NO_SETTINGS).replaces:
        return None
    return AllauthProvider(
        name=name,
        provider_class=provider_class,
        callback_parameters=frozenset({"code"}) | source.callback_parameters,
        uid_strings=source.strings_in("extract_uid"),
    )


def all_providers() -> Iterator[AllauthProvider]:
    """Return all providers that work, by name."""
    return filter(None, map(find_provider, sorted(known_names())))
