"""Two states of a connection, field by field, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections import events
from portal.history.change_rows import display_value, former_field, is_empty
from projects.audit.kinds import EventField
from projects.audit.log import diff_states


@dataclass(frozen=True)
class Difference:
    """A field with its values as text."""

    name: str
    label: str
    before: str
    after: str
    # Whether a secret is missing afterwards.
    is_loss: bool = False


def list_differences(
    provider: str, before: Mapping[str, Any], after: Mapping[str, Any], *, replaced: str = ""
) -> list[Difference]:
    """Return the fields that differ, in the order of the form.

    Of a secret that differs only this is said, in the word `replaced`.
    """
    word = replaced or pgettext("secret", "Replaced")
    changes = diff_states(dict(before), dict(after))
    return [
        describe(name, field, changes[name], word)
        for name, field in known_fields(provider, changes).items()
        if not all(map(is_empty, changes[name]))
    ]


def list_values(provider: str, state: Mapping[str, Any]) -> list[Difference]:
    """Return the fields of a state that have a value; `before` is empty."""
    given = {name: value for name, value in state.items() if not is_empty(value)}
    return [
        Difference(name, str(field.label), "", value_text(field, given[name]))
        for name, field in known_fields(provider, given).items()
    ]


def known_fields(provider: str, names: Mapping[str, Any]) -> dict[str, EventField]:
    """Return those of the names that a form has, in its order, then the others."""
    known = events.CONNECTION_ADDED.all_fields(provider)
    former = {name: former_field(name) for name in sorted(names.keys() - known.keys())}
    return {name: field for name, field in {**known, **former}.items() if name in names}


def describe(name: str, field: EventField, values: tuple[Any, Any], replaced: str) -> Difference:
    """Return a field that differs."""
    label, (before, after) = str(field.label), values
    if not field.is_secret:
        was, becomes = (value_text(field, each) for each in values)
        return Difference(name, label, was, becomes)
    if after is None:
        return Difference(name, label, secret_text(before), _("Missing"), is_loss=True)
    return Difference(name, label, secret_text(before), replaced if before else secret_text(after))


def secret_text(fingerprint: str | None) -> str:
    """Return whether there is a secret."""
    return pgettext("secret", "Set") if fingerprint else pgettext("secret", "Not set")


def value_text(field: EventField, value: Any) -> str:
    """Return a value in words; of a choice, the words of the form."""
    if field.is_secret:
        return secret_text(value)
    words = field.format("" if value is None else value) if field.format else ""
    return words or display_value(value)
