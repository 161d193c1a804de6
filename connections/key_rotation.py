"""Key rotation without downtime: add, promote, rewrap, drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from allauth.mfa.models import Authenticator
from django.db import connection as database
from django.db import transaction
from django.db.models import Count, QuerySet

from connections.models import StoredSecret
from connections.secrets import check_keys, secret_context
from core.keyring import keyset_file
from core.keyring.canary import CANARY, CANARY_CONTEXT, SEALER, sealing_key
from core.keyring.keyset import KEY_PREFIX_BYTES, KeysetError, keyring
from core.keyring.models import KeyCanary
from core.mail import sealing
from core.mail.models import QueuedMail
from projects.people import factors

BATCH = 200

Sealed: TypeAlias = StoredSecret | Authenticator | QueuedMail


@dataclass(frozen=True)
class KeyStatus:
    """The state of a key: whether it is in the file, whether it seals, how many secrets it has."""

    id: int
    present: bool
    seals: bool
    secrets: int


@dataclass(frozen=True)
class RewrapStep:
    """The result of one transaction: how many secrets were resealed, and which did not open."""

    done: int
    unreadable: Sequence[Sealed]
    seen: frozenset[int] = frozenset()


@transaction.atomic
def add_key(path: Path) -> int:
    """Add a key to the file and return its id; nothing is sealed with it yet."""
    lock_canary()
    return keyset_file.add_key(path)


@transaction.atomic
def promote_key(path: Path, key_id: int | None = None) -> tuple[int, bool]:
    """Make the key, by default the newest, seal from now on; return it and whether it changed."""
    canary = lock_canary()
    ids = keyset_file.key_ids(path)
    chosen = ids[-1] if key_id is None else key_id
    refuse_unknown_key(path, chosen)
    if len(ids) == 1:
        raise KeysetError(f"Key {chosen} is the only key and already in use. Add a key first.")
    if chosen == canary.key_id == keyset_file.primary_key_id(path):
        return chosen, False
    keyset_file.set_primary(path, chosen)
    canary.ciphertext, canary.key_id = keyring.seal(CANARY, CANARY_CONTEXT, under=chosen)
    canary.save()
    return chosen, True


def rewrap_secrets(*, at_once: int = BATCH) -> Iterator[RewrapStep]:
    """Reseal secrets of other keys in batches; each yielded step is committed.

    Locked rows are skipped, then waited for one at a time: waiting for a row without holding
    another cannot cause a deadlock.
    """
    after = 0
    while batch := list(
        outdated_secrets().filter(pk__gt=after).values_list("pk", flat=True)[:at_once]
    ):
        step = reseal_secrets(batch, wait=False)
        yield step
        for missed in sorted(set(batch) - step.seen):
            yield reseal_secrets([missed], wait=True)
        after = batch[-1]
    for pk in factors.outdated_factors(canary_key_id()):
        yield single_step(factors.reseal_factor(pk))
    for mail in sealing.outdated_mails(canary_key_id()):
        yield single_step(sealing.reseal_mail(mail))


def single_step(lost: Sealed | None) -> RewrapStep:
    """Return the step for one row; `lost` is the row if it did not open."""
    return RewrapStep(done=0, unreadable=[lost]) if lost else RewrapStep(done=1, unreadable=[])


@transaction.atomic
def reseal_secrets(ids: Sequence[int], *, wait: bool) -> RewrapStep:
    """Reseal these secrets with the current key; with `wait=False`, skip locked rows."""
    key_id = sealing_key()
    held = StoredSecret.objects.select_for_update(of=("self",), skip_locked=not wait)
    rows = list(held.select_related("connection").filter(pk__in=ids).order_by("pk"))
    done: list[tuple[bytes, int, int]] = []
    lost: list[StoredSecret] = []
    for row in rows:
        context = secret_context(row.connection, row.field)
        try:
            plaintext = keyring.open(bytes(row.ciphertext), context)
        except KeysetError:
            lost.append(row)
            continue
        done.append((*keyring.seal(plaintext, context, under=key_id), row.pk))
    with database.cursor() as cursor:
        # Sent as one batch; bulk_update would send one long statement and take longer.
        cursor.executemany(
            "UPDATE connections_storedsecret SET ciphertext = %s, key_id = %s WHERE id = %s", done
        )
    return RewrapStep(done=len(done), unreadable=lost, seen=frozenset(row.pk for row in rows))


def find_unreadable() -> Iterator[Sealed]:
    """Return the secrets that do not open with the present keys."""
    after = 0
    stored = StoredSecret.objects.select_related("connection").order_by("pk")
    while batch := list(stored.filter(pk__gt=after)[:BATCH]):
        opens = keyring.can_open(
            [(bytes(row.ciphertext), secret_context(row.connection, row.field)) for row in batch]
        )
        yield from (row for row, is_readable in zip(batch, opens, strict=True) if not is_readable)
        after = batch[-1].pk
    yield from factors.unreadable_factors()
    yield from sealing.unreadable_mails()


@transaction.atomic
def drop_key(path: Path, key_id: int) -> None:
    """Remove the key from the file; raises KeysetError while it is needed."""
    canary = lock_canary()
    refuse_unknown_key(path, key_id)
    if key_id == canary.key_id:
        raise KeysetError(f"Key {key_id} encrypts new secrets. Promote another key first.")
    used = count_secrets_by_key()[key_id]
    if used:
        raise KeysetError(
            f"Key {key_id} is still in use (secrets: {used:,}). Run `secrets rewrap` first."
        )
    keyset_file.remove_key(path, key_id, primary=canary.key_id)


def list_keys(path: Path) -> list[KeyStatus]:
    """Return the keys of the file, oldest first, then keys found only in the database."""
    used, present = count_secrets_by_key(), keyset_file.key_ids(path)
    seals = canary_key_id() or keyset_file.primary_key_id(path)
    known = [*present, *sorted({*used, seals} - set(present))]
    return [KeyStatus(each, each in present, each == seals, used[each]) for each in known]


def canary_key_id() -> int:
    """Return the key that seals, or 0 before the first check has made the canary."""
    canary = KeyCanary.objects.first()
    return canary.key_id if canary else 0


def count_secrets_by_key() -> Counter[int]:
    """Return how many secrets each key has sealed, from the ciphertexts."""
    rows = StoredSecret.objects.values_list(SEALER).annotate(count=Count("pk"))
    found = Counter({int.from_bytes(bytes(sealer), "big"): count for sealer, count in rows})
    return found + factors.count_factors_by_key() + sealing.count_mails_by_key()


def count_outdated() -> int:
    """Return how many secrets are not sealed with the current key."""
    current = canary_key_id()
    others = len(factors.outdated_factors(current)) + len(sealing.outdated_mails(current))
    return outdated_secrets().count() + others


def outdated_secrets() -> QuerySet[StoredSecret]:
    """Return the connections' secrets that are not sealed with the current key."""
    current = canary_key_id().to_bytes(KEY_PREFIX_BYTES - 1, "big")
    return StoredSecret.objects.annotate(sealer=SEALER).exclude(sealer=current).order_by("pk")


def lock_canary() -> KeyCanary:
    """Check, lock and return the canary; until commit nothing is sealed and no key changes."""
    check_keys()  # It locks the row.
    return KeyCanary.objects.get()


def refuse_unknown_key(path: Path, key_id: int) -> None:
    if key_id not in keyset_file.key_ids(path):
        raise KeysetError(f"{path} has no key {key_id}.")
