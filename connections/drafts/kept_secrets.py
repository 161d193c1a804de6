"""Secrets typed into a form that came back with errors or warnings: sealed for an hour.

The page of the form has a random id. Only the same person can use it, once, and only for the same
connection, or for a new one of the same provider in the same project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from connections.models import Connection, KeptSecret
from core.keyring.canary import sealing_key
from core.keyring.keyset import KeysetError, keyring
from core.keyring.sealed_rows import SealedColumn
from core.random_text import hash_text, is_random_text, new_random_text
from projects.models import Project, User

KEPT_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class FormOwner:
    """Whose form it is, and what it edits; `connection` is None where one is being added."""

    person: User
    project: Project
    provider: str
    connection: Connection | None = None


def keep_typed_secrets(owner: FormOwner, secrets: Mapping[str, str]) -> str:
    """Seal secrets by field for an hour, and return the id for the page; "" if there are none."""
    if not secrets:
        return ""
    page_id = new_random_text()
    with transaction.atomic():
        key_id = sealing_key()
        for field, value in secrets.items():
            kept = KeptSecret(
                id_hash=hash_text(page_id),
                person=owner.person,
                project=owner.project,
                provider=owner.provider,
                connection=owner.connection,
                field=field,
                expires_at=timezone.now() + KEPT_FOR,
            )
            kept.ciphertext, _key = keyring.seal(value.encode(), kept_context(kept), under=key_id)
            kept.save()
    return page_id


def read_typed_secrets(owner: FormOwner, page_id: str) -> dict[str, str]:
    """Return the secrets kept for this form by field; none if it is another one's or too late."""
    opened = {}
    for kept in kept_for(owner, page_id).filter(expires_at__gt=timezone.now()):
        try:
            value = keyring.open(bytes(kept.ciphertext), kept_context(kept)).decode()
        except KeysetError:
            # The keys were replaced meanwhile; it is typed again.
            continue
        opened[kept.field] = value
    return opened


def delete_typed_secrets(owner: FormOwner, page_id: str) -> None:
    """Delete the secrets kept for this form, which were used."""
    kept_for(owner, page_id).delete()


def kept_for(owner: FormOwner, page_id: str) -> QuerySet[KeptSecret]:
    """Return the rows of this form."""
    if not is_random_text(page_id):
        return KeptSecret.objects.none()
    return KeptSecret.objects.filter(
        id_hash=hash_text(page_id),
        person=owner.person,
        project=owner.project,
        provider=owner.provider,
        connection=owner.connection,
    )


def kept_context(kept: KeptSecret) -> bytes:
    """Return the associated data: it opens only for whom, what and where it was typed."""
    parts = (
        "menkou:v1",
        "typed",
        kept.id_hash,
        kept.person_id,
        kept.project_id,
        kept.provider,
        kept.connection_id,
        kept.field,
    )
    return "|".join(map(str, parts)).encode()


def explain_kept_secret(kept: KeptSecret) -> str:
    """Return what to do about a kept secret that does not open."""
    return (
        f"A secret that somebody typed cannot be decrypted. It is deleted after "
        f"{kept.expires_at:%H:%M} UTC; run this again then."
    )


KEPT_SECRETS = SealedColumn(
    model=KeptSecret,
    context=kept_context,
    remedy=explain_kept_secret,
    forbids_new_keyset=False,
)
