"""The sealed secrets of drafts and revisions, for the replacement of keys."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from connections.models import DraftSecret, RevisionSecret
from connections.secrets import secret_context
from core.keyring.sealed_rows import SealedColumn


class KeptColumn(SealedColumn):
    """A column that is empty in rows whose secret was removed."""

    def rows(self) -> QuerySet[Any]:
        return super().rows().filter(key_id__gt=0)


def explain_draft_secret(secret: DraftSecret) -> str:
    """Return what to do about a secret of a draft that does not open."""
    return (
        f"The {secret.field} in the draft of connection {secret.draft_id} cannot be decrypted. "
        "Replace it there or discard the draft, then run this again."
    )


def explain_revision_secret(secret: RevisionSecret) -> str:
    """Return what to do about a secret of a revision that does not open."""
    revision, replaced_at = secret.revision, secret.replaced_at
    if replaced_at:
        other = f"run this again 30 days after {replaced_at:%Y-%m-%d}, when it is deleted."
    else:
        other = "publish a new secret; this one is deleted 30 days later."
    return (
        f"The {secret.field} in revision {revision.number} of connection {revision.connection_id} "
        f"cannot be decrypted. Restore the key file that sealed it, or {other}"
    )


DRAFT_SECRETS = SealedColumn(
    model=DraftSecret,
    context=lambda secret: secret_context(secret.draft.connection, secret.field),
    remedy=explain_draft_secret,
    related=("draft__connection",),
    has_key_id=True,
)
REVISION_SECRETS = KeptColumn(
    model=RevisionSecret,
    context=lambda secret: secret_context(secret.revision.connection, secret.field),
    remedy=explain_revision_secret,
    related=("revision__connection",),
    has_key_id=True,
)
