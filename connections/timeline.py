"""What happened in a project, newest first: changes by people and sign-ins, a page at a time.

Both records can have millions of rows, so a page begins at a place in an index and never counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import pgettext_lazy

from connections.models import SignIn
from projects.models import Action, Event, Project, User

SIZE = 50
# A name that more people share is no way to find one of them.
MOST_PEOPLE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WRITTEN = re.compile(r"([0-9]{1,17})-(changes|sign-ins)-([0-9]{1,18})", re.ASCII)
OF_CONNECTIONS = [action for action in Action if action.value.startswith("connection:")]

Entry = Event | SignIn
Record = TypeVar("Record", Event, SignIn)


class Kind(models.TextChoices):
    """The two records; in this order where both have something at the same moment."""

    CHANGES = "changes", pgettext_lazy("history", "Changes")
    SIGN_INS = "sign-ins", pgettext_lazy("history", "Sign-ins")


@dataclass(frozen=True, order=True)
class Place:
    """Where an entry stands in the timeline."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.kind}-{self.id}"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to show of the timeline; whatever is empty does not restrict it."""

    kind: str = ""
    action: str = ""
    outcome: str = ""
    alias: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_changes(self) -> bool:
        """Whether changes can be among what is wanted."""
        return self.kind != Kind.SIGN_INS and not self.outcome

    @property
    def has_sign_ins(self) -> bool:
        """Whether sign-ins can be among what is wanted."""
        return self.kind != Kind.CHANGES and not self.action


@dataclass(frozen=True)
class Page:
    """Some of the timeline, and the places from which it goes on."""

    entries: list[Entry]
    newer: Place | None = None
    older: Place | None = None


def place_of(entry: Entry) -> Place:
    """Return where the entry stands."""
    if isinstance(entry, Event):
        return Place(entry.at, Kind.CHANGES.value, entry.pk)
    return Place(entry.ended_at, Kind.SIGN_INS.value, entry.pk)


def read_place(written: str) -> Place | None:
    """Return the place that an address names, or None where it names none."""
    found = WRITTEN.fullmatch(written)
    if found is None:
        return None
    microseconds, kind, id_ = found.groups()
    return Place(EPOCH + timedelta(microseconds=int(microseconds)), kind, int(id_))


def page(
    project: Project, wanted: Wanted, *, before: Place | None = None, after: Place | None = None
) -> Page:
    """Return the newest entries, or those just before or just after a place."""
    if after is not None:
        found = entries(project, wanted, after, newest_first=False)
        # Fewer than a page are left up there: the newest page has them, and is full.
        if len(found) < SIZE:
            return page(project, wanted)
        more, found = len(found) > SIZE, found[:SIZE][::-1]
        return Page(found, place_of(found[0]) if more else None, place_of(found[-1]))
    found = entries(project, wanted, before, newest_first=True)
    more, found = len(found) > SIZE, found[:SIZE]
    return Page(
        found,
        place_of(found[0]) if before and found else None,
        place_of(found[-1]) if more else None,
    )


def entries(
    project: Project, wanted: Wanted, place: Place | None, *, newest_first: bool
) -> list[Entry]:
    """Return a page and one more, so that one can tell whether it goes on."""
    found: list[Entry] = []
    if wanted.has_changes:
        found += part(changes(project, wanted), "at", Kind.CHANGES, place, newest_first)
    if wanted.has_sign_ins:
        found += part(sign_ins(project, wanted), "ended_at", Kind.SIGN_INS, place, newest_first)
    return sorted(found, key=place_of, reverse=newest_first)[: SIZE + 1]


def part(
    records: QuerySet[Record],
    moment: str,
    kind: Kind,
    place: Place | None,
    newest_first: bool,  # noqa: FBT001 - the only caller is above
) -> list[Record]:
    """Return what one record has beyond a place, in the order of its index."""
    if place is not None:
        records = records.filter(beyond(moment, kind, place, "lt" if newest_first else "gt"))
    sign = "-" if newest_first else ""
    return list(records.order_by(f"{sign}{moment}", f"{sign}id")[: SIZE + 1])


def beyond(moment: str, kind: Kind, place: Place, way: str) -> Q:
    """Return the condition to stand beyond a place; `way` is lt or gt.

    The first half alone is what the index can begin at.
    """
    strictly = Q(**{f"{moment}__{way}": place.at})
    if kind == place.kind:
        return Q(**{f"{moment}__{way}e": place.at}) & (strictly | Q(**{f"id__{way}": place.id}))
    same_moment_counts = (kind < place.kind) == (way == "lt")
    return Q(**{f"{moment}__{way}e": place.at}) if same_moment_counts else strictly


def changes(project: Project, wanted: Wanted) -> QuerySet[Event]:
    """Return the changes that are wanted."""
    found = project.events.filter(**between("at", wanted))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.alias:
        found = found.filter(target_name=wanted.alias, action__in=OF_CONNECTIONS)
    if wanted.person:
        found = found.filter(by_operator(wanted.person))
    return found


def sign_ins(project: Project, wanted: Wanted) -> QuerySet[SignIn]:
    """Return the sign-ins that are wanted; the alias tells also those of deleted connections."""
    found = project.sign_ins.filter(**between("ended_at", wanted))
    if wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.alias:
        found = found.filter(alias=wanted.alias)
    if wanted.person:
        found = found.filter(user__in=end_users(project, wanted.person)[:MOST_PEOPLE])
    return found.select_related("connection", "user")


def between(moment: str, wanted: Wanted) -> dict[str, Any]:
    """Return the condition on the time."""
    bounds = {f"{moment}__gte": wanted.since, f"{moment}__lte": wanted.until}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def by_operator(person: str) -> Q:
    """Return the condition on who made a change: the name's beginning, the e-mail, or the id."""
    identifier = as_uuid(person)
    if identifier:
        return Q(actor=identifier)
    known = User.objects.filter(project=None, email__iexact=person).values_list("pk", flat=True)
    return Q(actor_name__istartswith=person) | Q(actor__in=list(known))


def end_users(project: Project, person: str) -> list[UUID]:
    """Return who is meant by the beginning of a name or by an id; one more than are used."""
    identifier = as_uuid(person)
    if identifier:
        return [identifier]
    named = User.objects.filter(project=project, name__istartswith=person)
    return list(named.values_list("pk", flat=True)[: MOST_PEOPLE + 1])


def as_uuid(text: str) -> UUID | None:
    """Return the id that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
