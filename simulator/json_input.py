"""Parses the input of the control API."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class BadInput(ValueError):
    """Invalid input of a control call, with a message for the caller."""


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a request body. An empty body is an empty object."""
    try:
        data = json.loads(raw or b"{}")
    except ValueError as error:
        raise BadInput("The body is not JSON.") from error
    if not isinstance(data, dict):
        raise BadInput("The body is not a JSON object.")
    return data


def check_keys(data: dict[str, Any], **kinds: type) -> dict[str, Any]:
    """Return the fields after checking their names and types."""
    for name, value in data.items():
        kind = kinds.get(name)
        if kind is None:
            raise BadInput(f"Unknown field {name!r}. Known: {', '.join(sorted(kinds))}.")
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise BadInput(f"{name} must be of type {kind.__name__}.")
    return data


def require_keys(data: dict[str, Any], *names: str) -> None:
    """Raise BadInput if one of these fields is missing."""
    for name in names:
        if name not in data:
            raise BadInput(f"{name} is missing.")


def parse_choice(value: str, choices: type[Choice], name: str) -> Choice:
    """Return the enumeration member with this value."""
    try:
        return choices(value)
    except ValueError as error:
        allowed = ", ".join(choice.value for choice in choices)
        raise BadInput(f"{name} must be one of: {allowed}.") from error
