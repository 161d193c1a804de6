"""Email that waits to be sent, sealed with the same keys as the secrets of connections."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from core.keyring.canary import SEALER, sealing_key
from core.keyring.keyset import KEY_PREFIX_BYTES, KeysetError, keyring
from core.mail.models import QueuedMail


def mail_context(mail: UUID) -> bytes:
    """Return the associated data: a ciphertext copied to another row does not open."""
    return f"menkou:v1|mail|{mail}".encode()


@transaction.atomic
def seal_mail(fields: dict[str, Any]) -> QueuedMail:
    """Save a message until it is sent; raises KeysetError without usable keys."""
    mail = uuid.uuid4()
    plaintext = json.dumps(fields).encode()
    ciphertext, _key_id = keyring.seal(plaintext, mail_context(mail), under=sealing_key())
    return QueuedMail.objects.create(id=mail, ciphertext=ciphertext)


def open_mail(mail: QueuedMail) -> dict[str, Any]:
    """Return the message; raises KeysetError where it does not open."""
    fields: dict[str, Any] = json.loads(keyring.open(bytes(mail.ciphertext), mail_context(mail.pk)))
    return fields


def count_mails_by_key() -> Counter[int]:
    """Return how many messages each key has sealed."""
    rows = QueuedMail.objects.values_list(SEALER).annotate(count=Count("pk"))
    return Counter({int.from_bytes(bytes(sealer), "big"): count for sealer, count in rows})


def outdated_mails(current: int) -> list[UUID]:
    """Return the ids of messages that are sealed with another key."""
    key = current.to_bytes(KEY_PREFIX_BYTES - 1, "big")
    others = QueuedMail.objects.annotate(sealer=SEALER).exclude(sealer=key)
    return list(others.order_by("created_at").values_list("pk", flat=True))


def unreadable_mails() -> Iterator[QueuedMail]:
    """Return the messages that do not open with the present keys."""
    for mail in QueuedMail.objects.order_by("created_at").iterator(chunk_size=500):
        if not all(keyring.can_open([(bytes(mail.ciphertext), mail_context(mail.pk))])):
            yield mail


@transaction.atomic
def reseal_mail(pk: UUID) -> QueuedMail | None:
    """Seal a message with the current key; return it if it does not open.

    A message that has been sent meanwhile is skipped.
    """
    key_id = sealing_key()
    mail = QueuedMail.objects.select_for_update().filter(pk=pk).first()
    if mail is None:
        return None
    try:
        plaintext = keyring.open(bytes(mail.ciphertext), mail_context(pk))
    except KeysetError:
        return mail
    mail.ciphertext, _key_id = keyring.seal(plaintext, mail_context(pk), under=key_id)
    mail.save(update_fields=["ciphertext"])
    return None
