"""The OAuth 2 classes that the installed django-allauth ships, found by looking."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.core.context import request_context
from allauth.socialaccount import providers
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthAction
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest, QueryDict

from connections.derived.source import INJECTED, Setting, Source, compiled

# A connection's settings give a class each, of which so many are kept.
MOST_CLASSES = 256
# What stands for a setting that must be typed, to see whether a class works at all.
EXAMPLE_HOST = "id.example.com"
EXAMPLE = f"https://{EXAMPLE_HOST}"

Frozen = tuple[tuple[str, str | bool], ...]


@dataclass(frozen=True)
class Found:
    """A provider that allauth ships, with what its source says."""

    name: str
    provider_class: type[OAuth2Provider]
    # What its class reads, for the form.
    settings: tuple[Setting, ...]
    # Whether there is a third value beside id and secret.
    needs_key: bool
    # What it takes from a callback's address.
    callback_parameters: frozenset[str]
    # What it mentions where it says who somebody is.
    words_of_uid: frozenset[str]

    @classmethod
    def of(cls, name: str, provider_class: type[OAuth2Provider], source: Source) -> Found:
        """Return what is to be known of a class; the source itself is not kept."""
        return cls(
            name=name,
            provider_class=provider_class,
            settings=source.settings,
            needs_key=source.reads_key,
            callback_parameters=frozenset({"code"}) | source.callback_parameters,
            words_of_uid=source.names_in("extract_uid"),
        )

    @cached_property
    def adapter_module(self) -> ModuleType:
        """Where its adapter is written."""
        return import_module(self.provider_class.oauth2_adapter_class.__module__)

    def adapter_class(self, settings: Mapping[str, Any]) -> type[OAuth2Adapter]:
        """Return the adapter as it is with a connection's settings."""
        if not self.settings:
            native: type[OAuth2Adapter] = self.provider_class.oauth2_adapter_class
            return native
        return loaded(self, tuple(sorted(self.given(settings).items())))

    def given(self, settings: Mapping[str, Any]) -> dict[str, str | bool]:
        """Return a connection's settings by the names that the class has for them."""
        given: dict[str, str | bool] = {}
        for each in self.settings:
            value = settings.get(each.field)
            if value:
                put = each.flag if each.flag is not None else value
                given |= dict.fromkeys(each.spellings, put)
        return given

    @cached_property
    def works(self) -> bool:
        """Whether it can begin a sign-in and end it by our door, and by our rules."""
        if not self.provider_class.oauth2_adapter_class.supports_state:
            return False
        return (self.takes(EXAMPLE) or self.takes(EXAMPLE_HOST)) and self.begins

    @property
    def begins(self) -> bool:
        """Whether a sign-in can begin: some have a client that needs more than the standard's."""
        try:
            return bool(self.begins_at({}))
        except Exception:  # whatever it needs
            return False

    @cached_property
    def wants_hosts(self) -> bool:
        """Whether settings without a default are host names, and not whole addresses."""
        return not self.takes(EXAMPLE)

    @cached_property
    def host(self) -> str:
        """Where people are sent without any setting, or an example's host."""
        return urlsplit(self.addresses(self.filled_in(self.example))[0]).netloc

    @property
    def example(self) -> str:
        """What a setting without a default may look like."""
        return EXAMPLE_HOST if self.wants_hosts else EXAMPLE

    def filled_in(self, example: str) -> dict[str, str]:
        """Return as few settings as work, each with an example's value."""
        needed = [each.field for each in self.settings if each.required]
        return dict.fromkeys([*needed, *(["key"] if self.needs_key else [])], example)

    def takes(self, example: str) -> bool:
        """Whether the class makes addresses of an example, of what nobody can leave out."""
        try:
            made = [urlsplit(each) for each in self.addresses(self.filled_in(example))]
        except Exception:  # whatever a class makes of it
            return False
        return all(each.scheme == "https" and "." in (each.hostname or "") for each in made)

    @cached_property
    def takes_pkce(self) -> bool:
        """Whether what is added to the address at which a sign-in begins gets there."""
        return "code_challenge=x" in self.begins_at({"code_challenge": "x"})

    def begins_at(self, parameters: Mapping[str, str]) -> str:
        """Return the address at which a sign-in begins, with an example's settings."""
        adapter = self.adapter(self.filled_in(self.example))
        provider = adapter.get_provider()
        with request_context(adapter.request):
            client = adapter.get_client(adapter.request, provider.app)
            own = provider.get_auth_params_from_request(adapter.request, AuthAction.AUTHENTICATE)
            return str(client.get_redirect_url(adapter.authorize_url, [], {**own, **parameters}))

    def addresses(self, settings: Mapping[str, Any]) -> tuple[str, str]:
        """Return where people are sent, and where a code becomes a token; raises what it raises."""
        adapter = self.adapter(settings)
        # Some look up the app of the request that is being answered: here it is nobody's.
        with request_context(adapter.request):
            return str(adapter.authorize_url), str(adapter.access_token_url)

    def adapter(self, settings: Mapping[str, Any]) -> OAuth2Adapter:
        """Return an adapter of nobody's; raises whatever a class makes of settings."""
        request = HttpRequest()
        app = SocialApp(provider=self.name, key=settings.get("key", ""))
        app.settings = self.given(settings)
        adapter = self.adapter_class(settings)(request)
        provider = self.provider_class(request, app=app)
        adapter.get_provider = lambda: provider
        adapter.get_callback_url = lambda request, app: EXAMPLE
        return adapter


class Injected(dict[str, Any]):
    """What a class finds in place of the deployment's settings: its own, whatever it is called."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the connection's settings."""
        return dict(self)


@lru_cache(MOST_CLASSES)
def loaded(found: Found, given: Frozen) -> type[OAuth2Adapter]:
    """Return the adapter's class, loaded once more with these settings."""
    module = found.adapter_module
    code = compiled(Path(module.__file__ or ""))
    names: dict[str, Any] = {"__name__": module.__name__, INJECTED: Injected(given)}
    exec(code, names)  # noqa: S102 - a module of the installed allauth
    adapter: type[OAuth2Adapter] = names[found.provider_class.oauth2_adapter_class.__name__]
    return adapter


@cache
def names() -> frozenset[str]:
    """Return the names of allauth's packages; nothing is loaded for it."""
    return frozenset(each.name for each in pkgutil.iter_modules(providers.__path__) if each.ispkg)


@cache
def find(name: str) -> Found | None:
    """Return what allauth ships under a name, where it is OAuth 2 and works by our rules."""
    if name not in names():
        return None
    try:
        module = import_module(f"{providers.__name__}.{name}.provider")
        classes = [each for each in vars(module).values() if is_provider(each, module)]
        found = [found_in(name, each) for each in classes]
    except (ImportError, OSError):
        # Some need a package that is not installed; some are no providers.
        return None
    return next((each for each in found if each and each.works), None)


def found_in(name: str, provider_class: type[OAuth2Provider]) -> Found | None:
    """Return what is to be known of a class, unless it goes out by another door than ours."""
    source = Source.of(import_module(provider_class.oauth2_adapter_class.__module__))
    return None if source.goes_its_own_way else Found.of(name, provider_class, source)


def is_provider(value: object, module: ModuleType) -> bool:
    """Whether this is the class of a provider, written in this module."""
    return (
        isinstance(value, type)
        and issubclass(value, OAuth2Provider)
        and value.__module__ == module.__name__
        and hasattr(value, "oauth2_adapter_class")
    )


def every() -> Iterator[Found]:
    """Return all that work, by name."""
    return filter(None, map(find, sorted(names())))


def without_query(request: HttpRequest, *, but: frozenset[str] = frozenset()) -> HttpRequest:
    """Return the request as one that asks for nothing, except by the parameters named."""
    quiet = HttpRequest()
    quiet.META = request.META
    quiet.method = request.method
    kept = {name: request.GET[name] for name in but & set(request.GET)}
    quiet.GET = QueryDict(urlencode(kept))
    return quiet
