"""The canary."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class KeyCanary(models.Model):
    """A known plaintext, sealed: a keyset that opens it is the right one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ciphertext = models.BinaryField()
    key_id = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="only_one_canary", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return "canary"
