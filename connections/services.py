"""What people can do with connections: a verb, one transaction, one line of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils.timezone import now

from connections import events
from connections.forms.connection_form import Proposal
from connections.identities import namespaces
from connections.models import Connection
from connections.providers.definition import Definition
from connections.secrets import seal_secret
from projects.audit.log import Changes, diff_states, record_event
from projects.models import Project, User


class TooManyConnections(Exception):
    """The project has as many connections as the installation allows."""


class ConnectionChanged(Exception):
    """The connection was changed after it was read."""


class NewAccounts(Exception):
    """A change would give people new accounts, and nobody has agreed to that."""

    def __init__(self, people: int) -> None:
        super().__init__(people)
        self.people = people


@transaction.atomic
def add_connection(
    *, project: Project, definition: Definition, proposal: Proposal, actor: User
) -> Connection:
    """Return a new connection, last in the project's order, with its secrets sealed.

    Raises TooManyConnections.
    """
    bump_version(project)
    # The project's row is locked now, so concurrent additions count.
    if is_full(project):
        raise TooManyConnections
    last = project.connections.aggregate(last=Max("position"))["last"]
    connection = Connection.objects.create(
        project=project,
        provider=definition.id,
        alias=proposal.alias,
        labels=proposal.labels,
        settings=proposal.settings,
        enabled=proposal.enabled,
        position=0 if last is None else last + 1,
        updated_by=actor,
    )
    seal_secrets(connection, proposal, actor)
    record_event(
        events.CONNECTION_ADDED,
        project=project,
        actor=actor,
        target=connection,
        changes=diff_states({}, connection_state(connection)),
    )
    return connection


def is_full(project: Project) -> bool:
    """Whether the project has as many connections as the installation allows."""
    return project.connections.count() >= settings.MENKOU_MAX_CONNECTIONS


@transaction.atomic
def change_connection(
    connection: Connection,
    *,
    proposal: Proposal,
    bound_to: tuple[str, ...],
    actor: User,
    seen: dict[str, Any] | None = None,
) -> Connection:
    """Save an edited connection and return it; raises Connection.DoesNotExist.

    `bound_to` names the settings that say where the secrets are sent. When one of them changes,
    a secret that was not typed is dropped. `seen` is the state that the proposal was made from;
    if it is given and is no longer so, nothing is saved: raises ConnectionChanged. Raises
    NewAccounts where people would no longer be found, unless the proposal agrees to that.
    """
    connection = lock_connection(connection)
    before = connection_state(connection)
    if seen is not None:
        if find_concurrent_changes(seen, before):
            raise ConnectionChanged
        if proposal.enabled == seen.get("enabled"):
            proposal = replace(proposal, enabled=connection.enabled)
    lost = namespaces.count_lost_users(
        connection, namespaces.namespaces_after(connection, proposal.settings)
    )
    if lost and not proposal.accepts_new_accounts:
        raise NewAccounts(lost)
    moved = any(connection.settings.get(name) != proposal.settings.get(name) for name in bound_to)
    connection.labels = proposal.labels
    connection.kept_namespace = namespaces.namespace_to_keep(connection, proposal.settings)
    if connection.settings != proposal.settings or proposal.secrets:
        connection.test_failed_at = None
    connection.settings = proposal.settings
    connection.enabled = proposal.enabled
    connection.updated_by = actor
    connection.save()
    if moved:
        connection.secrets.exclude(field__in=proposal.secrets).delete()
    seal_secrets(connection, proposal, actor)
    changes = diff_states(before, connection_state(connection))
    if lost:
        changes[events.NEW_ACCOUNTS] = (None, lost)
    if changes:
        record_event(
            events.CONNECTION_CHANGED,
            project=connection.project,
            actor=actor,
            target=connection,
            changes=changes,
        )
    return connection


@transaction.atomic
def set_enabled(connection: Connection, *, enabled: bool, actor: User) -> None:
    """Show or hide the button on the sign-in page; raises Connection.DoesNotExist."""
    connection = lock_connection(connection)
    if connection.enabled == enabled:
        return
    connection.enabled = enabled
    connection.updated_by = actor
    connection.save(update_fields=["enabled", "updated_by", "updated_at"])
    record_event(
        events.CONNECTION_ENABLED if enabled else events.CONNECTION_DISABLED,
        project=connection.project,
        actor=actor,
        target=connection,
    )


def record_test(connection: Connection, *, failed: bool) -> None:
    """Store whether the provider rejected the connection's credentials.

    Does nothing if the connection was changed after `connection` was read.
    """
    tested = Connection.objects.filter(pk=connection.pk, updated_at=connection.updated_at)
    tested.update(test_failed_at=now() if failed else None)


@transaction.atomic
def delete_connection(connection: Connection, *, actor: User) -> None:
    """Delete the connection and its secrets; end users are kept.

    Raises Connection.DoesNotExist if it was deleted meanwhile.
    """
    connection = lock_connection(connection)
    record_event(
        events.CONNECTION_DELETED,
        project=connection.project,
        actor=actor,
        target=connection,
        changes=diff_states(connection_state(connection), {}),
    )
    connection.delete()


@dataclass(frozen=True)
class AffectedUsers:
    """How many end users the deletion of a connection affects."""

    people: int
    # Who has no other way in.
    stranded: int
    # Who would not be found by a new connection with the same settings.
    not_found_again: int


def count_affected_users(connection: Connection) -> AffectedUsers:
    """Return how many people have signed in by the connection, and what it means for them."""
    enabled = Connection.objects.filter(project=connection.project_id, enabled=True)
    others = namespaces.user_ids_of(enabled.exclude(pk=connection.pk))
    people = User.objects.filter(
        pk__in=namespaces.user_ids_of(Connection.objects.filter(pk=connection.pk))
    )
    return AffectedUsers(
        people=people.count(),
        stranded=people.exclude(pk__in=others).count(),
        not_found_again=namespaces.count_lost_users(
            connection, namespaces.namespaces_of_new_connection(connection)
        ),
    )


def seal_secrets(connection: Connection, proposal: Proposal, actor: User) -> None:
    """Save the secrets of the proposal."""
    for field, value in proposal.secrets.items():
        seal_secret(connection, field=field, value=value, actor=actor)


def lock_connection(connection: Connection) -> Connection:
    """Lock the connection until the transaction ends, and return it as it is now.

    The object of the request may be outdated. Concurrent sign-ins wait for this lock.
    """
    bump_version(connection.project)
    held = Connection.objects.select_for_update(of=("self",)).select_related("project")
    return held.get(pk=connection.pk)


def bump_version(project: Project) -> None:
    """Increment the project's version; the row lock also serialises changes of a project."""
    Project.objects.filter(pk=project.pk).update(version=F("version") + 1)


def find_concurrent_changes(seen: dict[str, Any], now: dict[str, Any]) -> Changes:
    """Return the differences between two states except the switch, which is no conflict."""
    changes = diff_states(seen, now)
    changes.pop("enabled", None)
    return changes


def connection_state(connection: Connection) -> dict[str, Any]:
    """Return the connection as the history records it: settings as they are, secrets as
    fingerprints.
    """
    secrets = {
        f"secret.{field}": fingerprint
        for field, fingerprint in connection.secrets.values_list("field", "fingerprint")
    }
    labels = {f"label.{language}": label for language, label in connection.labels.items()}
    return {
        "provider": connection.provider,
        "alias": connection.alias,
        "enabled": connection.enabled,
        **connection.settings,
        **labels,
        **secrets,
    }
