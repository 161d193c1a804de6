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

from connections.models import Connection, TypedSecret
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
            secret = TypedSecret(
                id_hash=hash_text(page_id),
                person=owner.person,
                project=owner.project,
                provider=owner.provider,
                connection=owner.connection,
                field=field,
                expires_at=timezone.now() + KEPT_FOR,
            )
            secret.ciphertext, _key = keyring.seal(
                value.encode(), typed_secret_context(secret), under=key_id
            )
            secret.save()
    return page_id


def read_typed_secrets(owner: FormOwner, page_id: str) -> dict[str, str]:
    """Return the secrets kept for this form by field; none if it is another one's or too late."""
    opened = {}
    for secret in rows_of_form(owner, page_id).filter(expires_at__gt=timezone.now()):
        try:
            value = keyring.open(bytes(secret.ciphertext), typed_secret_context(secret)).decode()
        except KeysetError:
            # The keys were replaced meanwhile; it is typed again.
            continue
        opened[secret.field] = value
    return opened


def delete_typed_secrets(owner: FormOwner, page_id: str) -> None:
    """Delete the secrets kept for this form, which were used."""
    rows_of_form(owner, page_id).delete()


def rows_of_form(owner: FormOwner, page_id: str) -> QuerySet[TypedSecret]:
    """Return the rows of this form."""
    if not is_random_text(page_id):
        return TypedSecret.objects.none()
    return TypedSecret.objects.filter(
        id_hash=hash_text(page_id),
        person=owner.person,
        project=owner.project,
        provider=owner.provider,
        connection=owner.connection,
    )


def typed_secret_context(secret: TypedSecret) -> bytes:
    """Return the associated data: it opens only for whom, what and where it was typed."""
    parts = (
        "menkou:v1",
        "typed",
        secret.id_hash,
        secret.person_id,
        secret.project_id,
        secret.provider,
        secret.connection_id,
        secret.field,
    )
    return "|".join(map(str, parts)).encode()


def explain_typed_secret(secret: TypedSecret) -> str:
    """Return what to do about a typed secret that does not open."""
    return (
        f"A secret that somebody typed cannot be decrypted. It is deleted after "
        f"{secret.expires_at:%H:%M} UTC; run this again then."
    )


TYPED_SECRETS = SealedColumn(
    model=TypedSecret,
    context=typed_secret_context,
    remedy=explain_typed_secret,
    forbids_new_keyset=False,
)
