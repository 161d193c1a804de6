"""Validation of project IDs, which become part of a host name."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# A label of a host name: letters, digits and inner hyphens, so that it needs no escaping anywhere.
# In such a label “--” in the third and fourth place is reserved (RFC 5891, 2.3.1): after “xn” it
# is an encoded international name, which browsers show as other letters.
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
    """Raise ValidationError unless the value is a valid project ID."""
    if not PROJECT_ID.fullmatch(value):
        raise ValidationError(
            _(
                "Use 3 to 40 lower-case letters, digits and hyphens. Start and end with a "
                "letter or digit."
            ),
            code="shape",
        )
    if value[2:4] == "--":
        raise ValidationError(
            _("The third and fourth characters cannot both be hyphens. Change one of them."),
            code="reserved_label",
        )
    check_not_reserved(value)


def check_not_reserved(value: str) -> None:
    """Raise ValidationError if the name is reserved."""
    if value in RESERVED:
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
