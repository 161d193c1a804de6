"""What somebody is told whose connection was changed or deleted by another person meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections.editing import Theirs
from connections.forms import ConnectionForm
from portal.views.history_parts import value


@dataclass(frozen=True)
class Told:
    """A field that somebody else changed, in words."""

    field: BoundField
    theirs: Theirs
    was_text: str
    now_text: str
    mine_text: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.theirs, name)

    @property
    def who(self) -> str:
        """Who did it, as far as it is known."""
        return self.theirs.who or _("somebody")

    @property
    def now_raw(self) -> str:
        """What a script puts into the control to take theirs."""
        return raw(self.theirs.now)

    @property
    def mine_raw(self) -> str:
        """What a script puts into the control to go back."""
        return raw(self.theirs.mine)


@dataclass(frozen=True)
class Overtaken:
    """All that others changed while a form was filled in."""

    fields: dict[str, Told]

    def __bool__(self) -> bool:
        return bool(self.fields)

    @property
    def people(self) -> str:
        """Who it was."""
        names = dict.fromkeys(each.who for each in self.fields.values())
        return pgettext("between names", ", ").join(names)

    @property
    def at(self) -> datetime:
        """When the last change was made."""
        return max(each.theirs.at for each in self.fields.values())

    @property
    def by_same_person(self) -> bool:
        """Whether it was the same person all along, in another window."""
        return all(each.theirs.by_same_person for each in self.fields.values())


@dataclass(frozen=True)
class Typed:
    """Something that was typed into a form that can no longer be saved."""

    label: str
    value: str
    is_switch: bool


def overtaken(form: ConnectionForm) -> Overtaken:
    """Return what others changed while the form was filled in."""
    return Overtaken({name: in_words(form[name], each) for name, each in form.theirs.items()})


def in_words(field: BoundField, theirs: Theirs) -> Told:
    """Return what somebody else did to a field."""
    return Told(
        field=field,
        theirs=theirs,
        was_text=shown(theirs, theirs.was),
        now_text=shown(theirs, theirs.now),
        mine_text=shown(theirs, theirs.mine) if theirs.is_contested else "",
    )


def shown(theirs: Theirs, given: Any) -> str:
    """Return a value for the eyes; of a secret nothing but that there is one."""
    return "" if theirs.is_secret else value(given)


def raw(given: Any) -> str:
    """Return a value as a control holds it."""
    if isinstance(given, bool):
        return "on" if given else ""
    return "" if given is None else str(given)


def typed(form: ConnectionForm) -> list[Typed]:
    """Return what was typed, without secrets, so that it can be copied."""
    form.withhold_stray_secrets()
    found = []
    for name in form.fields:
        given = form[name].value()
        if name not in form.secret_names and name in form.data and given:
            is_switch = form[name].widget_type == "checkbox"
            words = value(bool(given)) if is_switch else str(given)
            found.append(Typed(str(form[name].label), words, is_switch))
    return found
