"""Names that become part of an address, and so must be short, plain and free."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# A label of a host name: letters, digits and inner hyphens, so that it needs no escaping anywhere.
PROJECT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]")

RESERVED = frozenset(
    {
        "www",
        "api",
        "admin",
        "portal",
        "login",
        "signup",
        "account",
        "static",
        "media",
        "sso",
        "oauth2",
        "saml",
        "health",
        "healthz",
        "readyz",
        "localhost",
        "test",
    }
)


def check_project_id(value: str) -> None:
    """Raise ValidationError unless the value can be a project's id."""
    if not PROJECT_ID.fullmatch(value):
        raise ValidationError(
            _(
                "Use 3 to 40 lower-case letters, digits and hyphens; "
                "begin and end with a letter or a digit."
            ),
            code="shape",
        )
    check_not_reserved(value)


def check_not_reserved(value: str) -> None:
    """Raise ValidationError where the name belongs to the program itself."""
    if value in RESERVED:
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
