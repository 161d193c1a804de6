"""Secrets of connections: sealed when saved, opened only for calls to the provider."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from connections.models import Connection, SealedSecret, StoredSecret
from core.keyring import sealed_rows
from core.keyring.canary import check_or_create_canary, sealing_key
from core.keyring.keyset import keyring
from core.keyring.sealed_rows import SealedColumn
from projects.models import User

# Four characters of a shorter secret would reveal too much.
SHOWS_LAST4_FROM = 16


class SecretMissing(Exception):
    """The connection has no such secret."""


def secret_context(connection: Connection, field: str) -> bytes:
    """Return the associated data: a ciphertext copied to another row does not open."""
    parts = ("menkou:v1", "connection", connection.project_id, connection.pk, field)
    return "|".join(map(str, parts)).encode()


@transaction.atomic
def seal_secret(connection: Connection, *, field: str, value: str, actor: User) -> None:
    """Save a secret, replacing the previous one; raises KeysetError without usable keys."""
    columns = sealed_columns(connection, field=field, value=value, actor=actor)
    store_sealed(connection, field, columns)


def store_sealed(connection: Connection, field: str, columns: dict[str, Any]) -> None:
    """Save the columns of a secret, replacing the previous one, in one statement."""
    stored = StoredSecret(connection=connection, field=field, **columns)
    StoredSecret.objects.bulk_create(
        [stored],
        update_conflicts=True,
        unique_fields=["connection", "field"],
        update_fields=[*columns],
    )


def sealed_columns(
    connection: Connection, *, field: str, value: str, actor: User
) -> dict[str, Any]:
    """Return the columns of a SealedSecret besides the field; raises KeysetError.

    Call it inside the transaction that saves them: until its end no key is dropped.
    """
    context = secret_context(connection, field)
    ciphertext, key_id = keyring.seal(value.encode(), context, under=sealing_key())
    return {
        "ciphertext": ciphertext,
        "key_id": key_id,
        "last4": last_four(value),
        "fingerprint": fingerprint(value),
        "set_at": timezone.now(),
        "set_by": actor,
    }


def copied_columns(sealed: SealedSecret) -> dict[str, Any]:
    """Return the columns of a SealedSecret besides the field, as they are: nothing is opened.

    Before the row is read, `sealing_key` must be called in the same transaction.
    """
    return {
        "ciphertext": sealed.ciphertext,
        "key_id": sealed.key_id,
        "last4": sealed.last4,
        "fingerprint": sealed.fingerprint,
        "set_at": sealed.set_at,
        "set_by_id": sealed.set_by_id,
    }


def open_sealed(connection: Connection, field: str, ciphertext: bytes | memoryview | None) -> str:
    """Return the secret of a loaded ciphertext; raises SecretMissing or KeysetError."""
    if ciphertext is None:
        raise SecretMissing(field)
    return keyring.open(bytes(ciphertext), secret_context(connection, field)).decode()


def find_unreadable_fields(connections: Iterable[Connection]) -> dict[UUID, list[str]]:
    """Return, by connection, the fields whose stored secrets do not open with the present keys."""
    connections = list(connections)
    prefetch_related_objects(connections, "secrets")
    found = [(each, stored) for each in connections for stored in each.secrets.all()]
    opens = keyring.can_open(
        [(bytes(stored.ciphertext), secret_context(each, stored.field)) for each, stored in found]
    )
    unreadable: dict[UUID, list[str]] = {}
    for (each, stored), is_readable in zip(found, opens, strict=True):
        if not is_readable:
            unreadable.setdefault(each.pk, []).append(stored.field)
    return unreadable


def last_four(value: str) -> str:
    """Return the last four characters of a secret, or "" if it is short or has several lines."""
    if len(value) < SHOWS_LAST4_FROM or "\n" in value:
        return ""
    return value[-4:]


def fingerprint(value: str) -> str:
    """Return 12 hex digits that distinguish secrets in the history; a keyed hash."""
    key = hashlib.sha256(b"menkou:fingerprint:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:12]


def fingerprints(secrets: Iterable[SealedSecret]) -> dict[str, str]:
    """Return the fingerprints of secrets by field."""
    return {each.field: each.fingerprint for each in secrets}


def check_keys() -> None:
    """Check that the keys are those that sealed this database's secrets; raises KeysetError.

    Called when a server starts: with the wrong keys it must neither start nor overwrite anything.
    """
    needed = [rows for rows in sealed_rows.registered() if rows.forbids_new_keyset]
    check_or_create_canary(secrets_exist=lambda: any(rows.count_by_key() for rows in needed))


def explain_unreadable(stored: StoredSecret) -> str:
    """Return what to do about a secret that does not open."""
    return (
        f"The {stored.field} of connection {stored.connection_id} cannot be decrypted. "
        "Replace it in the portal, then run this again."
    )


STORED_SECRETS = SealedColumn(
    model=StoredSecret,
    context=lambda stored: secret_context(stored.connection, stored.field),
    remedy=explain_unreadable,
    related=("connection",),
    has_key_id=True,
)
