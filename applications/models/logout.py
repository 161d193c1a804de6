from __future__ import annotations

from typing import ClassVar

from django.db import models

from applications.models.application import LONGEST_URL, Application
from projects.models import Project


class LogoutRequest(models.Model):
    """A sign-out that an application asks for and the person has to confirm; kept for a day."""

    id_hash = models.CharField(primary_key=True, max_length=64)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    # None if the request names none that we know.
    application = models.ForeignKey(
        Application, null=True, on_delete=models.CASCADE, related_name="+"
    )
    # Where the browser goes afterwards; empty for a page of ours.
    target = models.CharField(max_length=LONGEST_URL + 5000, blank=True)
    # Whom an id_token of ours names, or "".
    subject = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"logout request at {self.created_at:%H:%M:%S}"


class LogoutDelivery(models.Model):
    """The message to an application that a session has ended (back-channel logout); for 30 days."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    # Not references: both may be gone when the message is sent.
    sid = models.UUIDField()
    user = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    # When it was given up.
    failed_at = models.DateTimeField(null=True)
    # Of the last attempt: the status of the answer, or the cause if there was none.
    answer = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["application", "-id"], name="delivery_of_application")
        ]

    def __str__(self) -> str:
        return f"logout of {self.sid}"
