"""Candidates of values that are not live: those of a draft, and those in a form."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from connections.candidates import Candidate
from connections.drafts.rows import edit_base, find_draft, secrets_after, secrets_with_draft
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, SealedSecret
from connections.secrets import fingerprints, open_sealed


def draft_candidate(connection: Connection) -> Candidate:
    """Return the values of the draft, or what is saved where there is none.

    Raises KeysetError where a secret does not open.
    """
    base, saved = edit_base(connection), secrets_with_draft(connection, find_draft(connection))
    return Candidate(
        copy_with(connection, labels=base.labels, settings=base.settings),
        open_all(connection, saved),
        fingerprints(saved.values()),
    )


def typed_candidate(form: ConnectionForm) -> Candidate:
    """Return the values of a valid form, over the saved ones that it edits.

    A secret that was not typed is left out if these values would send it to another place, as they
    may in a form for a draft. Raises ValueError unless the form is valid, and KeysetError where a
    secret does not open.
    """
    proposal, connection = form.proposal, form.connection
    if connection is None:
        unsaved = Connection(
            project=form.project,
            provider=form.definition.id,
            alias=proposal.alias,
            labels=proposal.labels,
            settings=proposal.settings,
            enabled=False,
            is_unpublished=True,
        )
        return Candidate(unsaved, proposal.secrets)
    saved = secrets_after(connection, proposal.settings)
    kept = {field: each for field, each in saved.items() if field not in proposal.secrets}
    return Candidate(
        copy_with(connection, labels=proposal.labels, settings=proposal.settings),
        {**open_all(connection, kept), **proposal.secrets},
    )


def copy_with(
    connection: Connection, *, labels: Mapping[str, str], settings: Mapping[str, Any]
) -> Connection:
    """Return a copy of the row with other values, which must not be saved."""
    changed = copy(connection)
    changed.labels, changed.settings = dict(labels), dict(settings)
    return changed


def open_all(connection: Connection, secrets: Mapping[str, SealedSecret]) -> dict[str, str]:
    """Return the secrets, opened; raises KeysetError."""
    return {
        field: open_sealed(connection, field, each.ciphertext) for field, each in secrets.items()
    }
