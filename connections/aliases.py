"""A connection's alias: the part of its addresses that the provider comes to know."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.providers import catalogue
from projects.names import check_not_reserved

ALIAS = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")


def check_alias(value: str) -> None:
    """Raise ValidationError unless the value can be a connection's alias."""
    if not ALIAS.fullmatch(value):
        raise ValidationError(
            _(
                "Use up to 40 lower-case letters, digits, hyphens and underscores; "
                "begin and end with a letter or a digit."
            ),
            code="shape",
        )
    # What is reserved on hosts is free below /sso/ for the provider of that name.
    if value not in catalogue.PROVIDERS:
        check_not_reserved(value)


def propose_alias(provider_id: str, *, taken: set[str]) -> str:
    """Return the provider's id, or with the first number that makes it free."""
    number = 2
    alias = provider_id
    while alias in taken:
        alias = f"{provider_id}{number}"
        number += 1
    return alias
