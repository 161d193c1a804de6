"""The catalogue: one line per provider. Each is loaded on first use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from connections.providers.definition import Definition
from core.text import normalize_text

if TYPE_CHECKING:
    from connections.providers.derived.classes import AllauthProvider

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
# The twenty that most projects choose from: the first section of the catalogue page.
POPULAR = (
    "google",
    "apple",
    "microsoft",
    "github",
    "facebook",
    "x",
    "linkedin",
    "discord",
    "wechat_web",
    "wechat_official_account",
    "wecom",
    "dingtalk",
    "feishu",
    "alipay",
    "qq",
    "douyin",
    "openid_connect",
    "saml",
    "entra",
    "okta",
)
# Providers whose endpoints have their own settings.
MOVED_BY_SETTINGS = ("wechat_web", "wechat_official_account")
# Providers whose settings hold certificates, which expire.
WITH_CERTIFICATES = ("saml",)


ABBREVIATION = re.compile(r"[a-z0-9]{1,2}")
NOT_OF_A_WORD = re.compile(r"[\W_]+")

# The prefix of providers that are derived from django-allauth. A file that is added later does not
# take over their connections.
DERIVED_PREFIX = "allauth_"


@cache
def get(provider_id: str) -> Definition:
    """Return the provider with this id; raises KeyError."""
    if provider_id in PROVIDERS:
        module = import_module(f"connections.providers.{provider_id}")
        definition: Definition = module.PROVIDER
        return definition
    return derived(provider_id)


def derived(provider_id: str) -> Definition:
    """Return the entry for a class of django-allauth; raises KeyError."""
    if not provider_id.startswith(DERIVED_PREFIX):
        raise KeyError(provider_id)
    from connections.providers.derived import classes, entry

    found = classes.find_provider(provider_id.removeprefix(DERIVED_PREFIX))
    if found is None:
        raise KeyError(provider_id)
    return entry.build_definition(provider_id, found)


def has(provider_id: str) -> bool:
    """Whether the provider exists. If it has a file, nothing is loaded."""
    if provider_id in PROVIDERS:
        return True
    try:
        get(provider_id)
    except KeyError:
        return False
    return True


def matches(definition: Definition, query: str) -> bool:
    """Whether every word of the query is part of one of the provider's names.

    A query of one or two Latin letters, such as "wx" or "g", must be a word or begin a name.
    """
    words = normalize_text(query).casefold().split()
    if not words:
        return True
    names = searched_names(definition)
    if len(words) == 1 and ABBREVIATION.fullmatch(words[0]):
        return f" {words[0]}" in names
    return all(word in names for word in words)


def searched_names(definition: Definition) -> str:
    """Return all names in lower case, with a space before what an abbreviation finds."""
    own = [each for each in definition.names if each not in definition.search_words]
    beginnings = NOT_OF_A_WORD.split(" ".join(own).casefold())
    words = [each.casefold() for each in definition.search_words]
    short = [each for each in words if ABBREVIATION.fullmatch(each)]
    return " ".join(("\n".join(definition.names).casefold(), *beginnings, *short))


def popular_providers() -> Iterator[Definition]:
    """Return the providers that most projects choose from."""
    return map(get, POPULAR)


def moved_providers() -> Iterator[Definition]:
    """Return the providers whose endpoints this installation has moved, to a simulator for example.

    Loads only those that can be moved.
    """
    candidates = all_providers() if settings.MENKOU_MOVED_ENDPOINTS else map(get, MOVED_BY_SETTINGS)
    return (each for each in candidates if each.endpoints_moved)


def moved_brands() -> list[str]:
    """Return the names for end users of `moved_providers`, each once."""
    return [*dict.fromkeys(str(each.brand) for each in moved_providers())]


def all_providers() -> Iterator[Definition]:
    """Return all providers with a file, in the order of the list."""
    return map(get, PROVIDERS)


@cache
def derived_providers() -> tuple[Definition, ...]:
    """Return the other providers of django-allauth by name. Computed on first use."""
    from connections.providers.derived import classes

    covered = Covered.by(all_providers())
    left = (each for each in classes.all_providers() if not covered.has(each))
    entries = [get(f"{DERIVED_PREFIX}{each.name}") for each in left]
    return tuple(sorted(entries, key=lambda each: str(each.name).casefold()))


@dataclass(frozen=True)
class Covered:
    """The providers with a file: their ids, names and authorization hosts."""

    names: frozenset[str]
    hosts: frozenset[str]

    @classmethod
    def by(cls, definitions: Iterable[Definition]) -> Covered:
        """Return the ids, names and hosts of these definitions."""
        known = list(definitions)
        names = {name.casefold() for each in known for name in (each.id, *each.names)}
        begin = [each.endpoints["authorize"] for each in known if "authorize" in each.endpoints]
        return cls(frozenset(names), frozenset(urlsplit(each.origin).netloc for each in begin))

    def has(self, found: AllauthProvider) -> bool:
        """Whether a file describes this class of django-allauth."""
        name = str(found.provider_class.name).casefold()
        return bool({found.name, name} & self.names) or found.host in self.hosts
