"""The end users of a project: list and search with keyset pagination, newest first.

There may be millions, so a page starts at a position in an index and never counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from connections.models import Connection, Identity, IdentityKey, SignIn
from projects.models import Project, User

PAGE_SIZE = 50
# Of the users who match a text, only so many are listed.
MOST_MATCHES = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# That of a user, and of an identity.
CURSORS = (
    re.compile(r"([0-9]{1,17})-([0-9a-f]{32})", re.ASCII),
    re.compile(r"([0-9]{1,18})", re.ASCII),
)

Record = TypeVar("Record", bound=Model)


@dataclass(frozen=True, kw_only=True)
class UserFilter:
    """The filter of the list; empty fields do not restrict it."""

    # Ids of users that match a text: `find_matches`. None where no text was typed.
    matches: Sequence[UUID] | None = None
    connection: Connection | None = None
    is_active: bool | None = None


@dataclass(frozen=True)
class DirectoryPage:
    """A page of the list, with the cursors of the next pages, or ""."""

    users: list[User]
    newer: str = ""
    older: str = ""


def find_matches(project: Project, text: str, *, reference: str = "") -> list[UUID]:
    """Return the ids of the end users that match a text; at most MOST_MATCHES and one extra.

    A text matches the beginning of a name or an email address, and the whole of a user's id or of
    an id at a provider. `reference` is that of a sign-in, or "".
    """
    theirs = User.objects.filter(project=project)
    named = theirs.filter(name__istartswith=text).values_list("pk")
    addressed = theirs.exclude(address="").filter(address__istartswith=text).values_list("pk")
    known = Identity.objects.filter(project=project, subject=text).values_list("user")
    keys = IdentityKey.objects.filter(project=project, value=text).values_list("identity__user")
    found: list[QuerySet[Any, Any]] = [named, addressed, known, keys]
    if (identifier := parse_uuid(text)) is not None:
        found.append(theirs.filter(pk=identifier).values_list("pk"))
    if reference:
        shown = SignIn.objects.filter(project=project, reference=reference, user__isnull=False)
        found.append(shown.order_by().values_list("user"))
    most = MOST_MATCHES + 1
    with transaction.atomic(), database.cursor() as cursor:
        # The planner expects to find a crowd soon by reading the table from its beginning. It does
        # not know that a project's users may all be at the end.
        cursor.execute("SET LOCAL enable_seqscan = off")
        ids = {row[0] for each in found for row in each[:most]}
    return sorted(ids)[:most]


def load_users(
    project: Project, wanted: UserFilter, *, before: str = "", after: str = ""
) -> DirectoryPage:
    """Return the newest users, or those just before or after a cursor.

    Users of one connection are in the order in which they have signed in with it first, the
    others in the order of their first sign-in. A cursor that is invalid counts as none.
    """
    # Blocked users are few, so they are found first, and then asked for their connections.
    if wanted.connection and wanted.matches is None and wanted.is_active is not False:
        page = load_page(filter_identities(wanted), ("id",), before, after)
        return DirectoryPage([each.user for each in page.rows], page.newer, page.older)
    listed = load_page(filter_users(project, wanted), ("created_at", "id"), before, after)
    return DirectoryPage(listed.rows, listed.newer, listed.older)


def filter_users(project: Project, wanted: UserFilter) -> QuerySet[User]:
    """Return the users that match the filter."""
    found = User.objects.filter(project=project)
    if wanted.matches is not None:
        found = found.filter(pk__in=wanted.matches[:MOST_MATCHES])
    if wanted.is_active is not None:
        found = found.filter(is_active=wanted.is_active)
    if wanted.connection:
        theirs = Identity.objects.filter(user=OuterRef("pk"), connection=wanted.connection)
        found = found.filter(Exists(theirs))
    return found


def filter_identities(wanted: UserFilter) -> QuerySet[Identity]:
    """Return the identities of the connection, the newest one of each user."""
    newer = Identity.objects.filter(
        user=OuterRef("user"), connection=wanted.connection, id__gt=OuterRef("id")
    )
    found = Identity.objects.filter(~Exists(newer), connection=wanted.connection)
    if wanted.is_active is not None:
        found = found.filter(user__is_active=wanted.is_active)
    return found.select_related("user")


@dataclass(frozen=True)
class Rows:
    """A page of records, with the cursors of the next pages, or ""."""

    rows: list[Any]
    newer: str = ""
    older: str = ""


def load_page(records: QuerySet[Record], keys: tuple[str, ...], before: str, after: str) -> Rows:
    """Return a page of records in the order of their keys, the last one first."""
    older_than, newer_than = parse_cursor(before, keys), parse_cursor(after, keys)
    if newer_than:
        found = load_rows(records, keys, newer_than, is_older=False)
        # Fewer records than a page are newer: show the newest page, which is full.
        if len(found) < PAGE_SIZE:
            return load_page(records, keys, "", "")
        more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
        return Rows(found, cursor(found[0], keys) if more else "", cursor(found[-1], keys))
    found = load_rows(records, keys, older_than, is_older=True)
    if older_than and not found:
        # Those who were there have been deleted.
        return load_page(records, keys, "", "")
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return Rows(
        found,
        cursor(found[0], keys) if older_than else "",
        cursor(found[-1], keys) if more else "",
    )


def load_rows(
    records: QuerySet[Record], keys: tuple[str, ...], place: tuple[Any, ...], *, is_older: bool
) -> list[Record]:
    """Return a page of records beyond a place, and one more."""
    sign, way = ("-", "lt") if is_older else ("", "gt")
    if place:
        condition = Q(**{f"{keys[-1]}__{way}": place[-1]})
        if len(keys) == 2:
            # The first half alone lets PostgreSQL start at a position in the index.
            first = Q(**{f"{keys[0]}__{way}e": place[0]})
            condition = first & (Q(**{f"{keys[0]}__{way}": place[0]}) | condition)
        records = records.filter(condition)
    return list(records.order_by(*(f"{sign}{key}" for key in keys))[: PAGE_SIZE + 1])


def cursor(record: Model, keys: tuple[str, ...]) -> str:
    """Return the cursor of a record."""
    values = [getattr(record, key) for key in keys]
    if len(values) == 1:
        return str(values[0])
    return f"{(values[0] - EPOCH) // timedelta(microseconds=1)}-{values[1].hex}"


def parse_cursor(written: str, keys: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the place in a query string; empty if it is invalid."""
    of_user, of_identity = (each.fullmatch(written) for each in CURSORS)
    if len(keys) == 1:
        return (int(of_identity[1]),) if of_identity else ()
    if not of_user:
        return ()
    return EPOCH + timedelta(microseconds=int(of_user[1])), UUID(of_user[2])


def identities_of(users: Iterable[User]) -> dict[UUID, list[Identity]]:
    """Return the identities of these users with their connections, the one used last first."""
    found: dict[UUID, list[Identity]] = {}
    known = Identity.objects.filter(user__in=list(users)).select_related("connection")
    for each in known.order_by("-used_at", "-id"):
        found.setdefault(each.user_id, []).append(each)
    return found


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID in a text, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
