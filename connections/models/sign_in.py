from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from connections.values.outcomes import Outcome
from projects.models import Project, User


class PendingSignIn(models.Model):
    """A sign-in in progress: what its callback must match, once, within ten minutes.

    After its end the same browser gets the same outcome for a minute. The row stays for an hour
    after it has expired, so that a callback that comes too late is recognized.
    """

    # Hashes, so that a copy of the database cannot finish anybody's sign-in.
    state_hash = models.CharField(primary_key=True, max_length=64)
    browser_hash = models.CharField(max_length=64)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pending")
    pkce_verifier = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    next = models.CharField(max_length=2000, blank=True)
    # The provider's form_post response until the browser's next request; sealed with the state.
    posted = models.BinaryField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    # When a callback took it, and a random id of that request.
    taken_at = models.DateTimeField(null=True)
    taken_by = models.UUIDField(null=True)
    # The reference of the SignIn with its outcome.
    reference = models.CharField(max_length=10, blank=True, db_default="")
    # That of the SignIn with the first callback of another browser.
    stray_reference = models.CharField(max_length=10, blank=True, db_default="")

    def __str__(self) -> str:
        return f"pending sign-in at {self.started_at:%H:%M:%S}"


class UnreturnedSignIns(models.Model):
    """How many people of one hour were sent to a provider and never came back; for 90 days."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="unreturned", db_index=False
    )
    # The beginning of the hour in which they were sent.
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "hour"], name="unreturned_in_hour")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00: {self.count}"


class SignIn(models.Model):
    """A finished sign-in with a known state, and its outcome; stored for 90 days."""

    # None of the three needs an index of its own: one of those below begins with it.
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
    # The id that the provider's support needs, such as WeChat's rid.
    provider_trace = models.CharField(max_length=120, blank=True)
    # What was received and expected, by the names in `connections.values.facts`.
    facts = models.JSONField(default=dict)
    user = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="sign_ins", db_index=False
    )
    started_at = models.DateTimeField()
    # When the browser came back from the provider; null if it was not sent there.
    returned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(auto_now_add=True)
    # Milliseconds per call to the provider, by the call's name.
    durations = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # One for each filter of the history, in the order of its pages.
            models.Index(fields=["project", "ended_at", "id"], name="sign_in_by_time"),
            models.Index(fields=["project", "alias", "ended_at", "id"], name="sign_in_by_alias"),
            models.Index(
                fields=["project", "outcome", "ended_at", "id"], name="sign_in_by_outcome"
            ),
            models.Index(fields=["user", "ended_at", "id"], name="sign_in_by_person"),
            models.Index(fields=["connection", "-id"], name="sign_in_of_connection"),
            models.Index(
                fields=["connection", "ended_at"],
                name="success_of_connection",
                condition=models.Q(outcome=Outcome.OK),
            ),
            models.Index(fields=["ended_at"], name="sign_in_by_age"),
        ]

    def __str__(self) -> str:
        return self.reference
