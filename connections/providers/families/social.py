"""The standard entries of social providers, and a choice of scopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.common import flag
from connections.fields.field import Check, Field, Kind, Text
from connections.protocols.oidc.claims import NAMES
from connections.providers.definition import Definition, Endpoint, Group, Step, exact_callback_url
from connections.providers.families.accounts import Account


def asks_for_address(help: Text) -> tuple[Field, Field]:
    """Return the checkbox that requests the email address, and the field for the scopes."""
    return (
        flag("asks_for_address", _("Ask for the email address"), help),
        Field(name="scopes", label=_("Scopes"), kind=Kind.COMPUTED),
    )


def choose_scopes(scopes: tuple[str, ...], with_address: str) -> Callable[[Check], None]:
    """Return the rule that adds a scope if the checkbox is selected."""

    def check(found: Check) -> None:
        wanted = (*scopes, with_address) if found.values["asks_for_address"] else scopes
        found.values["scopes"] = " ".join(wanted)

    return check


def social_provider(
    id: str,
    brand: Text,
    fields: tuple[Field, ...],
    guide: tuple[Step, ...],
    *,
    authorize: str = "",
    tokens: str = "",
    userinfo: str = "",
    keys: str = "",
    more_endpoints: Mapping[str, str] = MappingProxyType({}),
    callback_label: Text = "",
    **entry: Any,
) -> Definition:
    """Return the entry of a provider whose accounts all share one namespace.

    `authorize` to `more_endpoints` are the URLs of its endpoints. `callback_label` is its own name
    for the callback URL. An account's picture is kept if it is on one of `picture_hosts`.
    """
    urls = {"authorize": authorize, "token": tokens, "userinfo": userinfo, "keys": keys}
    account = entry.get("claims", Account(names=NAMES, proves_address=True))
    if isinstance(account, Account):
        entry["claims"] = replace(account, hosts=entry.get("picture_hosts", ()))
    standard: dict[str, Any] = {
        "proves_addresses": isinstance(account, Account) and account.proves_address,
        "name": brand,
        "summary": format_lazy(_("Users sign in with their {brand} account."), brand=brand),
        "group": Group.SOCIAL,
        "namespace": lambda settings: id,
        "endpoints": {
            name: Endpoint.at(url) for name, url in {**urls, **more_endpoints}.items() if url
        },
        "copies": exact_callback_url(callback_label),
    }
    return Definition(id=id, brand=brand, fields=fields, guide=guide, **{**standard, **entry})


def social_openid_provider(
    id: str,
    brand: Text,
    issuer: str,
    fields: tuple[Field, ...],
    guide: tuple[Step, ...],
    **entry: Any,
) -> Definition:
    """Return the entry of a social provider by OpenID Connect, with endpoints that are documented.

    `entry` also has what `social_provider` takes.
    """
    standard: dict[str, Any] = {
        # Loaded when it is needed: others have no use for its library of tokens.
        "protocol": "connections.protocols.oidc.fixed_endpoints.KnownOpenIDProtocol",
        "scopes": ("openid", "profile", "email"),
        "known_by": "`sub`",
        "nonce": True,
        "issuer": lambda settings: issuer,
    }
    return social_provider(id, brand, fields, guide, **{**standard, **entry})
