"""Detects and merges concurrent edits of one connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError

from connections import events
from connections.drafts.rows import edited_state
from connections.forms.connection_form import (
    ConnectionForm,
    EditConflict,
    form_field_name,
    replace_values,
)
from connections.models import Connection
from connections.secrets import fingerprint
from connections.services import find_concurrent_changes
from projects.audit.log import Changes
from projects.models import Event, Project, User

SALT = "connections.edit_conflicts"
# Only this many of the latest events are searched for who made a change.
MAX_EVENTS = 50
# The kinds that change what the form starts from.
EDITS = (
    events.CONNECTION_CHANGED,
    events.CONNECTION_PUBLISHED,
    events.CONNECTION_RESTORED,
    events.DRAFT_SAVED,
    events.DRAFT_PUBLISHED,
    events.DRAFT_DISCARDED,
)


@dataclass(frozen=True)
class EditSnapshot:
    """The state that a form was rendered from, live or of a draft; secrets as fingerprints."""

    connection: str
    provider: str
    state: dict[str, Any]

    @classmethod
    def take(cls, connection: Connection) -> EditSnapshot:
        """Return the connection's state now."""
        return cls(str(connection.pk), connection.provider, edited_state(connection))

    @classmethod
    def from_form(cls, sealed: str) -> EditSnapshot:
        """Return the snapshot in a submitted form; raises BadSignature.

        Forms of another release may have other fields, and are refused as well.
        """
        try:
            return cls(**signing.loads(sealed, salt=SALT))
        except TypeError:
            raise signing.BadSignature("a form of another release") from None

    def sign(self) -> str:
        """Return the snapshot as a signed string for a hidden form field."""
        return signing.dumps(vars(self), salt=SALT, compress=True)


def merge_concurrent_edit(
    form: ConnectionForm,
    connection: Connection,
    *,
    seen: EditSnapshot,
    now: EditSnapshot,
    actor: User,
) -> None:
    """Merge a submitted form with changes that others made since it was rendered.

    Fields that the sender did not touch take the current value. If somebody else changed more than
    the switch, `form.edit_conflicts` holds the conflicts by field, and nothing is saved until the
    sender has seen them.
    """
    # Secrets in other fields must not be shown again as what the sender typed.
    form.withhold_stray_secrets()
    changes = find_concurrent_changes(seen.state, now.state)
    mine = {
        name: typed_value(form, name)
        for record in [*changes, "enabled"]
        if is_touched(form, name := form_field_name(record), seen.state.get(record))
    }
    conflicts = find_conflicts(connection, changes, mine, actor)
    left_alone = {
        name: now.state.get(record)
        for record in [*changes, "enabled"]
        if (name := form_field_name(record)) not in mine and name not in form.secret_names
    }
    form.data = replace_values(form.data, left_alone)
    # Two who typed the same, or one who pressed Save twice, have nothing to decide.
    if any(each.mine is None or each.is_contested for each in conflicts.values()):
        form.edit_conflicts = {name: conflicts[name] for name in form.fields if name in conflicts}
        # What was typed is checked, so that valid secrets can be kept until it is sent again.
        form.full_clean()


def is_touched(form: ConnectionForm, name: str, before: Any) -> bool:
    """Whether the sender changed the field."""
    if name not in form.fields:
        return False
    if name in form.secret_names:
        # A secret is never prefilled, so any value was typed.
        before = None
    return form.fields[name].has_changed(before, sent_value(form, name))


def typed_value(form: ConnectionForm, name: str) -> Any:
    """Return the typed value of a field as the history records it."""
    field = form.fields[name]
    try:
        value = field.to_python(sent_value(form, name))
    except ValidationError:
        value = sent_value(form, name)
    return fingerprint(str(value)) if name in form.secret_names else value


def sent_value(form: ConnectionForm, name: str) -> Any:
    """Return the submitted value of a field."""
    return form.fields[name].widget.value_from_datadict(form.data, form.files, name)


def find_conflicts(
    connection: Connection, changes: Changes, mine: dict[str, Any], actor: User
) -> dict[str, EditConflict]:
    """Return the concurrent changes by form field."""
    latest = find_latest_changes(connection, changes)
    conflicts = {}
    for record, (was, now) in changes.items():
        event = latest.get(record)
        name = form_field_name(record)
        conflicts[name] = EditConflict(
            was=was,
            now=now,
            mine=mine.get(name),
            is_secret=record.startswith("secret."),
            who=event.actor_name if event else str(connection.updated_by or ""),
            at=event.at if event else connection.updated_at,
            by_same_person=event is not None and event.actor_id == actor.pk,
        )
    return conflicts


def find_latest_changes(connection: Connection, records: Iterable[str]) -> dict[str, Event]:
    """Return, for each recorded field, the latest event that changed it."""
    edits = connection.project.events.filter(
        target_name=connection.alias,
        target_id=str(connection.pk),
        action__in=[kind.key for kind in EDITS],
    ).order_by("-at", "-id")[:MAX_EVENTS]
    found: dict[str, Event] = {}
    for event in edits:
        for record in set(records) & event.changes.keys():
            found.setdefault(record, event)
    return found


def find_deletion_event(project: Project, seen: EditSnapshot) -> Event | None:
    """Return the event that deleted the connection of a snapshot, or None."""
    deletions = project.events.filter(action=events.CONNECTION_DELETED.key)
    return deletions.filter(target_id=seen.connection).order_by("-at", "-id").first()
