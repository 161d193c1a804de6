from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from connections.models.connection import Connection
from projects.models import User


class SealedSecret(models.Model):
    """A sealed secret of a connection; it is never shown on a page.

    The seal is bound to the connection and the field, not to the table, so that a secret moves
    between the live values, drafts and revisions without being opened.
    """

    field = models.CharField(max_length=40)
    ciphertext = models.BinaryField()
    key_id = models.PositiveBigIntegerField()
    # Empty if the secret is short or has several lines: four characters would reveal too much.
    last4 = models.CharField(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=12)
    set_at = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"secret {self.field}"


class StoredSecret(SealedSecret):
    """A secret that sign-ins use."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="secrets")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "field"], name="one_secret_per_field")
        ]
