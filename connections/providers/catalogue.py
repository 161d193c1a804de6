"""The catalogue: one line per provider, each loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from connections.providers.definition import Definition

PROVIDERS = ("wechat_web",)


@cache
def get(provider_id: str) -> Definition:
    """Return the provider with this id; raises KeyError where there is none."""
    if provider_id not in PROVIDERS:
        raise KeyError(provider_id)
    definition: Definition = import_module(f"connections.providers.{provider_id}").PROVIDER
    return definition


def every() -> Iterator[Definition]:
    """Return all providers, in the order of the list."""
    return map(get, PROVIDERS)
