"""What a connection's page says of its draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from connections.drafts.rows import edit_base, edited_state, find_draft, secrets_with_draft
from connections.drafts.successful_trials import needs_trial
from connections.edit_conflicts import EditSnapshot
from connections.models import Connection
from connections.secrets import fingerprints
from connections.services import connection_state
from portal.connections.drafts.differences import Difference, list_differences

TRIAL_NEEDED = _(
    "In this project, new settings and secrets must be tried before they are published. Save them "
    "as a draft and complete “Try sign-in” once. Then you can publish the draft."
)


@dataclass(frozen=True)
class DraftBar:
    """The draft on the page of its connection."""

    at: datetime
    who: str
    # Against what is live; empty if nothing was ever published.
    differences: list[Difference]
    is_unpublished: bool
    # The revision whose values it has, or None.
    restores: int | None
    # Whether the project wants it to be tried before it is published.
    needs_trial: bool
    # What the page showed, so that nobody publishes what they did not see.
    seen: str


def describe_draft(connection: Connection | None) -> DraftBar | None:
    """Return the draft that is waiting to be published, or None."""
    if connection is None:
        return None
    draft = find_draft(connection)
    if draft is None and not connection.is_unpublished:
        return None
    seen = EditSnapshot.take(connection).sign()
    if draft is None:
        return DraftBar(
            at=connection.updated_at,
            who=str(connection.updated_by or ""),
            differences=[],
            is_unpublished=True,
            restores=None,
            needs_trial=draft_needs_trial(connection),
            seen=seen,
        )
    live, edited = connection_state(connection), edited_state(connection)
    return DraftBar(
        at=draft.updated_at,
        who=str(draft.updated_by or ""),
        differences=list_differences(connection.provider, live, edited),
        is_unpublished=False,
        restores=draft.restores,
        needs_trial=draft_needs_trial(connection),
        seen=seen,
    )


def draft_needs_trial(connection: Connection) -> bool:
    """Whether the draft can be published only after a successful trial."""
    settings = edit_base(connection).settings
    secrets = secrets_with_draft(connection, find_draft(connection))
    return needs_trial(connection, settings, fingerprints(secrets.values()))
