"""A new connection's alias."""

from __future__ import annotations


def propose_alias(provider_id: str, *, taken: set[str]) -> str:
    """Return the provider's id, with the first free number appended if it is taken."""
    number = 2
    alias = provider_id
    while alias in taken:
        alias = f"{provider_id}{number}"
        number += 1
    return alias
