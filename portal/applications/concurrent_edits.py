"""Two people who edit one application at the same time.

The form carries the id of the latest change that it shows. What was changed later is read from the
history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _

from applications.events import APPLICATION_CHANGED, FIELDS
from applications.models import Application
from connections.forms.connection_form import EditConflict, replace_values
from portal.applications.forms import ApplicationForm, form_value
from portal.connections.conflict_details import ConflictDetail, ConflictDetails
from portal.history.change_rows import display_value
from projects.models import Event, User

# Event ids are 64 bits; longer ones are not ours.
LONGEST_ID = 18
# Of a value beside a field.
LONGEST_TEXT = 400


@dataclass(frozen=True)
class MergedEdit:
    """A submitted form, with what others have saved since it was rendered."""

    # As it is stored, with `latest_change`.
    application: Any
    form: ApplicationForm
    # The values that the sender changed.
    changed: dict[str, Any]
    conflicts: ConflictDetails

    @property
    def can_save(self) -> bool:
        """Whether nothing has to be corrected or decided."""
        return not self.conflicts and self.form.is_valid()


def with_latest_change(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return the applications with `latest_change`: the id of the latest change, 0 without one."""
    changes = Event.objects.filter(
        project=OuterRef("project"),
        action=APPLICATION_CHANGED.key,
        target_id=Cast(OuterRef("pk"), CharField()),
    )
    latest = Subquery(changes.order_by("-id").values("pk")[:1])
    return applications.annotate(latest_change=Coalesce(latest, 0))


def merge_concurrent_edit(application: Any, sent: QueryDict, *, actor: User) -> MergedEdit:
    """Merge a submitted form with what others have saved since it was rendered.

    Fields that the sender did not change take the current value. If others changed anything that
    the sender did not type as well, there are conflicts, and nothing is saved until the sender has
    seen them. A form that does not say which change it shows is taken as it is. The application is
    one of `with_latest_change`.
    """
    later = events_after(application, sent.get("seen", ""))
    project = application.project
    form = ApplicationForm(sent, project=project, application=application)
    form.full_clean()
    now = {name: getattr(application, name) for name in form.fields}
    before = {**now, **values_before(later, now)}
    typed = {name: form.cleaned_data.get(name, form[name].value()) for name in form.fields}
    mine = {name: value for name, value in typed.items() if value != before[name]}
    theirs = [name for name in form.fields if before[name] != now[name]]
    left_alone = {name: now[name] for name in theirs if name not in mine}
    if left_alone:
        form = ApplicationForm(
            replace_values(sent, control_values(left_alone)),
            project=project,
            application=application,
        )
        form.full_clean()
    contested = [name for name in theirs if name not in mine or mine[name] != now[name]]
    details = {
        name: describe(form, name, before[name], now[name], mine.get(name), later, actor)
        for name in contested
    }
    changed = {name: form.cleaned_data[name] for name in mine if name in form.cleaned_data}
    return MergedEdit(application, form, changed, ConflictDetails(details))


def events_after(application: Any, seen: str) -> list[Event]:
    """Return the changes after the one that the form shows, oldest first."""
    if not (seen.isascii() and seen.isdigit() and len(seen) <= LONGEST_ID):
        return []
    later = application.project.events.filter(
        action=APPLICATION_CHANGED.key,
        target_id=str(application.pk),
        pk__gt=int(seen),
        # What is even newer, the application as it was read does not show.
        pk__lte=application.latest_change,
    )
    return list(later.order_by("id"))


def values_before(events: Iterable[Event], now: dict[str, Any]) -> dict[str, Any]:
    """Return what the changed fields held before the first of these events."""
    before: dict[str, Any] = {}
    for event in events:
        for name, (was, _became) in event.changes.items():
            if name in now:
                # The history leaves out what is empty.
                before.setdefault(name, type(now[name])() if was is None else was)
    return before


def control_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return values of an application as a form sends them."""
    return {
        name: (["on"] if value else []) if isinstance(value, bool) else form_value(name, value)
        for name, value in values.items()
    }


def describe(
    form: ApplicationForm,
    name: str,
    was: Any,
    now: Any,
    mine: Any,
    events: list[Event],
    actor: User,
) -> ConflictDetail:
    """Return who changed a field, and from what to what."""
    event = next(each for each in reversed(events) if name in each.changes)
    conflict = EditConflict(
        was=form_value(name, was),
        now=form_value(name, now),
        mine=None if mine is None else form_value(name, mine) if isinstance(mine, list) else mine,
        is_secret=False,
        who=event.actor_name,
        at=event.at,
        by_same_person=event.actor_id == actor.pk,
    )
    return ConflictDetail(
        field=form[name],
        conflict=conflict,
        was_text=shorten(text_of(name, was)),
        now_text=shorten(text_of(name, now)),
        mine_text="" if mine is None else shorten(text_of(name, mine)),
    )


def text_of(name: str, value: Any) -> str:
    """Return a value as people read it."""
    if value == []:
        return _("All connections") if name == "connections" else _("empty")
    given = FIELDS[name].format
    return given(value) if given else display_value(value)


def shorten(text: str) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
