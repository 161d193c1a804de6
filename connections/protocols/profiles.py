"""The claims that most providers share, checked and shortened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from connections.protocols.responses import text
from connections.values.claims import LONGEST_ADDRESS
from core.text import display_name, is_storable

# The members that may hold a user's name, in order. A pair is a given name and a family name.
Names = tuple[str | tuple[str, str], ...]
# Kana, Chinese characters and Hangul.
EAST_ASIAN = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def email_claim(answer: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the email address, and whether the provider has verified it.

    Only the JSON value true counts. The string "false" would be true in Python.
    """
    address = text(answer, "email")
    if len(address) > LONGEST_ADDRESS or not is_storable(address):
        return "", False
    try:
        validate_email(address)
    except ValidationError:
        return "", False
    return address, answer.get("email_verified") is True


def is_true(claim: object) -> bool:
    """Whether a claim is true, at providers that may send it as a text."""
    return claim is True or claim == "true"


def name_of(answer: Mapping[str, Any], names: Names) -> str:
    """Return the first name with visible characters, or ""."""
    shown = (
        display_name(text(answer, each))
        if isinstance(each, str)
        else full_name(*(display_name(text(answer, part)) for part in each))
        for each in names
    )
    return next(filter(None, shown), "")


def full_name(given: str, family: str) -> str:
    """Return the two names as one, in Chinese, Japanese and Korean with the family name first."""
    if EAST_ASIAN.search(given + family):
        return display_name(family + given)
    return display_name(f"{given} {family}")
