"""What people can do with connections: a verb, one transaction, one line of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet

from connections.forms import Proposal
from connections.models import Connection, Identity, SignIn
from connections.providers.definition import Definition
from connections.secrets import seal_secret
from projects.history import Changes, differences, record
from projects.models import Action, Project, User


class ChangedMeanwhile(Exception):
    """Somebody else changed the connection after it was read."""


@transaction.atomic
def add_connection(
    *, project: Project, definition: Definition, proposal: Proposal, actor: User
) -> Connection:
    """Return a new connection, last in the project's order, with its secrets sealed."""
    raise_version(project)
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
    seal_all(connection, proposal, actor)
    record(
        Action.CONNECTION_ADDED,
        project=project,
        actor=actor,
        target=connection,
        changes=differences({}, state_of(connection)),
    )
    return connection


@transaction.atomic
def change_connection(
    connection: Connection,
    *,
    proposal: Proposal,
    bound_to: tuple[str, ...],
    actor: User,
    seen: dict[str, Any] | None = None,
) -> Connection:
    """Return the connection with what was edited; raises Connection.DoesNotExist.

    `bound_to` names the settings that say where the secrets are sent. When one of them changes,
    a secret that was not typed is dropped. `seen` is the state that the proposal was made from;
    if it is given and is no longer so, nothing is saved: raises ChangedMeanwhile.
    """
    connection = locked(connection)
    before = state_of(connection)
    if seen is not None:
        if changed_meanwhile(seen, before):
            raise ChangedMeanwhile
        if proposal.enabled == seen.get("enabled"):
            proposal = replace(proposal, enabled=connection.enabled)
    moved = any(connection.settings.get(name) != proposal.settings.get(name) for name in bound_to)
    connection.labels = proposal.labels
    connection.settings = proposal.settings
    connection.enabled = proposal.enabled
    connection.version += 1
    connection.updated_by = actor
    connection.save()
    if moved:
        connection.secrets.exclude(field__in=proposal.secrets).delete()
    seal_all(connection, proposal, actor)
    changes = differences(before, state_of(connection))
    if changes:
        record(
            Action.CONNECTION_CHANGED,
            project=connection.project,
            actor=actor,
            target=connection,
            changes=changes,
        )
    return connection


@transaction.atomic
def set_enabled(connection: Connection, *, enabled: bool, actor: User) -> None:
    """Show or hide the button on the sign-in page; raises Connection.DoesNotExist."""
    connection = locked(connection)
    if connection.enabled == enabled:
        return
    connection.enabled = enabled
    connection.version += 1
    connection.updated_by = actor
    connection.save(update_fields=["enabled", "version", "updated_by", "updated_at"])
    record(
        Action.CONNECTION_ENABLED if enabled else Action.CONNECTION_DISABLED,
        project=connection.project,
        actor=actor,
        target=connection,
    )


@transaction.atomic
def delete_connection(connection: Connection, *, actor: User) -> None:
    """Remove the connection and its secrets; the people who signed in by it stay.

    Raises Connection.DoesNotExist where somebody was faster.
    """
    connection = locked(connection)
    record(
        Action.CONNECTION_DELETED,
        project=connection.project,
        actor=actor,
        target=connection,
        changes=differences(state_of(connection), {}),
    )
    connection.delete()


@dataclass(frozen=True)
class Loss:
    """Whom the deletion of a connection concerns."""

    people: int
    stranded: int


def loss_of(connection: Connection) -> Loss:
    """Return how many people signed in by the connection, and how many have no other way in."""
    enabled = Connection.objects.filter(project=connection.project_id, enabled=True)
    others = ways_in(enabled.exclude(pk=connection.pk))
    people = User.objects.filter(pk__in=ways_in(Connection.objects.filter(pk=connection.pk)))
    return Loss(people=people.count(), stranded=people.exclude(pk__in=others).count())


def ways_in(connections: QuerySet[Connection]) -> QuerySet[Any]:
    """Return the ids of the people who have signed in by one of the connections.

    An identity names the connection that was used last; one provider's apps may share it.
    """
    last = Identity.objects.filter(connection__in=connections).values("user")
    earlier = SignIn.objects.filter(connection__in=connections, user__isnull=False).values("user")
    return last.union(earlier)


def seal_all(connection: Connection, proposal: Proposal, actor: User) -> None:
    """Seal the secrets that were typed."""
    for field, value in proposal.secrets.items():
        seal_secret(connection, field=field, value=value, actor=actor)


def locked(connection: Connection) -> Connection:
    """Return the connection as it is now, held until the transaction ends.

    What a request read before may be old; and whoever signs in by it meanwhile must wait here,
    not in the middle of the change.
    """
    raise_version(connection.project)
    held = Connection.objects.select_for_update(of=("self",)).select_related("project")
    return held.get(pk=connection.pk)


def raise_version(project: Project) -> None:
    """Say that the sign-in page has changed; the row lock puts changes of a project in order."""
    Project.objects.filter(pk=project.pk).update(version=F("version") + 1)


def changed_meanwhile(seen: dict[str, Any], now: dict[str, Any]) -> Changes:
    """Return what differs between two states but for the switch, which disturbs nobody's work."""
    changes = differences(seen, now)
    changes.pop("enabled", None)
    return changes


def state_of(connection: Connection) -> dict[str, Any]:
    """The connection as the history records it: settings in clear, secrets as fingerprints."""
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
