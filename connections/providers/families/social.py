"""The standard entry of social providers, and a choice of scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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


def urls(authorize: str, token: str, **others: str) -> dict[str, Endpoint]:
    """Return the endpoints with these URLs."""
    every = {"authorize": authorize, "token": token, **others}
    return {name: Endpoint.at(url) for name, url in every.items()}


def social_provider(
    id: str,
    brand: Text,
    fields: tuple[Field, ...],
    guide: tuple[Step, ...],
    *,
    callback_label: Text = "",
    **entry: Any,
) -> Definition:
    """Return the entry of a provider whose accounts all share one namespace.

    `callback_label` is the provider's own name for the callback URL. An account's picture is kept
    if it is on one of `picture_hosts`.
    """
    account = entry.get("claims", Account(names=NAMES, proves_address=True))
    if isinstance(account, Account):
        entry["claims"] = replace(account, hosts=entry.get("picture_hosts", ()))
    standard: dict[str, Any] = {
        "proves_addresses": isinstance(account, Account) and account.proves_address,
        "name": brand,
        "summary": format_lazy(_("Users sign in with their {brand} account."), brand=brand),
        "group": Group.SOCIAL,
        "namespace": lambda settings: id,
        "copies": exact_callback_url(callback_label),
    }
    return Definition(id=id, brand=brand, fields=fields, guide=guide, **{**standard, **entry})
