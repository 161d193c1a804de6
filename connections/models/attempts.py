from __future__ import annotations

from typing import ClassVar

from django.db import models


class Attempts(models.Model):
    """How much somebody has tried lately, in one moment: when all attempts are there again."""

    # Made of what is tried and by whom; no address can be read from it.
    key = models.UUIDField(primary_key=True)
    whole_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["whole_at"], name="attempts_by_age")]

    def __str__(self) -> str:
        return f"whole at {self.whole_at:%H:%M:%S}"
