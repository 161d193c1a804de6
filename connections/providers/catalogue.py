"""The catalogue: one line per provider, each loaded when it is first asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from django.conf import settings

from connections.providers.definition import Definition

PROVIDERS = (
    "google",
    "github",
    "wechat_web",
    "openid_connect",
    "saml",
    "okta",
    "auth0",
    "keycloak",
    "cognito",
    "onelogin",
    "pingone",
    "authentik",
    "zitadel",
    "logto",
    "authgear",
)


@cache
def get(provider_id: str) -> Definition:
    """Return the provider with this id; raises KeyError where there is none."""
    if provider_id not in PROVIDERS:
        raise KeyError(provider_id)
    definition: Definition = import_module(f"connections.providers.{provider_id}").PROVIDER
    return definition


def matches(definition: Definition, query: str) -> bool:
    """Whether every word of the query is part of something that the provider is called."""
    names = " ".join(definition.names).casefold()
    return all(word in names for word in unicodedata.normalize("NFKC", query).casefold().split())


def moved() -> Iterator[Definition]:
    """Return the providers that somebody else plays on this installation.

    Nothing is loaded where the deployment has moved nothing, as it is almost everywhere.
    """
    if settings.MENKOU_MOVED_ENDPOINTS or get("wechat_web").endpoints_moved:
        yield from (each for each in every() if each.endpoints_moved)


def every() -> Iterator[Definition]:
    """Return all providers, in the order of the list."""
    return map(get, PROVIDERS)
