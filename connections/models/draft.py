from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from connections.models.secret import SealedSecret
from projects.models import Project, User


class Draft(models.Model):
    """Values for a live connection that nobody has published yet.

    A connection that was never published has no such row: it is a draft itself.
    """

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="draft"
    )
    labels = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    # What publishing does to the switch; null leaves it as it is.
    enabled = models.BooleanField(null=True)
    # The number of the revision that was live when the draft was begun.
    based_on = models.PositiveIntegerField(default=0)
    # The number of the revision whose values these are.
    restores = models.PositiveIntegerField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"draft of {self.connection_id}"


class DraftSecret(SealedSecret):
    """A secret of a draft. A field without one keeps the live secret."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="secrets")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draft", "field"], name="one_draft_secret_per_field")
        ]


class SuccessfulTrial(models.Model):
    """Somebody signed in by exactly these values before they were published."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="successful_trials"
    )
    # Of the settings and secrets: see connections/drafts/successful_trials.py.
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "fingerprint"], name="one_try_per_values")
        ]

    def __str__(self) -> str:
        return f"successful trial of {self.connection_id}"


class TypedSecret(models.Model):
    """A secret that was typed into a form which came back, sealed for an hour.

    Only the page of that form has the id, of which this is the hash.
    """

    id_hash = models.CharField(max_length=64, db_index=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=60)
    # Null while the connection is being added.
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="+"
    )
    field = models.CharField(max_length=40)
    ciphertext = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"typed {self.field} until {self.expires_at:%H:%M}"
