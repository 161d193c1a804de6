"""The kinds of event in History: each app registers its own when it is loaded.

The database keeps a kind's key as plain text, so a new kind needs no migration. Names, fields and
sentences are translated when a page is drawn; none of them is stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise

KEY = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")
LONGEST_KEY = 40
ACTOR = "%(actor)s"
TARGET = "%(target)s"


@dataclass(frozen=True)
class EventField:
    """Something that an event may say of its target: the value before and the value after."""

    label: Text
    # Turns a value into text; without it the page shows the value as it was recorded.
    format: Callable[[Any], str] | None = None
    # Only fingerprints of its values are recorded.
    is_secret: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class EventKind:
    """A kind of event: what was done, and which fields it may record."""

    # In the database for good: a key is never renamed, and never reused for something else.
    key: str
    # In the list of the filter.
    name: Text
    # Who did what, with places for their names: "%(actor)s deleted the connection %(target)s".
    # Only what people do to themselves needs no actor: "%(target)s left the project".
    sentence: Text
    fields: Mapping[str, EventField] = field(default_factory=dict)
    # What the record calls its target for good. It is never changed, so it must not be personal
    # data of an end user.
    name_of: Callable[[Any], str] = str
    # Where the fields depend on what the target is: its type, which is kept with the event, and
    # the fields of a type.
    type_of: Callable[[Any], str] = lambda target: ""
    fields_of_type: Callable[[str], Mapping[str, EventField]] = lambda target_type: {}
    # Whether a saved field that only an earlier release has may be recorded as removed.
    removes_former_fields: bool = False

    def all_fields(self, target_type: str) -> dict[str, EventField]:
        """Return the fields that an event about such a target may record, in their order."""
        return {**self.fields, **self.fields_of_type(target_type)}

    def check(self, target_type: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Raise ValueError unless the kind is registered and has all of these fields."""
        if find_kind(self.key) is not self:
            raise ValueError(f"The event kind {self.key!r} is not registered.")
        known = self.all_fields(target_type)
        for name, (_before, after) in changes.items():
            is_former = self.removes_former_fields and after is None
            if name not in known and not is_former:
                raise ValueError(f"Events of the kind {self.key!r} have no field {name!r}.")


_registered: dict[str, EventKind] = {}


def register(*kinds: EventKind) -> None:
    """Make kinds known; raises ValueError for a malformed key and for one of another kind."""
    for kind in kinds:
        if not KEY.fullmatch(kind.key) or len(kind.key) > LONGEST_KEY:
            raise ValueError(f"{kind.key!r} is no key of an event kind, such as 'member:invited'.")
        if _registered.setdefault(kind.key, kind) is not kind:
            raise ValueError(f"Another event kind has the key {kind.key!r}.")


def find_kind(key: str) -> EventKind | None:
    """Return the kind, or None where this release does not know it."""
    return _registered.get(key)


def all_kinds() -> tuple[EventKind, ...]:
    """Return the kinds, in the order in which they were registered."""
    return tuple(_registered.values())
