"""The catalogue: one line per provider, each loaded when it is first asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from connections.providers.definition import Definition

if TYPE_CHECKING:
    from connections.derived.classes import Found

PROVIDERS = (
    "google",
    "apple",
    "facebook",
    "microsoft",
    "github",
    "x",
    "linkedin",
    "discord",
    "slack",
    "gitlab",
    "line",
    "kakao",
    "naver",
    "yahoo",
    "amazon",
    "twitch",
    "tiktok",
    "telegram",
    "wechat_web",
    "wechat_official_account",
    "qq",
    "weibo",
    "alipay",
    "dingtalk",
    "feishu",
    "lark",
    "wecom",
    "douyin",
    "baidu",
    "gitee",
    "openid_connect",
    "saml",
    "entra",
    "google_workspace",
    "okta",
    "auth0",
    "keycloak",
    "adfs",
    "azure_b2c",
    "cognito",
    "onelogin",
    "jumpcloud",
    "pingone",
    "authentik",
    "zitadel",
    "logto",
    "authgear",
)
# Those whose endpoints have a setting of their own.
MOVED_BY_SETTINGS = ("wechat_web", "wechat_official_account")


# What of django-allauth no file here describes; a file that comes later does not take over the
# connections that were made with it.
DERIVED = "allauth_"


@cache
def get(provider_id: str) -> Definition:
    """Return the provider with this id; raises KeyError where there is none."""
    if provider_id in PROVIDERS:
        module = import_module(f"connections.providers.{provider_id}")
        definition: Definition = module.PROVIDER
        return definition
    return derived(provider_id)


def derived(provider_id: str) -> Definition:
    """Return the entry for a class of django-allauth; raises KeyError where there is none."""
    if not provider_id.startswith(DERIVED):
        raise KeyError(provider_id)
    from connections.derived import classes, entry

    found = classes.find(provider_id.removeprefix(DERIVED))
    if found is None:
        raise KeyError(provider_id)
    return entry.definition_of(provider_id, found)


def has(provider_id: str) -> bool:
    """Whether there is such a provider; where a file has it, nothing is loaded."""
    if provider_id in PROVIDERS:
        return True
    try:
        get(provider_id)
    except KeyError:
        return False
    return True


def matches(definition: Definition, query: str) -> bool:
    """Whether every word of the query is part of something that the provider is called."""
    names = " ".join(definition.names).casefold()
    return all(word in names for word in unicodedata.normalize("NFKC", query).casefold().split())


def moved() -> Iterator[Definition]:
    """Return the providers that somebody else plays on this installation.

    No more of them are loaded than can be moved: almost everywhere, and beside a simulator, few.
    """
    candidates = every() if settings.MENKOU_MOVED_ENDPOINTS else map(get, MOVED_BY_SETTINGS)
    return (each for each in candidates if each.endpoints_moved)


def every() -> Iterator[Definition]:
    """Return all providers that have a file here, in the order of the list."""
    return map(get, PROVIDERS)


@cache
def more() -> tuple[Definition, ...]:
    """Return what else django-allauth ships, by name: loaded when it is first asked for."""
    from connections.derived import classes

    covered = Covered.by(every())
    left = (each for each in classes.every() if not covered.has(each))
    entries = [get(f"{DERIVED}{each.name}") for each in left]
    return tuple(sorted(entries, key=lambda each: str(each.name).casefold()))


@dataclass(frozen=True)
class Covered:
    """What the files here describe: by id, by name, and by where people are sent."""

    names: frozenset[str]
    hosts: frozenset[str]

    @classmethod
    def by(cls, definitions: Iterable[Definition]) -> Covered:
        """Return what these describe."""
        known = list(definitions)
        names = {name.casefold() for each in known for name in (each.id, *each.names)}
        begin = [each.endpoints["authorize"] for each in known if "authorize" in each.endpoints]
        return cls(frozenset(names), frozenset(urlsplit(each.origin).netloc for each in begin))

    def has(self, found: Found) -> bool:
        """Whether a class of django-allauth is described already."""
        name = str(found.provider_class.name).casefold()
        return bool({found.name, name} & self.names) or found.host in self.hosts
