"""The buckets of the rate limits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RateLimitBucket(models.Model):
    """A rate-limit bucket, stored as the time at which it is full again."""

    # A keyed hash of action and client; the client's address cannot be derived from it.
    key = models.UUIDField(primary_key=True)
    full_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["full_at"], name="rate_limit_by_age")]

    def __str__(self) -> str:
        return f"whole at {self.full_at:%H:%M:%S}"
