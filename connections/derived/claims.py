"""Who a class of django-allauth says that somebody is, believed as little as possible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connections.claims import Claims
from connections.derived.login import person_in
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import text_as_subject

# What Python and JavaScript make of an id that is not there, once it is turned into a text.
NOTHING = re.compile(r"0|nan|true|false", re.IGNORECASE)
NOBODY = re.compile(r"(?:^|[^0-9a-z])(?:none|null|undefined)(?:[^0-9a-z]|$)", re.IGNORECASE)
STRUCTURE = re.compile(r"[\[{(<].*")
NAMES = ("name", "full_name", "display_name", "nickname", "username")


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; an address is never called proved, since nobody checked whose word it is.

    Raises SignInFailed where the id is none: two people without one would be one.
    """
    uid, fields, addresses = person_in(answer)
    subject = subject_of(uid)
    told = {name: value for name, value in fields.items() if isinstance(value, str)}
    first, last = told.get("first_name", ""), told.get("last_name", "")
    told["full_name"] = f"{first} {last}".strip()
    address = told.get("email") or next((each for each in addresses if isinstance(each, str)), "")
    return Claims(
        namespace=namespace,
        subject=subject,
        name=name_of(told, NAMES, subject),
        address=address_of({"email": address})[0],
    )


def subject_of(uid: object) -> str:
    """Return the id, where it is one; raises SignInFailed."""
    subject = text_as_subject({"uid": uid}, "uid")
    if NOTHING.fullmatch(subject) or NOBODY.search(subject) or STRUCTURE.fullmatch(subject):
        raise SignInFailed("no_subject")
    return subject
