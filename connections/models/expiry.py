from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection


class ExpiryReminder(models.Model):
    """The latest reminder that a secret or certificate of a connection expires."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="expiry_reminders", db_index=False
    )
    # The `key` of connections.expiry.parts.
    part = models.CharField(max_length=60)
    expires_on = models.DateField()
    # So many days ahead; see connections.expiry.reminders.
    step = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "part"], name="one_reminder_per_part")
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.step} days before {self.expires_on}"
