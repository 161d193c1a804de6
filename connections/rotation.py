"""From an old key to a new one while people sign in: add, promote, rewrap, drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.db import connection as database
from django.db import transaction
from django.db.models import BinaryField, Count, QuerySet
from django.db.models.functions import Substr

from connections import factors, keyset_file
from connections.keyset import KEY_ID_PREFIX, KeysetError, keyring
from connections.models import KeyCanary, StoredSecret
from connections.secrets import CANARY, CANARY_CONTEXT, check_keys, context_of, sealing_key

BATCH = 200
# The key as the ciphertext itself names it.
SEALER = Substr("ciphertext", 2, KEY_ID_PREFIX - 1, output_field=BinaryField())


@dataclass(frozen=True)
class Key:
    """A key as it stands: whether the file here has it, whether it seals, and how many secrets."""

    id: int
    present: bool
    seals: bool
    secrets: int


@dataclass(frozen=True)
class Step:
    """What one transaction has sealed again, and what it could not open."""

    done: int
    lost: Sequence[StoredSecret | Authenticator]
    seen: frozenset[int] = frozenset()


@transaction.atomic
def add_key(path: Path) -> int:
    """Add a key to the file and return its id; nothing is sealed with it yet."""
    hold_canary()
    return keyset_file.add_key(path)


@transaction.atomic
def promote(path: Path, key_id: int | None = None) -> tuple[int, bool]:
    """Let the key, by default the newest, seal from now on; return it, and whether it is news."""
    canary = hold_canary()
    ids = keyset_file.key_ids(path)
    chosen = ids[-1] if key_id is None else key_id
    refuse_unknown(path, chosen)
    if len(ids) == 1:
        raise KeysetError(f"Key {chosen} is the only one, and seals already; add a key first.")
    if chosen == canary.key_id == keyset_file.primary_of(path):
        return chosen, False
    keyset_file.set_primary(path, chosen)
    canary.ciphertext, canary.key_id = keyring.seal(CANARY, CANARY_CONTEXT, under=chosen)
    canary.save()
    return chosen, True


def rewrap(*, at_once: int = BATCH) -> Iterator[Step]:
    """Seal again what other keys have sealed, some at a time; each step told is committed.

    What somebody holds is passed over and then waited for alone: whoever waits for one row while
    holding none cannot be part of a deadlock.
    """
    after = 0
    while batch := list(outdated().filter(pk__gt=after).values_list("pk", flat=True)[:at_once]):
        step = seal_again(batch, wait=False)
        yield step
        for missed in sorted(set(batch) - step.seen):
            yield seal_again([missed], wait=True)
        after = batch[-1]
    for pk in factors.outdated(canary_key()):
        lost = factors.seal_again(pk)
        yield Step(done=0, lost=[lost]) if lost else Step(done=1, lost=[])


@transaction.atomic
def seal_again(ids: Sequence[int], *, wait: bool) -> Step:
    """Seal these secrets under the key that seals, but for those that somebody else holds."""
    key_id = sealing_key()
    held = StoredSecret.objects.select_for_update(of=("self",), skip_locked=not wait)
    rows = list(held.select_related("connection").filter(pk__in=ids).order_by("pk"))
    done: list[tuple[bytes, int, int]] = []
    lost: list[StoredSecret] = []
    for row in rows:
        context = context_of(row.connection, row.field)
        try:
            plaintext = keyring.open(bytes(row.ciphertext), context)
        except KeysetError:
            lost.append(row)
            continue
        done.append((*keyring.seal(plaintext, context, under=key_id), row.pk))
    with database.cursor() as cursor:
        # Sent as one batch; bulk_update would write one long statement, and take longer.
        cursor.executemany(
            "UPDATE connections_storedsecret SET ciphertext = %s, key_id = %s WHERE id = %s", done
        )
    return Step(done=len(done), lost=lost, seen=frozenset(row.pk for row in rows))


@transaction.atomic
def drop_key(path: Path, key_id: int) -> None:
    """Take the key out of the file; raises KeysetError while anything needs it."""
    canary = hold_canary()
    refuse_unknown(path, key_id)
    if key_id == canary.key_id:
        raise KeysetError(f"Key {key_id} seals new secrets; promote another one first.")
    used = usage()[key_id]
    if used:
        raise KeysetError(f"Key {key_id} still seals {used:,} of the secrets; rewrap first.")
    keyset_file.remove_key(path, key_id, primary=canary.key_id)


def keys(path: Path) -> list[Key]:
    """Return the keys of the file, oldest first, and those that only the database knows."""
    used, present = usage(), keyset_file.key_ids(path)
    seals = canary_key() or keyset_file.primary_of(path)
    known = [*present, *sorted({*used, seals} - set(present))]
    return [Key(each, each in present, each == seals, used[each]) for each in known]


def canary_key() -> int:
    """Return the key that seals, or 0 before the first check has made the canary."""
    canary = KeyCanary.objects.first()
    return canary.key_id if canary else 0


def usage() -> Counter[int]:
    """Return how many secrets each key has sealed, as their ciphertexts say themselves."""
    rows = StoredSecret.objects.values_list(SEALER).annotate(count=Count("pk"))
    found = Counter({int.from_bytes(bytes(sealer), "big"): count for sealer, count in rows})
    return found + factors.usage()


def left() -> int:
    """Return how many secrets are not under the key that seals."""
    return outdated().count() + len(factors.outdated(canary_key()))


def outdated() -> QuerySet[StoredSecret]:
    """Return the connections' secrets that another key has sealed than the one that seals now."""
    current = canary_key().to_bytes(KEY_ID_PREFIX - 1, "big")
    return StoredSecret.objects.annotate(sealer=SEALER).exclude(sealer=current).order_by("pk")


def hold_canary() -> KeyCanary:
    """Return the canary, which opens; until the transaction ends nobody seals or turns keys."""
    check_keys()  # It locks the row.
    return KeyCanary.objects.get()


def refuse_unknown(path: Path, key_id: int) -> None:
    if key_id not in keyset_file.key_ids(path):
        raise KeysetError(f"{path} has no key {key_id}.")
