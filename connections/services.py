"""What people can do with connections: a verb, one transaction, one line of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from connections import events
from connections.drafts.revisions import (
    are_equal,
    ensure_revision,
    live_state,
    record_revision,
    recorded_state,
)
from connections.drafts.rows import delete_draft, edited_state, find_draft, secrets_after
from connections.drafts.successful_trials import TrialNeeded, needs_trial
from connections.forms.connection_form import Proposal
from connections.identities import namespaces
from connections.models import Connection, StoredSecret
from connections.providers.definition import Definition
from connections.secrets import (
    copied_columns,
    fingerprint,
    fingerprints,
    seal_secret,
    store_sealed,
)
from core.keyring.canary import sealing_key
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
    *,
    project: Project,
    definition: Definition,
    proposal: Proposal,
    actor: User,
    as_draft: bool = False,
) -> Connection:
    """Return a new connection, last in the project's order, with its secrets sealed.

    A draft is turned off until it is published. Raises TooManyConnections, and TrialNeeded where
    the project requires a trial, which needs a draft.
    """
    bump_version(project)
    # The project's row is locked now, so concurrent additions count.
    if is_full(project):
        raise TooManyConnections
    if not as_draft and requires_trial(project):
        raise TrialNeeded
    last = project.connections.aggregate(last=Max("position"))["last"]
    connection = Connection.objects.create(
        project=project,
        provider=definition.id,
        alias=proposal.alias,
        labels=proposal.labels,
        settings=proposal.settings,
        enabled=proposal.enabled and not as_draft,
        is_unpublished=as_draft,
        enabled_on_publish=proposal.enabled,
        position=0 if last is None else last + 1,
        updated_by=actor,
    )
    seal_secrets(connection, proposal, actor)
    if not as_draft:
        record_revision(connection, actor=actor)
    record_event(
        events.DRAFT_SAVED if as_draft else events.CONNECTION_ADDED,
        project=project,
        actor=actor,
        target=connection,
        changes=diff_states({}, edited_state(connection)),
    )
    return connection


def requires_trial(project: Project) -> bool:
    """Whether the project requires a successful trial before connections are published."""
    return Project.objects.filter(pk=project.pk, require_trial=True).exists()


def is_full(project: Project) -> bool:
    """Whether the project has as many connections as the installation allows."""
    return project.connections.count() >= settings.MENKOU_MAX_CONNECTIONS


@transaction.atomic
def change_connection(
    connection: Connection,
    *,
    proposal: Proposal,
    actor: User,
    seen: dict[str, Any] | None = None,
) -> Connection:
    """Publish an edited connection and return it; raises Connection.DoesNotExist.

    Its draft ends, and the secrets of the draft become live where none was typed. When a setting
    changes that says where secrets are sent, a live secret that has no successor is dropped.
    `seen` is the state that the proposal was made from; if it is given and is no longer so,
    nothing is saved: raises ConnectionChanged. Raises NewAccounts where people would no longer be
    found, unless the proposal agrees to that, and TrialNeeded where the project requires a trial
    of these values first.
    """
    connection = lock_connection(connection)
    was_unpublished, before = connection.is_unpublished, connection_state(connection)
    proposal = merge_switch(connection, proposal, seen)
    lost = namespaces.count_lost_users(
        connection, namespaces.namespaces_after(connection, proposal.settings)
    )
    if lost and not proposal.accepts_new_accounts:
        raise NewAccounts(lost)
    refuse_untried(connection, proposal)
    if not was_unpublished:
        ensure_revision(connection)
    was_live, restores = live_state(connection), restored_number(connection, proposal)
    had_draft = find_draft(connection) is not None
    keep_secrets(connection, proposal, actor)
    delete_draft(connection)
    connection.labels = proposal.labels
    connection.kept_namespace = namespaces.namespace_to_keep(connection, proposal.settings)
    if connection.settings != proposal.settings or proposal.secrets:
        connection.check_failed_at = None
    connection.settings = proposal.settings
    connection.enabled = proposal.enabled
    connection.is_unpublished = False
    connection.updated_by = actor
    connection.save()
    if was_unpublished or not are_equal(live_state(connection), was_live):
        record_revision(connection, actor=actor, restores=restores)
    changes = diff_states({} if was_unpublished else before, connection_state(connection))
    if lost:
        changes[events.NEW_ACCOUNTS] = (None, lost)
    if restores:
        changes[events.REVISION] = (None, restores)
    if changes:
        record_event(
            (
                events.CONNECTION_PUBLISHED
                if was_unpublished
                else events.CONNECTION_RESTORED
                if restores
                else events.DRAFT_PUBLISHED
                if had_draft
                else events.CONNECTION_CHANGED
            ),
            project=connection.project,
            actor=actor,
            target=connection,
            changes=changes,
        )
    return connection


def merge_switch(
    connection: Connection, proposal: Proposal, seen: dict[str, Any] | None
) -> Proposal:
    """Return the proposal with the switch as it is now, unless the sender moved it.

    Raises ConnectionChanged if the connection is no longer as it was seen.
    """
    if seen is None:
        return proposal
    present = edited_state(connection)
    if find_concurrent_changes(seen, present):
        raise ConnectionChanged
    if proposal.enabled == seen.get("enabled"):
        return replace(proposal, enabled=present["enabled"])
    return proposal


def refuse_untried(connection: Connection, proposal: Proposal) -> None:
    """Raise TrialNeeded if these settings and secrets need a trial before they are published."""
    kept = fingerprints(secrets_after(connection, proposal.settings).values())
    typed = {field: fingerprint(value) for field, value in proposal.secrets.items()}
    if needs_trial(connection, proposal.settings, {**kept, **typed}):
        raise TrialNeeded


def restored_number(connection: Connection, proposal: Proposal) -> int | None:
    """Return the number of the revision that the proposal puts into effect again, or None."""
    draft = find_draft(connection)
    if draft is None or proposal.secrets:
        return None
    same = (draft.labels, draft.settings) == (proposal.labels, proposal.settings)
    return draft.restores if same else None


def keep_secrets(connection: Connection, proposal: Proposal, actor: User) -> None:
    """Make the typed secrets and those of the draft live; drop those bound to another place."""
    # Until the end of the transaction no key is dropped that has sealed what is copied here.
    sealing_key()
    kept = secrets_after(connection, proposal.settings)
    connection.secrets.exclude(field__in={*kept, *proposal.secrets}).delete()
    for field, secret in kept.items():
        if field not in proposal.secrets and not isinstance(secret, StoredSecret):
            store_sealed(connection, field, copied_columns(secret))
    seal_secrets(connection, proposal, actor)


@transaction.atomic
def set_enabled(connection: Connection, *, enabled: bool, actor: User) -> None:
    """Show or hide the button on the sign-in page; raises Connection.DoesNotExist.

    A connection that was never published stays turned off.
    """
    connection = lock_connection(connection)
    if connection.enabled == enabled or connection.is_unpublished:
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
    secrets = dict(connection.secrets.values_list("field", "fingerprint"))
    return {
        "provider": connection.provider,
        "alias": connection.alias,
        "enabled": connection.enabled,
        **recorded_state(connection.labels, connection.settings, secrets),
    }
