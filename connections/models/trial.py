from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from connections.values.outcomes import Outcome
from projects.models import User


class Trial(models.Model):
    """A sign-in that somebody tries for an administrator; nobody is signed in by it.

    Its result is kept for 30 days. Of its link, its state and its browser there are hashes only.
    """

    class Source(models.TextChoices):
        """The values with which it is carried out."""

        LIVE = "live"
        DRAFT = "draft"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="trials")
    source = models.CharField(max_length=10, choices=Source, default=Source.LIVE)
    # The number of the live revision, or of the one that the draft is based on.
    revision = models.PositiveIntegerField(null=True)
    # The fingerprint of settings and secrets: those of the start must be those of the end.
    values_hash = models.CharField(max_length=64)
    # Whether it is carried out by a link, by whoever opens it, or in the administrator's browser.
    is_by_link = models.BooleanField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    link_hash = models.CharField(max_length=64, unique=True)
    # Until then it can be started, and after its start until then the browser can come back.
    expires_at = models.DateTimeField()
    # The page of the portal to which the administrator's browser goes at the end.
    return_url = models.CharField(max_length=500)

    # From its start on.
    started_at = models.DateTimeField(null=True)
    state_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    browser_hash = models.CharField(max_length=64, blank=True)
    pkce_verifier = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    # As in PendingSignIn.
    posted = models.BinaryField(null=True)
    taken_at = models.DateTimeField(null=True)

    finished_at = models.DateTimeField(null=True)
    # Empty until it has finished.
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    # The steps as `signin.trial.steps` writes them, without secrets.
    steps = models.JSONField(default=list)
    # What the administrator's browser must bring to see the result of a trial without a link.
    claim_hash = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"trial at {self.created_at:%H:%M:%S}"

    @property
    def is_shown(self) -> bool:
        """Whether there is a result that the administrators may see.

        Without a link nobody has agreed to show it, so the administrator must have done it.
        """
        return self.finished_at is not None and (self.is_by_link or self.claimed_at is not None)
