"""Secrets of connections: sealed when they are saved, opened only to talk to the provider."""

from __future__ import annotations

import hashlib
import hmac

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection as database
from django.db import transaction

from connections.keyset import KeysetError, keyring
from connections.models import Connection, KeyCanary, StoredSecret
from projects.models import User

# Shorter secrets would give away too much of themselves.
SHOWS_LAST4_FROM = 16
CANARY = b"the keys are right"
CANARY_CONTEXT = b"menkou:v1|canary"
# What operators sign in with besides a password; connections/factors.py seals it.
SEALED_FACTORS = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)


class SecretMissing(Exception):
    """The connection has no such secret."""


def context_of(connection: Connection, field: str) -> bytes:
    """What a ciphertext is bound to: copied into another row, it does not open."""
    parts = ("menkou:v1", "connection", connection.project_id, connection.pk, field)
    return "|".join(map(str, parts)).encode()


@transaction.atomic
def seal_secret(connection: Connection, *, field: str, value: str, actor: User) -> StoredSecret:
    """Save a secret in place of the one before; raises KeysetError without usable keys."""
    context = context_of(connection, field)
    ciphertext, key_id = keyring.seal(value.encode(), context, under=sealing_key())
    stored, _created = StoredSecret.objects.update_or_create(
        connection=connection,
        field=field,
        defaults={
            "ciphertext": ciphertext,
            "key_id": key_id,
            "last4": last4(value),
            "fingerprint": fingerprint(value),
            "set_by": actor,
        },
    )
    return stored


def open_secret(connection: Connection, field: str) -> str:
    """Return the secret in clear; raises SecretMissing or KeysetError."""
    stored = StoredSecret.objects.filter(connection=connection, field=field).first()
    return open_sealed(connection, field, stored.ciphertext if stored else None)


def open_sealed(connection: Connection, field: str, ciphertext: bytes | memoryview | None) -> str:
    """Return the secret of a ciphertext that was read already; raises as `open_secret` does."""
    if ciphertext is None:
        raise SecretMissing(field)
    return keyring.open(bytes(ciphertext), context_of(connection, field)).decode()


def sealing_key() -> int:
    """Return the id of the key that seals, 0 before the first; until we are done it stays so.

    The canary says it, so that all machines change over at once, whatever copy of the file they
    have; and no key is dropped while somebody is about to use it.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT key_id FROM connections_keycanary FOR SHARE")
        row = cursor.fetchone()
    return row[0] if row else 0


def last4(value: str) -> str:
    """The last four characters, where the secret is one line and long enough to spare them."""
    if len(value) < SHOWS_LAST4_FROM or "\n" in value:
        return ""
    return value[-4:]


def fingerprint(value: str) -> str:
    """Twelve hex digits that tell two secrets apart in the history, and nothing else."""
    key = hashlib.sha256(b"menkou:fingerprint:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:12]


@transaction.atomic
def check_keys() -> None:
    """Open the canary, making it first where nothing was ever sealed; raises KeysetError.

    Called when a server starts: with the wrong keys it must not start, and must not overwrite
    anything either.
    """
    if KeyCanary.objects.select_for_update().exists():
        open_canary()
        return
    if StoredSecret.objects.exists() or SEALED_FACTORS.exists():
        raise KeysetError("There are secrets but no canary; restore the whole database.")
    ciphertext, key_id = keyring.seal(CANARY, CANARY_CONTEXT)
    KeyCanary.objects.get_or_create(pk=1, defaults={"ciphertext": ciphertext, "key_id": key_id})


def open_canary() -> None:
    """Prove that the present keys are the right ones; raises KeysetError."""
    canary = KeyCanary.objects.first()
    if canary is None:
        raise KeysetError("There is no canary yet; a server makes it when it starts.")
    try:
        opened = keyring.open(bytes(canary.ciphertext), CANARY_CONTEXT)
    except KeysetError as error:
        raise KeysetError(
            f"{error} The keyset in {settings.MENKOU_KEYSET_FILE} is not the one that sealed "
            "this database's secrets. Restore the right file; nothing was changed."
        ) from None
    if opened != CANARY:
        raise KeysetError("The canary does not say what it should.")
