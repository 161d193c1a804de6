from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from connections.models.connection import Connection


class ConnectionHour(models.Model):
    """The sign-ins by a connection that ended in one hour, in numbers; for 13 months.

    A job makes it of the records of sign-ins. It says nothing about a person.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="hours", db_index=False
    )
    # The beginning of the hour, in UTC.
    hour = models.DateTimeField(db_index=True)
    # All attempts: those that ended, and those of which nobody came back.
    started = models.PositiveIntegerField(default=0)
    # Of these, how many came back from the provider.
    returned = models.PositiveIntegerField(default=0)
    signed_in = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # Who was sent to the provider in this hour and never came back.
    unreturned = models.PositiveIntegerField(default=0)
    new_users = models.PositiveIntegerField(default=0)
    # By cause of the failure: {"count": how many, "reference": that of the latest}.
    causes: Any = models.JSONField(default=dict)
    # How many sign-ins waited so long for the provider, by the buckets of health/latency.py.
    latency: Any = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "hour"], name="hour_of_connection")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00: {self.signed_in} of {self.started}"


class HealthProgress(models.Model):
    """How far the job has come that makes the hourly numbers: one row."""

    # When it last finished the latest hours.
    counted_at = models.DateTimeField()
    # All hours before this one are counted, and do not change any more.
    final_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"counted at {self.counted_at:%Y-%m-%d %H:%M}"
