"""Two people who edit one connection: what each saw, what changed meanwhile, and who changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from connections.forms import ConnectionForm, name_in_form
from connections.models import Connection
from connections.secrets import fingerprint
from connections.services import changed_meanwhile, state_of
from projects.history import Changes
from projects.models import Action, Event, Project, User

SALT = "connections.editing"
# Who changed what lies further back is not looked for.
LATEST = 50


@dataclass(frozen=True)
class Seen:
    """A connection as somebody sees it who edits it; of secrets there are only fingerprints."""

    connection: str
    provider: str
    state: dict[str, Any]

    @classmethod
    def now(cls, connection: Connection) -> Seen:
        """Return what a page that is drawn now shows."""
        return cls(str(connection.pk), connection.provider, state_of(connection))

    @classmethod
    def read(cls, sealed: str) -> Seen:
        """Return what a form brought back; raises BadSignature where it is not from us."""
        return cls(**signing.loads(sealed, salt=SALT))

    def sealed(self) -> str:
        """Return it in the shape in which a form carries it."""
        return signing.dumps(vars(self), salt=SALT, compress=True)


@dataclass(frozen=True)
class Theirs:
    """What became of a field meanwhile; a secret's values are fingerprints, for nobody's eyes."""

    was: Any
    now: Any
    # What the person typed, or None where the field was left as it was.
    mine: Any
    is_secret: bool
    who: str
    at: datetime
    by_same_person: bool

    @property
    def is_contested(self) -> bool:
        """Whether the person typed something else than what is there now."""
        # The record leaves out a label that is empty.
        return self.mine is not None and (self.mine or "") != (self.now or "")


def catch_up(
    form: ConnectionForm, connection: Connection, *, seen: Seen, now: Seen, actor: User
) -> None:
    """Bring a form that was sent from what its sender saw to what is there now.

    A field that the sender left alone takes the present value. Where somebody else changed more
    than the switch, `form.theirs` tells it by field; then nothing is saved before the sender
    has read it.
    """
    # What belongs in no page must not come back as what was typed, either.
    form.withhold_stray_secrets()
    changes = changed_meanwhile(seen.state, now.state)
    mine = {
        name: typed(form, name)
        for record in [*changes, "enabled"]
        if is_touched(form, name := name_in_form(record), seen.state.get(record))
    }
    told = tell(connection, changes, mine, actor)
    left_alone = {
        name: now.state.get(record)
        for record in [*changes, "enabled"]
        if (name := name_in_form(record)) not in mine and name not in form.secret_names
    }
    form.data = {**{name: form.data.get(name) for name in form.data}, **left_alone}
    # Two who typed the same, or one who pressed Save twice, have nothing to decide.
    if any(each.mine is None or each.is_contested for each in told.values()):
        form.theirs = {name: told[name] for name in form.fields if name in told}
        ask_again_for_secrets(form)


def is_touched(form: ConnectionForm, name: str, before: Any) -> bool:
    """Whether the sender of a form typed something else than what was there before."""
    if name not in form.fields:
        return False
    if name in form.secret_names:
        # It is never filled in, so whatever is there was typed.
        before = None
    return form.fields[name].has_changed(before, sent(form, name))


def typed(form: ConnectionForm, name: str) -> Any:
    """Return what was typed into a field as the record would have it."""
    field = form.fields[name]
    try:
        value = field.to_python(sent(form, name))
    except ValidationError:
        value = sent(form, name)
    return fingerprint(str(value)) if name in form.secret_names else value


def sent(form: ConnectionForm, name: str) -> Any:
    """Return what was sent for a field."""
    return form.fields[name].widget.value_from_datadict(form.data, form.files, name)


def tell(
    connection: Connection, changes: Changes, mine: dict[str, Any], actor: User
) -> dict[str, Theirs]:
    """Return what became of each field meanwhile."""
    events = latest_changes(connection, changes)
    told = {}
    for record, (was, now) in changes.items():
        event = events.get(record)
        name = name_in_form(record)
        told[name] = Theirs(
            was=was,
            now=now,
            mine=mine.get(name),
            is_secret=record.startswith("secret."),
            who=event.actor_name if event else str(connection.updated_by or ""),
            at=event.at if event else connection.updated_at,
            by_same_person=event is not None and event.actor_id == actor.pk,
        )
    return told


def latest_changes(connection: Connection, records: Iterable[str]) -> dict[str, Event]:
    """Return the event that changed each part of the record last."""
    events = connection.project.events.filter(
        target_name=connection.alias,
        target_id=str(connection.pk),
        action=Action.CONNECTION_CHANGED,
    ).order_by("-at", "-id")[:LATEST]
    found: dict[str, Event] = {}
    for event in events:
        for record in set(records) & event.changes.keys():
            found.setdefault(record, event)
    return found


def ask_again_for_secrets(form: ConnectionForm) -> None:
    """Say at each secret that was typed that the page cannot bring it back."""
    again = _("You had typed a new one. A secret is not shown again, so type it once more.")
    for name in form.secret_names:
        if sent(form, name):
            form.add_error(name, ValidationError(again, code="again"))


def deletion_of(project: Project, seen: Seen) -> Event | None:
    """Return the event by which a connection went that somebody was editing, if it went."""
    deletions = project.events.filter(action=Action.CONNECTION_DELETED)
    return deletions.filter(target_id=seen.connection).order_by("-at", "-id").first()
