"""Rows of History for changes: who did what, and the fields before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections.values.browser_names import describe_browser
from portal.history.sentences import Piece, cut_sentence
from projects.audit.events import USER_KINDS
from projects.audit.kinds import ACTOR, TARGET, EventField, find_kind
from projects.models import Event, EventOrigin, Project, User

USER_ACTIONS = frozenset(kind.key for kind in USER_KINDS)
MAX_VALUE_LENGTH = 200
# Of a value with a format of its own, such as a list.
MAX_TEXT_LENGTH = 10_000


@dataclass(frozen=True)
class Change:
    """One field of a change, in words."""

    label: str
    text: str


@dataclass(frozen=True)
class ChangeRow:
    """A change by a person."""

    at: datetime
    sentence: list[Piece]
    changes: list[Change]
    # The request that made the change, for 90 days, and what people call its browser.
    origin: EventOrigin | None
    browser: str


def find_users(project: Project, events: Iterable[Event]) -> dict[str, User]:
    """Return the end users that events are about, by id. Events have no names of users."""
    ids = {each.target_id for each in events if each.action in USER_ACTIONS}
    found = User.objects.filter(project=project, pk__in=ids) if ids else ()
    return {str(each.pk): each for each in found}


def change_row(event: Event, users: Mapping[str, User]) -> ChangeRow:
    """Return a change, field by field."""
    user = users.get(event.target_id) if event.action in USER_ACTIONS else None
    origin = getattr(event, "origin", None)
    return ChangeRow(
        at=event.at,
        sentence=cut_sentence(
            sentence_of(event),
            actor=event.actor_name,
            target=user.shown_name if user else event.target_name,
            target_url=reverse("portal:user", args=[event.project.slug, user.pk]) if user else "",
        ),
        changes=changes_of(event),
        origin=origin,
        browser=describe_browser(origin.user_agent) if origin and origin.user_agent else "",
    )


def sentence_of(event: Event) -> str:
    """Return what happened, with places for the names of actor and target."""
    kind = find_kind(event.action)
    if kind:
        return str(kind.sentence)
    unknown = _(
        "%(actor)s made a change that this version of Menkou does not know (%(kind)s): %(target)s"
    )
    return unknown % {"kind": event.action, "actor": ACTOR, "target": TARGET}


def changes_of(event: Event) -> list[Change]:
    """Return the fields in the order of their kind, then those that this release does not know.

    A field that was empty and still is, such as an optional one of a new connection, is left out.
    """
    kind = find_kind(event.action)
    fields = kind.all_fields(event.target_type) if kind else {}
    fields |= {name: former_field(name) for name in sorted(event.changes.keys() - fields.keys())}
    return [
        Change(str(field.label), describe_change(field, event.changes[name]))
        for name, field in fields.items()
        if name in event.changes and not all(map(is_empty, event.changes[name]))
    ]


def is_empty(value: Any) -> bool:
    """Whether a recorded value says nothing: none, or an empty text, list or object."""
    return value is None or value in ("", [], {})


def former_field(name: str) -> EventField:
    """Return a field that this release does not know; it keeps the name of the record."""
    return EventField(name, is_secret=name.startswith("secret."))


def describe_change(field: EventField, recorded: list[Any]) -> str:
    """Return a field's change as old → new; for a secret only fingerprints are known."""
    before, after = recorded
    if field.is_secret:
        return describe_secret_change(before, after)
    if is_empty(before):
        return field_value(field, after)
    if after is None:
        return _("was %(before)s") % {"before": field_value(field, before)}
    return f"{field_value(field, before)} → {field_value(field, after)}"


def field_value(field: EventField, given: Any) -> str:
    """Return a recorded value as people read it; the beginning of a long one."""
    text = field.format(given) if field.format and given else display_value(given)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…"


def describe_secret_change(before: str | None, after: str | None) -> str:
    """Return a secret's change in words."""
    words = {"before": before, "after": after}
    if before is None:
        return _("set (fingerprint %(after)s)") % words
    if after is None:
        return _("removed (fingerprint %(before)s)") % words
    return _("changed (fingerprint %(before)s → %(after)s)") % words


def display_value(given: Any) -> str:
    """Return a value as people read it."""
    if is_empty(given):
        return _("empty")
    if isinstance(given, bool):
        return pgettext("state", "On") if given else pgettext("state", "Off")
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"
