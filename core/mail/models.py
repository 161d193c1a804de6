"""Email that waits to be sent."""

from __future__ import annotations

import uuid

from django.db import models


class QueuedMail(models.Model):
    """A sealed email message; it may contain a link that works like a password.

    The row is deleted once the mail server has accepted or permanently rejected the message.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
