"""The draft of a connection, and the state from which its form is edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connections.drafts.revisions import recorded_state
from connections.forms.edit_base import EditBase
from connections.models import Connection, Draft, SealedSecret
from connections.providers import catalogue
from connections.secrets import fingerprints


def find_draft(connection: Connection) -> Draft | None:
    """Return the draft beside the live values, or None."""
    return getattr(connection, "draft", None)


def delete_draft(connection: Connection) -> None:
    """Delete the draft with its secrets, if there is one."""
    Draft.objects.filter(connection=connection).delete()
    connection._state.fields_cache.pop("draft", None)


def changes_secret_destination(
    provider: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Whether secrets are sent to another place with the settings after than with those before."""
    if not catalogue.has(provider):
        return before != after
    bound = catalogue.get(provider).bound_settings
    return any(before.get(name) != after.get(name) for name in bound)


def secrets_with_draft(connection: Connection, draft: Draft | None) -> dict[str, SealedSecret]:
    """Return the secrets by field: those of the draft, and live ones where it has none.

    A live secret is left out if the draft would send it to another place.
    """
    found: dict[str, SealedSecret] = {}
    if draft is None or not changes_secret_destination(
        connection.provider, connection.settings, draft.settings
    ):
        found |= by_field(connection.secrets.all())
    if draft is not None:
        found |= by_field(draft.secrets.all())
    return found


def secrets_after(connection: Connection, settings: Mapping[str, Any]) -> dict[str, SealedSecret]:
    """Return the secrets of draft and live values that stay with these settings, by field.

    None of them is sent to another place than the one for which somebody typed it.
    """
    found: dict[str, SealedSecret] = {}
    draft = find_draft(connection)
    if not changes_secret_destination(connection.provider, connection.settings, settings):
        found |= by_field(connection.secrets.all())
    if draft and not changes_secret_destination(connection.provider, draft.settings, settings):
        found |= by_field(draft.secrets.all())
    return found


def by_field(secrets: Iterable[SealedSecret]) -> dict[str, SealedSecret]:
    """Return the secrets by field."""
    return {each.field: each for each in secrets}


def edit_base(connection: Connection) -> EditBase:
    """Return what the connection's form starts from: the draft, or else what is live."""
    draft = find_draft(connection)
    secrets = frozenset(secrets_with_draft(connection, draft))
    if draft is None:
        switch = connection.enabled
        if connection.is_unpublished:
            switch = connection.enabled_on_publish
        return EditBase(connection.labels, connection.settings, switch, secrets)
    enabled = connection.enabled if draft.enabled is None else draft.enabled
    return EditBase(draft.labels, draft.settings, enabled, secrets)


def edited_state(connection: Connection) -> dict[str, Any]:
    """Return the state that the form edits as the history records it: that of the draft, if any."""
    base = edit_base(connection)
    secrets = fingerprints(secrets_with_draft(connection, find_draft(connection)).values())
    return {
        "provider": connection.provider,
        "alias": connection.alias,
        "enabled": base.enabled,
        **recorded_state(base.labels, base.settings, secrets),
    }
