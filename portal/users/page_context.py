"""Template context of the Users pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from applications.access import list_accesses_to
from connections.configured import known_definition
from connections.identities.directory import DirectoryPage, identities_of
from connections.identities.namespaces import current_namespaces
from connections.identities.users import claims_of
from connections.models import Identity
from connections.providers.definition import Definition
from connections.sessions.rows import list_sessions
from connections.values.browser_names import describe_browser
from portal.history.rows import sign_in_row
from projects.audit.events import USER_BLOCKED
from projects.models import Event, Project, User

LATEST_SIGN_INS = 10


@dataclass(frozen=True)
class UserRow:
    """A user in the list."""

    user: User
    connections: list[UsedConnection]


@dataclass(frozen=True)
class UsedConnection:
    """A connection by which a user has signed in; no alias if it is deleted."""

    alias: str
    # None where this release does not know the provider, or the connection is deleted.
    definition: Definition | None


@dataclass(frozen=True)
class ProviderId:
    """An id of a user at a provider, under the provider's own name where it is known."""

    name: str
    value: str


@dataclass(frozen=True)
class IdentityRow:
    """An account at a provider."""

    connection: UsedConnection
    ids: list[ProviderId]
    linked_at: datetime
    used_at: datetime


@dataclass(frozen=True)
class SessionRow:
    """A browser in which a user is signed in."""

    sid: UUID
    browser: str
    began_at: datetime
    last_seen_at: datetime


def user_rows(page: DirectoryPage) -> list[UserRow]:
    """Return the rows of a page: one more statement."""
    identities = identities_of(page.users)
    return [UserRow(user, used_connections(identities.get(user.pk, ()))) for user in page.users]


def used_connections(identities: Iterable[Identity]) -> list[UsedConnection]:
    """Return the connections of these identities, each once."""
    return list({each.alias: each for each in map(used_connection, identities)}.values())


def used_connection(identity: Identity) -> UsedConnection:
    """Return the connection by which an identity was used last."""
    connection = identity.connection
    if connection is None:
        return UsedConnection("", None)
    return UsedConnection(connection.alias, known_definition(connection))


def user_context(project: Project, user: User) -> dict[str, Any]:
    """Return everything about one user."""
    identities = user.identities.select_related("connection").prefetch_related("keys")
    sign_ins = project.sign_ins.filter(user=user).select_related("connection", "user")
    latest = sign_ins.order_by("-ended_at", "-id")[:LATEST_SIGN_INS]
    return {
        "person": user,
        "blocked": None if user.is_active else last_block(project, user),
        "identities": [identity_row(each) for each in identities.order_by("-used_at", "-id")],
        "sessions": session_rows(user),
        "accesses": list_accesses_to(user),
        "sign_ins": [sign_in_row(project, each) for each in latest],
    }


def last_block(project: Project, user: User) -> Event | None:
    """Return the event by which a user was blocked last."""
    blocks = project.events.filter(action=USER_BLOCKED.key, target_name=USER_BLOCKED.name_of(user))
    return blocks.order_by("-at", "-id").first()


def session_rows(user: User) -> list[SessionRow]:
    """Return where a user is signed in, the browser that was used last first."""
    return [
        SessionRow(each.sid, describe_browser(each.browser), each.created_at, each.last_seen_at)
        for each in list_sessions(user)
    ]


def identity_row(identity: Identity) -> IdentityRow:
    """Return an account at a provider with all its ids."""
    return IdentityRow(
        connection=used_connection(identity),
        ids=provider_ids(identity),
        linked_at=identity.created_at,
        used_at=identity.used_at,
    )


def provider_ids(identity: Identity) -> list[ProviderId]:
    """Return the ids of an identity: those that the provider names, then the other ones."""
    connection = identity.connection
    definition = known_definition(connection) if connection else None
    found: list[ProviderId] = []
    if connection and definition:
        claims = claims_of(identity, current_namespaces(connection))
        named = definition.identity_claims(claims, connection.settings)
        found = [ProviderId(name, value) for name, value in named.items()]
    return [*found, *other_ids(identity, [each.value for each in found])]


def other_ids(identity: Identity, named: Sequence[str]) -> list[ProviderId]:
    """Return the ids that have no name at the provider, under the namespaces of our own."""
    stored = [(identity.namespace, identity.subject)]
    stored += [(each.namespace, each.value) for each in identity.keys.all()]
    # A subject may consist of several ids, which have names of their own.
    return [
        ProviderId(namespace, value)
        for namespace, value in dict.fromkeys(stored)
        if value not in named and not set(value.split(":")) <= set(named)
    ]
