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

from core.keyring.canary import sealing_key
from core.keyring.keyset import KeysetError, keyring, read_key_id
from core.keyring.sealed_rows import RewrapStep, UnreadableRow

# Where each kind keeps its secret.
FIELDS = {"totp": "secret", "recovery_codes": "seed"}


def factor_context(person: UUID) -> bytes:
    """Return the associated data: a ciphertext copied to another person does not open."""
    return f"menkou:v1|second factor|{person}".encode()


@transaction.atomic
def seal_factor(person: UUID, secret: str) -> str:
    """Return the secret sealed, as text; raises KeysetError without usable keys."""
    ciphertext, _key_id = keyring.seal(secret.encode(), factor_context(person), under=sealing_key())
    return b64encode(ciphertext).decode()


def open_factor(person: UUID, sealed: str) -> str:
    """Return the decrypted secret; raises KeysetError if it is not this person's."""
    return keyring.open(decode_ciphertext(sealed), factor_context(person)).decode()


def decode_ciphertext(sealed: object) -> bytes:
    """Return the ciphertext; raises KeysetError for a value that is not sealed."""
    try:
        return b64decode(str(sealed), validate=True)
    except ValueError:
        raise KeysetError("An authenticator app or recovery code is not encrypted.") from None


def list_sealed_factors() -> Iterator[tuple[int, int]]:
    """Yield the row id and key id of every factor with a secret; key 0 means not sealed."""
    rows = Authenticator.objects.filter(type__in=FIELDS).order_by("pk")
    for pk, kind, data in rows.values_list("pk", "type", "data"):
        yield pk, sealing_key_of(data.get(FIELDS[kind]))


def sealing_key_of(sealed: object) -> int:
    """Return the id of the key that sealed this, or 0."""
    try:
        return read_key_id(decode_ciphertext(sealed))
    except KeysetError:
        return 0


class SealedFactors:
    """The factors with a secret, as the replacement of keys needs them."""

    forbids_new_keyset = True

    def count_by_key(self) -> Counter[int]:
        """Return how many second factors each key has sealed."""
        return Counter(key_id for _pk, key_id in list_sealed_factors())

    def reseal_outdated(self, current: int, *, at_once: int) -> Iterator[RewrapStep]:
        """Reseal the factors of other keys, one in each transaction."""
        for pk in [pk for pk, key_id in list_sealed_factors() if key_id != current]:
            lost = reseal_factor(pk)
            unreadable = [UnreadableRow(lost, explain_unreadable(lost))] if lost else []
            yield RewrapStep(0 if lost else 1, unreadable)

    def find_unreadable(self) -> Iterator[UnreadableRow]:
        """Return the factors whose secrets do not open with the present keys."""
        for factor in Authenticator.objects.filter(type__in=FIELDS).order_by("pk"):
            if not is_readable(factor):
                yield UnreadableRow(factor, explain_unreadable(factor))


SEALED_FACTORS = SealedFactors()


def is_readable(factor: Authenticator) -> bool:
    """Whether the factor's secret opens with the present keys."""
    try:
        ciphertext = decode_ciphertext(factor.data.get(FIELDS[factor.type]))
    except KeysetError:
        return False
    return all(keyring.can_open([(ciphertext, factor_context(factor.user_id))]))


def explain_unreadable(factor: Authenticator) -> str:
    """Return what to do about a factor that does not open."""
    return (
        f"The {factor.type} of {factor.user.email} cannot be decrypted. Run "
        f"`manage.py mfa reset {factor.user.email}`, then run this again."
    )


@transaction.atomic
def reseal_factor(pk: int) -> Authenticator | None:
    """Seal a factor with the current key; return it if it does not open.

    A factor that has been deleted meanwhile is skipped.
    """
    key_id = sealing_key()
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return None
    field, context = FIELDS[factor.type], factor_context(factor.user_id)
    try:
        secret = keyring.open(decode_ciphertext(factor.data.get(field)), context)
    except KeysetError:
        return factor
    ciphertext, _key_id = keyring.seal(secret, context, under=key_id)
    factor.data[field] = b64encode(ciphertext).decode()
    factor.save(update_fields=["data"])
    return None
