"""Reading what a caller of the control API sent."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class BadInput(ValueError):
    """Something in a control call that cannot be used, in words for its caller."""


def body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request body; an empty body is an empty object."""
    try:
        data = json.loads(raw or b"{}")
    except ValueError as error:
        raise BadInput("The body is not JSON.") from error
    if not isinstance(data, dict):
        raise BadInput("The body is not a JSON object.")
    return data


def known(data: dict[str, Any], **kinds: type) -> dict[str, Any]:
    """The same fields, once each is known to be of the kind that was asked for."""
    for name, value in data.items():
        kind = kinds.get(name)
        if kind is None:
            raise BadInput(f"Unknown field {name!r}. Known: {', '.join(sorted(kinds))}.")
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise BadInput(f"{name} must be of type {kind.__name__}.")
    return data


def needed(data: dict[str, Any], *names: str) -> None:
    """Refuse a call that lacks one of these fields."""
    for name in names:
        if name not in data:
            raise BadInput(f"{name} is missing.")


def one_of(value: str, choices: type[Choice], name: str) -> Choice:
    """The member of an enumeration with this value."""
    try:
        return choices(value)
    except ValueError as error:
        allowed = ", ".join(choice.value for choice in choices)
        raise BadInput(f"{name} must be one of: {allowed}.") from error
