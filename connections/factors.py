"""Secrets of operators' second factors, sealed with the same keys as those of connections.

django-allauth keeps them as text in its own table: the key of an authenticator app, and the seed
of recovery codes. A passkey's public key is no secret.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from connections.keyset import KeysetError, key_id_of, keyring
from connections.secrets import sealing_key

# Where each kind keeps its secret.
FIELDS = {"totp": "secret", "recovery_codes": "seed"}


def context_of(person: UUID) -> bytes:
    """What a ciphertext is bound to: copied to another person, it does not open."""
    return f"menkou:v1|second factor|{person}".encode()


@transaction.atomic
def seal_factor(person: UUID, secret: str) -> str:
    """Return the secret sealed, as text; raises KeysetError without usable keys."""
    ciphertext, _key_id = keyring.seal(secret.encode(), context_of(person), under=sealing_key())
    return b64encode(ciphertext).decode()


def open_factor(person: UUID, sealed: str) -> str:
    """Return the secret in clear; raises KeysetError where it is not this person's."""
    return keyring.open(ciphertext_of(sealed), context_of(person)).decode()


def ciphertext_of(sealed: object) -> bytes:
    """Return the bytes of what was sealed; raises KeysetError for what never was."""
    try:
        return b64decode(str(sealed), validate=True)
    except ValueError:
        raise KeysetError("A second factor is not sealed.") from None


def factors() -> Iterator[tuple[int, int]]:
    """Return the row and the key of every factor that has a secret; 0 is no key at all."""
    rows = Authenticator.objects.filter(type__in=FIELDS).order_by("pk")
    for pk, kind, data in rows.values_list("pk", "type", "data"):
        yield pk, key_of(data.get(FIELDS[kind]))


def key_of(sealed: object) -> int:
    """Return the id of the key that sealed this, or 0."""
    try:
        return key_id_of(ciphertext_of(sealed))
    except KeysetError:
        return 0


def usage() -> Counter[int]:
    """Return how many second factors each key has sealed."""
    return Counter(key_id for _pk, key_id in factors())


def outdated(current: int) -> list[int]:
    """Return the rows that another key has sealed than this one."""
    return [pk for pk, key_id in factors() if key_id != current]


@transaction.atomic
def seal_again(pk: int) -> Authenticator | None:
    """Seal a factor under the key that seals; return it where it does not open.

    One that is gone by now is as good as done.
    """
    key_id = sealing_key()
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return None
    field, context = FIELDS[factor.type], context_of(factor.user_id)
    try:
        secret = keyring.open(ciphertext_of(factor.data.get(field)), context)
    except KeysetError:
        return factor
    ciphertext, _key_id = keyring.seal(secret, context, under=key_id)
    factor.data[field] = b64encode(ciphertext).decode()
    factor.save(update_fields=["data"])
    return None
