"""Drafts: values kept apart until somebody publishes or discards them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from connections import events
from connections.drafts.revisions import ensure_revision
from connections.drafts.rows import (
    changes_secret_destination,
    delete_draft,
    edited_state,
    find_draft,
)
from connections.fields.dates import expiry_name
from connections.forms.connection_form import Proposal
from connections.models import Connection, Draft, DraftSecret, Revision
from connections.secrets import copied_columns, fingerprints, sealed_columns
from connections.services import (
    ConnectionChanged,
    connection_state,
    find_concurrent_changes,
    keep_secrets,
    lock_connection,
    merge_switch,
)
from core.keyring.canary import sealing_key
from projects.audit.log import diff_states, record_event
from projects.models import User


class DraftExists(Exception):
    """The connection has a draft, which would be lost."""


@transaction.atomic
def save_draft(
    connection: Connection,
    *,
    proposal: Proposal,
    actor: User,
    seen: dict[str, Any] | None = None,
) -> Connection:
    """Keep the values beside the live ones, and return the connection.

    Values that are live already leave no draft. A connection that was never published takes the
    values itself. Raises Connection.DoesNotExist, and ConnectionChanged as `change_connection`.
    """
    connection = lock_connection(connection)
    before = edited_state(connection)
    proposal = merge_switch(connection, proposal, seen)
    if connection.is_unpublished:
        update_unpublished(connection, proposal, actor)
    else:
        update_draft(connection, proposal, actor)
    record_draft(connection, before, actor)
    return connection


def update_unpublished(connection: Connection, proposal: Proposal, actor: User) -> None:
    """Change a connection that nobody uses yet."""
    keep_secrets(connection, proposal, actor)
    connection.labels = proposal.labels
    connection.settings = proposal.settings
    connection.enabled_on_publish = proposal.enabled
    connection.check_failed_at = None
    connection.updated_by = actor
    connection.save()


def update_draft(connection: Connection, proposal: Proposal, actor: User) -> None:
    """Create or change the draft beside the live values."""
    draft = find_draft(connection) or begin_draft(connection)
    if changes_secret_destination(connection.provider, draft.settings, proposal.settings):
        draft.secrets.exclude(field__in=proposal.secrets).delete()
    draft.labels, draft.settings = proposal.labels, proposal.settings
    draft.enabled = None if proposal.enabled == connection.enabled else proposal.enabled
    draft.restores = None
    draft.updated_by = actor
    draft.save()
    for field, value in proposal.secrets.items():
        DraftSecret.objects.update_or_create(
            draft=draft,
            field=field,
            defaults=sealed_columns(connection, field=field, value=value, actor=actor),
        )


def begin_draft(connection: Connection) -> Draft:
    """Return a new, unsaved draft with the live values."""
    ensure_revision(connection)
    latest = connection.revisions.first()
    return Draft(
        connection=connection,
        labels=connection.labels,
        settings=connection.settings,
        based_on=latest.number if latest else 0,
    )


def record_draft(
    connection: Connection, before: dict[str, Any], actor: User, *, restores: int | None = None
) -> None:
    """Record how the draft differs from what the form had before; drop one that changes nothing."""
    after = edited_state(connection)
    ends = find_draft(connection) is not None and after == connection_state(connection)
    if ends:
        delete_draft(connection)
    changes = diff_states(before, after)
    if not changes:
        return
    if restores and not ends:
        changes[events.REVISION] = (None, restores)
    record_event(
        events.DRAFT_DISCARDED if ends else events.DRAFT_SAVED,
        project=connection.project,
        actor=actor,
        target=connection,
        changes=changes,
    )


@transaction.atomic
def discard_draft(
    connection: Connection, *, actor: User, seen: dict[str, Any] | None = None
) -> None:
    """Delete the draft; what is live stays.

    `seen` is the draft as it was shown; if it is given and is no longer so, nothing is deleted.
    Raises ConnectionChanged then, and Connection.DoesNotExist.
    """
    connection = lock_connection(connection)
    if find_draft(connection) is None:
        return
    if seen is not None and find_concurrent_changes(seen, edited_state(connection)):
        raise ConnectionChanged
    changes = diff_states(edited_state(connection), connection_state(connection))
    delete_draft(connection)
    record_event(
        events.DRAFT_DISCARDED,
        project=connection.project,
        actor=actor,
        target=connection,
        changes=changes,
    )


@transaction.atomic
def draft_from_revision(connection: Connection, revision: Revision, *, actor: User) -> Connection:
    """Keep the values of an earlier revision as a draft, and return the connection.

    Secrets that were removed are left out, unless they are live. Raises DraftExists, and
    Connection.DoesNotExist.
    """
    connection = lock_connection(connection)
    if find_draft(connection) is not None:
        raise DraftExists
    before = edited_state(connection)
    draft = begin_draft(connection)
    # Copies are counted before a key is dropped.
    sealing_key()
    live = fingerprints(connection.secrets.all())
    secrets = {each.field: each for each in revision.secrets.filter(key_id__gt=0)}
    moved = changes_secret_destination(connection.provider, connection.settings, revision.settings)
    stays = frozenset() if moved else live.keys() - secrets.keys()
    draft.labels = revision.labels
    draft.settings = with_expiry_dates(revision.settings, of=stays, from_=connection.settings)
    draft.restores = revision.number
    draft.updated_by = actor
    draft.save()
    DraftSecret.objects.bulk_create(
        DraftSecret(draft=draft, field=field, **copied_columns(each))
        for field, each in secrets.items()
        if moved or live.get(field) != each.fingerprint
    )
    record_draft(connection, before, actor, restores=revision.number)
    return connection


def with_expiry_dates(
    settings: Mapping[str, Any], *, of: Collection[str], from_: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings with the days on which these secrets expire from other settings."""
    dates = {expiry_name(field) for field in of}
    kept = {name: value for name, value in settings.items() if name not in dates}
    return kept | {name: from_[name] for name in dates & from_.keys()}
