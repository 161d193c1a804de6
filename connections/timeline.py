"""The history of a project, newest first: changes and sign-ins, with keyset pagination.

Both tables can have millions of rows, so a page starts at a position in an index and never counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import pgettext_lazy

from connections import events
from connections.models import SignIn
from projects.models import Event, Project, User

PAGE_SIZE = 50
# Entries that an export reads at a time.
BATCH_SIZE = 1000
# Only this many people with a name are searched for.
MAX_PEOPLE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"([0-9]{1,17})-(changes|sign-ins)-([0-9]{1,18})", re.ASCII)
CONNECTION_ACTIONS = [kind.key for kind in events.KINDS]

Entry = Event | SignIn
Record = TypeVar("Record", Event, SignIn)


class EntryKind(models.TextChoices):
    """The two kinds of entries; this order applies to entries of the same time."""

    CHANGES = "changes", pgettext_lazy("history", "Changes")
    SIGN_INS = "sign-ins", pgettext_lazy("history", "Sign-ins")


# What a file of the history has of a sign-in. Others are large, and read for pages only.
EXPORTED = (
    "project",
    "alias",
    "provider",
    "reference",
    "outcome",
    "cause",
    "provider_code",
    "ended_at",
    "user",
    "user__name",
)


@dataclass(frozen=True, order=True)
class Cursor:
    """The position of an entry in the timeline: a pagination cursor."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.kind}-{self.id}"


@dataclass(frozen=True, kw_only=True)
class TimelineFilter:
    """The filter of the timeline; empty fields do not restrict it."""

    kind: str = ""
    action: str = ""
    outcome: str = ""
    alias: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_changes(self) -> bool:
        """Whether the filter can match changes."""
        return self.kind != EntryKind.SIGN_INS and not self.outcome

    @property
    def has_sign_ins(self) -> bool:
        """Whether the filter can match sign-ins."""
        return self.kind != EntryKind.CHANGES and not self.action


@dataclass(frozen=True)
class TimelinePage:
    """A page of the timeline, with the cursors of the next pages."""

    entries: list[Entry]
    newer: Cursor | None = None
    older: Cursor | None = None


def cursor_of(entry: Entry) -> Cursor:
    """Return the cursor of an entry."""
    if isinstance(entry, Event):
        return Cursor(entry.at, EntryKind.CHANGES.value, entry.pk)
    return Cursor(entry.ended_at, EntryKind.SIGN_INS.value, entry.pk)


def parse_cursor(written: str) -> Cursor | None:
    """Return the cursor in a query string, or None if it is invalid."""
    found = CURSOR.fullmatch(written)
    if found is None:
        return None
    microseconds, kind, id_ = found.groups()
    return Cursor(EPOCH + timedelta(microseconds=int(microseconds)), kind, int(id_))


def load_page(
    project: Project,
    wanted: TimelineFilter,
    *,
    before: Cursor | None = None,
    after: Cursor | None = None,
) -> TimelinePage:
    """Return the newest entries, or those just before or after a cursor."""
    if after is not None:
        found = load_entries(project, wanted, after, newest_first=False)
        # Fewer entries than a page are newer: show the newest page, which is full.
        if len(found) < PAGE_SIZE:
            return load_page(project, wanted)
        more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
        return TimelinePage(found, cursor_of(found[0]) if more else None, cursor_of(found[-1]))
    found = load_entries(project, wanted, before, newest_first=True)
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return TimelinePage(
        found,
        cursor_of(found[0]) if before and found else None,
        cursor_of(found[-1]) if more else None,
    )


def iterate_batches(
    project: Project, wanted: TimelineFilter, *, limit: int
) -> Iterator[list[Entry]]:
    """Yield the newest entries in batches, at most `limit` in all; each batch is a page read."""
    place: Cursor | None = None
    while limit > 0:
        size = min(BATCH_SIZE, limit)
        batch = load_entries(
            project, wanted, place, newest_first=True, size=size, sign_in_columns=EXPORTED
        )[:size]
        if batch:
            yield batch
        if len(batch) < size:
            return
        place = cursor_of(batch[-1])
        limit -= size


def count_entries(project: Project, wanted: TimelineFilter, *, limit: int) -> int:
    """Return how many entries match, without counting beyond `limit`."""
    counted = 0
    if wanted.has_changes:
        counted += filter_changes(project, wanted).select_related(None)[:limit].count()
    if wanted.has_sign_ins:
        counted += filter_sign_ins(project, wanted).select_related(None)[:limit].count()
    return min(counted, limit)


def load_entries(
    project: Project,
    wanted: TimelineFilter,
    place: Cursor | None,
    *,
    newest_first: bool,
    size: int | None = None,
    sign_in_columns: Sequence[str] = (),
) -> list[Entry]:
    """Return a page of entries and one more, which shows whether there is another page.

    Sign-ins have the given columns only, or all of them.
    """
    count = (size or PAGE_SIZE) + 1
    found: list[Entry] = []
    if wanted.has_changes:
        found += load_records(
            filter_changes(project, wanted), "at", EntryKind.CHANGES, place, newest_first, count
        )
    if wanted.has_sign_ins:
        sign_ins = filter_sign_ins(project, wanted)
        if sign_in_columns:
            sign_ins = sign_ins.select_related(None).select_related("user").only(*sign_in_columns)
        found += load_records(
            sign_ins,
            "ended_at",
            EntryKind.SIGN_INS,
            place,
            newest_first,
            count,
        )
    return sorted(found, key=cursor_of, reverse=newest_first)[:count]


def load_records(
    records: QuerySet[Record],
    moment: str,
    kind: EntryKind,
    place: Cursor | None,
    newest_first: bool,  # noqa: FBT001 - the only caller is above
    count: int,
) -> list[Record]:
    """Return the entries of one table beyond a cursor, in the order of its index."""
    if place is not None:
        records = records.filter(
            cursor_condition(moment, kind, place, "lt" if newest_first else "gt")
        )
    sign = "-" if newest_first else ""
    return list(records.order_by(f"{sign}{moment}", f"{sign}id")[:count])


def cursor_condition(moment: str, kind: EntryKind, place: Cursor, way: str) -> Q:
    """Return the condition for entries beyond a cursor; `way` is lt or gt.

    The first half alone lets PostgreSQL start at a position in the index.
    """
    strictly = Q(**{f"{moment}__{way}": place.at})
    if kind == place.kind:
        return Q(**{f"{moment}__{way}e": place.at}) & (strictly | Q(**{f"id__{way}": place.id}))
    same_moment_counts = (kind < place.kind) == (way == "lt")
    return Q(**{f"{moment}__{way}e": place.at}) if same_moment_counts else strictly


def filter_changes(project: Project, wanted: TimelineFilter) -> QuerySet[Event]:
    """Return the changes that match the filter."""
    found = project.events.filter(**time_bounds("at", wanted))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.alias:
        found = found.filter(target_name=wanted.alias, action__in=CONNECTION_ACTIONS)
    if wanted.person:
        found = found.filter(actor_condition(wanted.person))
    return found.select_related("origin")


def filter_sign_ins(project: Project, wanted: TimelineFilter) -> QuerySet[SignIn]:
    """Return the sign-ins that match the filter, including those of deleted connections."""
    found = project.sign_ins.filter(**time_bounds("ended_at", wanted))
    if wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.alias:
        found = found.filter(alias=wanted.alias)
    if wanted.person:
        found = found.filter(user__in=find_end_users(project, wanted.person)[:MAX_PEOPLE])
    return found.select_related("connection", "user")


def time_bounds(moment: str, wanted: TimelineFilter) -> dict[str, Any]:
    """Return the filter arguments for the time range."""
    bounds = {f"{moment}__gte": wanted.since, f"{moment}__lte": wanted.until}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def actor_condition(person: str) -> Q:
    """Return the condition for the actor of a change: start of the name, email, or id."""
    identifier = parse_uuid(person)
    if identifier:
        return Q(actor=identifier)
    known = User.objects.filter(project=None, email__iexact=person).values_list("pk", flat=True)
    return Q(actor_name__istartswith=person) | Q(actor__in=list(known))


def find_end_users(project: Project, person: str) -> list[UUID]:
    """Return the ids of matching end users, by start of the name or by id; at most one extra."""
    identifier = parse_uuid(person)
    if identifier:
        return [identifier]
    named = User.objects.filter(project=project, name__istartswith=person)
    return list(named.values_list("pk", flat=True)[: MAX_PEOPLE + 1])


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID in a text, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
