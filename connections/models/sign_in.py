from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from connections.models.connection import Connection
from projects.models import Project, User


class Outcome(models.TextChoices):
    """How a sign-in ended."""

    OK = "ok", pgettext_lazy("outcome", "Signed in")
    CANCELLED = "cancelled", pgettext_lazy("outcome", "Cancelled")
    RETRY = "retry", pgettext_lazy("outcome", "Expired, try again")
    CONFIG = "config", pgettext_lazy("outcome", "Needs your attention")
    TEMPORARY = "temporary", pgettext_lazy("outcome", "Provider trouble")
    REJECT = "reject", pgettext_lazy("outcome", "Refused for safety")
    POLICY = "policy", pgettext_lazy("outcome", "Not allowed")


class PendingSignIn(models.Model):
    """A sign-in that has begun: what the callback must bring back, good for ten minutes, once."""

    # Hashes, so that a copy of the database cannot finish anybody's sign-in.
    state_hash = models.CharField(primary_key=True, max_length=64)
    browser_hash = models.CharField(max_length=64)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pending")
    pkce_verifier = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    next = models.CharField(max_length=2000, blank=True)
    # What the provider posted, for the browser that will come for it; sealed with the state.
    posted = models.BinaryField(null=True)
    mode = models.CharField(max_length=10)
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"pending sign-in at {self.started_at:%H:%M:%S}"


class SignIn(models.Model):
    """One attempt to sign in, whose state was good, and how it ended; kept for 90 days."""

    # Neither needs an index of its own: one of those below begins with it.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="sign_ins", db_index=False
    )
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="sign_ins", db_index=False
    )
    alias = models.CharField(max_length=40)
    provider = models.CharField(max_length=60)
    reference = models.CharField(max_length=10, unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    # A key of the definition's error table, or of the table that all providers share.
    cause = models.CharField(max_length=40, blank=True)
    provider_code = models.CharField(max_length=40, blank=True)
    # What support at the provider asks for, such as WeChat's rid.
    provider_trace = models.CharField(max_length=120, blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="sign_ins")
    started_at = models.DateTimeField()
    # When the browser came back from the provider; never, where it was not sent there.
    returned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(auto_now_add=True)
    # Milliseconds per call to the provider, by the call's name.
    durations = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # One for each way in which the history is read, in the order of its pages.
            models.Index(fields=["project", "ended_at", "id"], name="sign_in_by_time"),
            models.Index(fields=["project", "alias", "ended_at", "id"], name="sign_in_by_alias"),
            models.Index(
                fields=["project", "outcome", "ended_at", "id"], name="sign_in_by_outcome"
            ),
            models.Index(fields=["connection", "-id"], name="sign_in_of_connection"),
            models.Index(fields=["ended_at"], name="sign_in_by_age"),
        ]

    def __str__(self) -> str:
        return self.reference


class JunkCallbacks(models.Model):
    """How many callbacks a connection got in a day that belong to no sign-in."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="junk")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "day"], name="one_junk_count_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"
