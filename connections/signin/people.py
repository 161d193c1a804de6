"""What the claims of most providers have in common, checked and cut to size."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from connections.normalise import display_name
from connections.signin.reading import text

LONGEST_ADDRESS = 254


def address_of(answer: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the e-mail address, and whether the provider has proved it.

    Only JSON's own true is a proof: "false" is a text, and every text counts as true elsewhere.
    """
    address = text(answer, "email")
    try:
        validate_email(address)
    except ValidationError:
        return "", False
    if len(address) > LONGEST_ADDRESS:
        return "", False
    return address, answer.get("email_verified") is True


def name_of(answer: Mapping[str, Any], names: tuple[str, ...], subject: str) -> str:
    """Return the first of the names that can be seen, else one made of the subject."""
    shown = (display_name(text(answer, name)) for name in names)
    return next(filter(None, shown), "") or stand_in(subject)


def stand_in(subject: str) -> str:
    """Return what somebody is called of whom nobody tells a name."""
    suffix = sha256(subject.encode()).hexdigest()[:4].upper()
    return _("Guest %(suffix)s") % {"suffix": suffix}
