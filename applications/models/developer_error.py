from __future__ import annotations

from typing import ClassVar

from django.db import models

from applications.models.application import Application


class DeveloperError(models.Model):
    """A mistake that an application makes, for the people who connect it: one row per cause."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="errors", db_index=False
    )
    # A key of applications/protocol/developer_errors.py.
    cause = models.CharField(max_length=40)
    # What was received and expected the last time. Never a secret, a code or a token.
    facts = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "cause"], name="one_row_per_cause")
        ]

    def __str__(self) -> str:
        return self.cause
