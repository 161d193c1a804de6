"""Which rows are sealed with the keyset. Each app registers its own, so that keys are replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection as database
from django.db import transaction
from django.db.models import Count, Model, QuerySet

from core.keyring.canary import SEALER, sealing_key
from core.keyring.keyset import KEY_PREFIX_BYTES, KeysetError, keyring

BATCH = 200


@dataclass(frozen=True)
class UnreadableRow:
    """A row that does not open with the present keys."""

    row: Model
    # A sentence for the administrator: which row it is, and what to do.
    remedy: str


@dataclass(frozen=True)
class RewrapStep:
    """The result of one transaction: how many rows were resealed, and which did not open."""

    done: int
    unreadable: Sequence[UnreadableRow]


class SealedRows(Protocol):
    """The sealed rows of one kind."""

    @property
    def forbids_new_keyset(self) -> bool:
        """Whether no new keyset may be begun as long as there are such rows."""

    def count_by_key(self) -> Counter[int]:
        """Return how many rows each key has sealed, from the ciphertexts."""

    def reseal_outdated(self, current: int, *, at_once: int) -> Iterator[RewrapStep]:
        """Reseal the rows of other keys, many at once; each yielded step is committed."""

    def find_unreadable(self) -> Iterator[UnreadableRow]:
        """Return the rows that do not open with the present keys."""


_registered: list[SealedRows] = []


def register(*kinds: SealedRows) -> None:
    """Let these rows take part in the replacement of keys; registering twice changes nothing."""
    _registered.extend(each for each in kinds if each not in _registered)


def registered() -> Sequence[SealedRows]:
    """Return the sealed rows of every kind."""
    return tuple(_registered)


@dataclass(frozen=True, kw_only=True)
class SealedColumn:
    """The rows of a table with a column `ciphertext`."""

    model: type[Model]
    # Returns a row's associated data.
    context: Callable[[Any], bytes]
    # Returns what the administrator should do about a row that does not open.
    remedy: Callable[[Any], str]
    # What `context` and `remedy` need of other tables.
    related: tuple[str, ...] = ()
    # Whether the table repeats the key's id in a column of its own.
    has_key_id: bool = False
    forbids_new_keyset: bool = True

    def count_by_key(self) -> Counter[int]:
        """Return how many rows each key has sealed, from the ciphertexts."""
        rows = self.rows().order_by().values_list(SEALER).annotate(count=Count("pk"))
        return Counter({int.from_bytes(bytes(sealer), "big"): count for sealer, count in rows})

    def reseal_outdated(self, current: int, *, at_once: int = BATCH) -> Iterator[RewrapStep]:
        """Reseal the rows of other keys in batches; each yielded step is committed.

        Locked rows are skipped, then waited for one at a time: waiting for a row without holding
        another cannot cause a deadlock.
        """
        key = current.to_bytes(KEY_PREFIX_BYTES - 1, "big")
        outdated = self.rows().annotate(sealer=SEALER).exclude(sealer=key).order_by("pk")
        batch = list(outdated.values_list("pk", flat=True)[:at_once])
        while batch:
            step, seen = self._reseal(batch, wait=False)
            yield step
            for missed in (pk for pk in batch if pk not in seen):
                yield self._reseal([missed], wait=True)[0]
            batch = list(outdated.filter(pk__gt=batch[-1]).values_list("pk", flat=True)[:at_once])

    def find_unreadable(self) -> Iterator[UnreadableRow]:
        """Return the rows that do not open with the present keys."""
        rows = self.rows().select_related(*self.related).order_by("pk")
        batch = list(rows[:BATCH])
        while batch:
            opens = keyring.can_open([(bytes(row.ciphertext), self.context(row)) for row in batch])
            for row, is_readable in zip(batch, opens, strict=True):
                if not is_readable:
                    yield UnreadableRow(row, self.remedy(row))
            batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])

    def rows(self) -> QuerySet[Any]:
        """Return all rows."""
        return self.model._default_manager.all()

    @transaction.atomic
    def _reseal(self, ids: Sequence[Any], *, wait: bool) -> tuple[RewrapStep, set[Any]]:
        """Reseal these rows; with `wait=False`, skip locked ones. Return also which were seen."""
        key_id = sealing_key()
        held = self.rows().select_for_update(of=("self",), skip_locked=not wait)
        rows = list(held.select_related(*self.related).filter(pk__in=ids).order_by("pk"))
        done: list[tuple[Any, ...]] = []
        lost: list[UnreadableRow] = []
        for row in rows:
            context = self.context(row)
            try:
                plaintext = keyring.open(bytes(row.ciphertext), context)
            except KeysetError:
                lost.append(UnreadableRow(row, self.remedy(row)))
                continue
            ciphertext, _key_id = keyring.seal(plaintext, context, under=key_id)
            done.append((ciphertext, *([key_id] if self.has_key_id else []), row.pk))
        columns = "ciphertext = %s, key_id = %s" if self.has_key_id else "ciphertext = %s"
        with database.cursor() as cursor:
            # Sent as one batch; bulk_update would send one long statement and take longer.
            cursor.executemany(
                f"UPDATE {self.model._meta.db_table} SET {columns} WHERE id = %s",  # noqa: S608
                done,
            )
        return RewrapStep(len(done), lost), {row.pk for row in rows}
