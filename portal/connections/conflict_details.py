"""Prepares edit conflicts for the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext as _

from connections.forms.connection_form import ConnectionForm, EditConflict
from core.text import join_names
from portal.history.change_rows import display_value


@dataclass(frozen=True)
class ConflictDetail:
    """A field that was changed concurrently, with its values as text."""

    field: BoundField
    conflict: EditConflict
    was_text: str
    now_text: str
    mine_text: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.conflict, name)

    @property
    def who(self) -> str:
        """The name of the other person."""
        return self.conflict.who or _("someone")

    @property
    def now_raw(self) -> str:
        """The value that a script sets to accept the other person's change."""
        return control_value(self.conflict.now)

    @property
    def mine_raw(self) -> str:
        """The value that a script sets to restore what was typed."""
        return control_value(self.conflict.mine)


@dataclass(frozen=True)
class ConflictDetails:
    """All concurrent changes to a form."""

    fields: dict[str, ConflictDetail]

    def __bool__(self) -> bool:
        return bool(self.fields)

    @property
    def people(self) -> str:
        """The names of the people who made the changes."""
        names = dict.fromkeys(each.who for each in self.fields.values())
        return join_names(names)

    @property
    def at(self) -> datetime:
        """When the last change was made."""
        return max(each.conflict.at for each in self.fields.values())

    @property
    def by_same_person(self) -> bool:
        """Whether all changes were made by the same person in another window."""
        return all(each.conflict.by_same_person for each in self.fields.values())


@dataclass(frozen=True)
class TypedField:
    """A value typed into a form that can no longer be saved."""

    label: str
    value: str
    is_switch: bool


def conflict_details(form: ConnectionForm) -> ConflictDetails:
    """Return the concurrent changes to the form."""
    return ConflictDetails(
        {name: describe_conflict(form[name], each) for name, each in form.edit_conflicts.items()}
    )


def describe_conflict(field: BoundField, conflict: EditConflict) -> ConflictDetail:
    """Return the details of a conflict."""
    return ConflictDetail(
        field=field,
        conflict=conflict,
        was_text=conflict_text(conflict, conflict.was),
        now_text=conflict_text(conflict, conflict.now),
        mine_text=conflict_text(conflict, conflict.mine) if conflict.is_contested else "",
    )


def conflict_text(conflict: EditConflict, given: Any) -> str:
    """Return a value as text; "" for a secret."""
    return "" if conflict.is_secret else display_value(given)


def control_value(given: Any) -> str:
    """Return a value as a control holds it."""
    if isinstance(given, bool):
        return "on" if given else ""
    return "" if given is None else str(given)


def list_typed_fields(form: ConnectionForm) -> list[TypedField]:
    """Return the typed values without secrets, so that they can be copied."""
    form.withhold_stray_secrets()
    found = []
    for name in form.fields:
        given = form[name].value()
        if name not in form.secret_names and name in form.data and given:
            is_switch = form[name].widget_type == "checkbox"
            words = display_value(bool(given)) if is_switch else str(given)
            found.append(TypedField(str(form[name].label), words, is_switch))
    return found
