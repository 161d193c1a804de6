"""Email that waits to be sent, sealed with the same keys as the secrets of connections."""

from __future__ import annotations

import json
import uuid
from typing import Any
from uuid import UUID

from django.db import transaction

from core.keyring.canary import sealing_key
from core.keyring.keyset import keyring
from core.keyring.sealed_rows import SealedColumn
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


def explain_unreadable(mail: QueuedMail) -> str:
    """Return what to do about a message that does not open."""
    return (
        f"The email queued at {mail.created_at:%Y-%m-%d %H:%M} UTC cannot be decrypted. "
        "The worker discards it within a day. Then run this again."
    )


QUEUED_MAIL = SealedColumn(
    model=QueuedMail,
    context=lambda mail: mail_context(mail.pk),
    remedy=explain_unreadable,
    # Lost email is given up within a day.
    forbids_new_keyset=False,
)
