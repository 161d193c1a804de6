"""What the pages of revisions show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from django.db.models import Prefetch
from django.utils.translation import pgettext

from connections.drafts.revisions import live_state, revision_state
from connections.drafts.rows import changes_secret_destination
from connections.models import Connection, Revision, RevisionSecret
from connections.secrets import fingerprints
from portal.connections.drafts.differences import Difference, list_differences, list_values

ON_A_PAGE = 50
# Longer numbers are not of this installation.
LONGEST_NUMBER = 9


@dataclass(frozen=True)
class RevisionRow:
    """A revision in the list."""

    number: int
    at: datetime
    who: str
    # The labels of the fields that differ from the revision before; empty for the first one.
    changed: list[str]
    restores: int | None
    is_live: bool
    is_first: bool


@dataclass(frozen=True)
class RevisionList:
    """A page of the list."""

    rows: list[RevisionRow]
    # The number that the older ones are below, or 0.
    older: int


@dataclass(frozen=True)
class Comparison:
    """A revision beside another one, or beside what is live."""

    row: RevisionRow
    values: list[Difference]
    # The number of the other one; 0 for what is live.
    other: int
    differences: list[Difference]
    # The numbers that can be chosen.
    numbers: list[int]


def parse_number(text: str) -> int:
    """Return the number in a query, 0 if there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0


def list_revisions(connection: Connection, *, before: int = 0) -> RevisionList:
    """Return a page of revisions, newest first."""
    revisions = connection.revisions.select_related("published_by").prefetch_related(
        Prefetch("secrets", RevisionSecret.objects.defer("ciphertext"))
    )
    if before:
        revisions = revisions.filter(number__lt=before)
    found = list(revisions[: ON_A_PAGE + 1])
    newest = newest_number(connection)
    rows = [
        describe_revision(connection, each, previous, newest)
        for each, previous in zip_longest(found[:ON_A_PAGE], found[1:])
    ]
    return RevisionList(rows, found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else 0)


def newest_number(connection: Connection) -> int:
    """Return the number of the revision that is live, 0 if there is none."""
    return connection.revisions.values_list("number", flat=True).first() or 0


def describe_revision(
    connection: Connection, revision: Revision, previous: Revision | None, newest: int
) -> RevisionRow:
    """Return a revision with what changed since the previous one."""
    state = revision_state(revision)
    changed = (
        list_differences(connection.provider, revision_state(previous), state) if previous else []
    )
    return RevisionRow(
        number=revision.number,
        at=revision.published_at,
        who=str(revision.published_by or ""),
        changed=[each.label for each in changed],
        restores=revision.restores,
        is_live=revision.number == newest,
        is_first=previous is None,
    )


def compare_revisions(connection: Connection, revision: Revision, other: int) -> Comparison | None:
    """Return the revision beside another one, 0 for what is live; None if there is none."""
    rows = connection.revisions.prefetch_related("secrets")
    previous = rows.filter(number__lt=revision.number).first()
    row = describe_revision(connection, revision, previous, newest_number(connection))
    if row.is_live and not other and previous:
        other = previous.number
    before = live_state(connection)
    if other:
        beside = rows.filter(number=other).first()
        if beside is None:
            return None
        before = revision_state(beside)
    state = revision_state(revision)
    numbers = connection.revisions.exclude(pk=revision.pk).values_list("number", flat=True)
    return Comparison(
        row=row,
        values=list_values(connection.provider, state),
        other=other,
        differences=list_differences(
            connection.provider, before, state, replaced=pgettext("secret", "Different")
        ),
        numbers=list(numbers[:ON_A_PAGE]),
    )


@dataclass(frozen=True)
class LostSecrets:
    """The fields of a revision's secrets that were removed, and that are not live."""

    # For these the live secrets stay: they are sent to the same place.
    kept: list[str]
    # These must be typed again.
    missing: list[str]

    def __bool__(self) -> bool:
        return bool(self.kept or self.missing)


def lost_secrets(connection: Connection, revision: Revision) -> LostSecrets:
    """Return which secrets a restoration does not bring back."""
    live = fingerprints(connection.secrets.all())
    moved = changes_secret_destination(connection.provider, connection.settings, revision.settings)
    lost = [
        each.field
        for each in revision.secrets.all()
        if each.is_removed and (moved or live.get(each.field) != each.fingerprint)
    ]
    kept = [] if moved else [field for field in lost if field in live]
    return LostSecrets(kept, [field for field in lost if field not in kept])
