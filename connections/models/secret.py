from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from projects.models import User


class StoredSecret(models.Model):
    """One sealed secret of a connection: written once, replaced, never read back to a page."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="secrets")
    field = models.CharField(max_length=40)
    ciphertext = models.BinaryField()
    key_id = models.PositiveBigIntegerField()
    # Empty where the secret is too short or has several lines: then four characters tell too much.
    last4 = models.CharField(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=12)
    set_at = models.DateTimeField(auto_now=True)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "field"], name="one_secret_per_field")
        ]

    def __str__(self) -> str:
        return f"secret {self.field}"


class KeyCanary(models.Model):
    """A known sentence, sealed: whoever opens it has the right keys."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ciphertext = models.BinaryField()
    key_id = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="only_one_canary", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return "canary"
