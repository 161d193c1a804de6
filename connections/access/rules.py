"""Decides whether the access rules of a connection admit a user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connections.fields.access import (
    DOMAINS,
    EXISTING,
    ORGANIZATIONS,
    PEOPLE,
    TENANTS,
    Membership,
    ascii_domain,
    list_values,
)
from connections.providers.definition import Definition
from connections.values.claims import Claims
from connections.values.failures import SignInFailed

Settings = Mapping[str, Any]


def access_refusal(
    settings: Settings, definition: Definition, claims: Claims, *, is_known: bool
) -> SignInFailed | None:
    """Return the failure for a user whom a rule does not admit, or None.

    `is_known` says whether the user has an account in the project already. What the provider did
    not tell counts as not admitted.
    """
    rules: tuple[Callable[[], SignInFailed | None], ...] = (
        lambda: refusal_by_domain(settings, claims),
        lambda: refusal_by_membership(
            settings, TENANTS, definition.tenants, claims.tenants, cause="access_tenant"
        ),
        lambda: refusal_by_membership(
            settings,
            ORGANIZATIONS,
            definition.organizations,
            claims.organizations,
            cause="access_organization",
        ),
        # Last: whoever is not admitted anyway learns nothing of accounts.
        lambda: refusal_of_new_user(settings, is_known=is_known),
    )
    return next(filter(None, (rule() for rule in rules)), None)


def refusal_by_domain(settings: Settings, claims: Claims) -> SignInFailed | None:
    """Return the failure unless a verified address is at one of the domains of the rule."""
    allowed = list_values(settings, DOMAINS)
    if not allowed:
        return None
    # Only the domain: administrators need not see the address of somebody without an account.
    domain = ascii_domain(claims.address.rpartition("@")[2])
    if not claims.address_verified:
        return SignInFailed(
            "access_unverified_email", field="email", received=domain, expected=allowed
        )
    if domain not in allowed:
        return SignInFailed("access_email_domain", field="email", received=domain, expected=allowed)
    return None


def refusal_by_membership(
    settings: Settings,
    rule: str,
    membership: Membership | None,
    received: tuple[str, ...],
    *,
    cause: str,
) -> SignInFailed | None:
    """Return the failure unless the user belongs to one of those that the rule names."""
    allowed = list_values(settings, rule)
    if not allowed or not set(allowed).isdisjoint(received):
        return None
    field = membership.claim if membership else rule
    return SignInFailed(cause, field=field, received=received, expected=allowed)


def refusal_of_new_user(settings: Settings, *, is_known: bool) -> SignInFailed | None:
    """Return the failure for a user without an account if only existing ones may sign in."""
    if is_known or settings.get(PEOPLE) != EXISTING:
        return None
    return SignInFailed("access_new_user")
