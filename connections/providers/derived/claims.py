"""Claims of a user from a class of django-allauth, with as little trust as possible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connections.protocols.profiles import Names, email_claim, name_of
from connections.protocols.responses import no_subject, text_as_subject
from connections.providers.derived.login import user_data
from connections.values.claims import Claims

# A missing id after conversion to a string in Python or JavaScript.
NOTHING = re.compile(r"0|nan|true|false", re.IGNORECASE)
NOBODY = re.compile(r"(?:^|[^0-9a-z])(?:none|null|undefined)(?:[^0-9a-z]|$)", re.IGNORECASE)
STRUCTURE = re.compile(r"[\[{(<].*")
NAMES: Names = (
    "name",
    ("first_name", "last_name"),
    "full_name",
    "display_name",
    "nickname",
    "username",
)


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims; raises SignInFailed without an id.

    An address is never verified, because nobody has checked how the provider does it. Two users
    without an id would be the same user.
    """
    uid, fields, addresses = user_data(answer)
    subject = subject_of(uid)
    told = {name: value for name, value in fields.items() if isinstance(value, str)}
    address = told.get("email") or next((each for each in addresses if isinstance(each, str)), "")
    return Claims(
        namespace=namespace,
        subject=subject,
        name=name_of(told, NAMES),
        address=email_claim({"email": address})[0],
    )


def subject_of(uid: object) -> str:
    """Return the id; raises SignInFailed if it is missing or not usable."""
    subject = text_as_subject({"uid": uid}, "uid")
    if NOTHING.fullmatch(subject) or NOBODY.search(subject) or STRUCTURE.fullmatch(subject):
        raise no_subject({"uid": uid}, "uid")
    return subject
