"""Key rotation without downtime: add, promote, rewrap, drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from connections.secrets import check_keys
from core.keyring import keyset_file, sealed_rows
from core.keyring.canary import CANARY, CANARY_CONTEXT
from core.keyring.keyset import KeysetError, keyring
from core.keyring.models import KeyCanary
from core.keyring.sealed_rows import BATCH, RewrapStep, UnreadableRow


@dataclass(frozen=True)
class KeyStatus:
    """The state of a key: whether it is in the file, whether it seals, how many secrets it has."""

    id: int
    present: bool
    seals: bool
    secrets: int


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
    """Reseal what other keys have sealed, many rows at once; each yielded step is committed."""
    for rows in sealed_rows.registered():
        yield from rows.reseal_outdated(canary_key_id(), at_once=at_once)


def find_unreadable() -> Iterator[UnreadableRow]:
    """Return the secrets that do not open with the present keys."""
    for rows in sealed_rows.registered():
        yield from rows.find_unreadable()


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
    return sum((rows.count_by_key() for rows in sealed_rows.registered()), Counter())


def count_outdated() -> int:
    """Return how many secrets are not sealed with the current key."""
    counts = count_secrets_by_key()
    return counts.total() - counts[canary_key_id()]


def lock_canary() -> KeyCanary:
    """Check, lock and return the canary; until commit nothing is sealed and no key changes."""
    check_keys()  # It locks the row.
    return KeyCanary.objects.get()


def refuse_unknown_key(path: Path, key_id: int) -> None:
    if key_id not in keyset_file.key_ids(path):
        raise KeysetError(f"{path} has no key {key_id}.")
