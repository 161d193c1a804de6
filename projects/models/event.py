from __future__ import annotations

from typing import ClassVar

from django.db import models

from projects.models.project import Project
from projects.models.user import User


class Event(models.Model):
    """A change made by a person: append-only, field by field, secrets as fingerprints."""

    # It needs no index of its own: those below begin with it.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    at = models.DateTimeField(auto_now_add=True)
    # A trigger refuses every UPDATE here, so the deletion of the actor must not cause one.
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(max_length=254)
    # The key of its kind: projects/audit/kinds.py.
    action = models.CharField(max_length=40)
    # On which the fields in `changes` depend, such as the provider of a connection.
    target_type = models.CharField(max_length=60, blank=True, default="", db_default="")
    target_id = models.CharField(max_length=40)
    target_name = models.CharField(max_length=120)
    changes = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        # One for each filter of the history, in the order of its pages.
        indexes: ClassVar = [
            models.Index(fields=["project", "at", "id"], name="event_by_time"),
            models.Index(fields=["project", "action", "at", "id"], name="event_by_action"),
            models.Index(fields=["project", "target_name", "at", "id"], name="event_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.target_name}"


class EventOrigin(models.Model):
    """The request by which an event came about: personal data, removed after 90 days."""

    event = models.OneToOneField(
        Event, on_delete=models.CASCADE, primary_key=True, related_name="origin"
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    # The event's own moment.
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="event_origin_by_age")]

    def __str__(self) -> str:
        return self.request_id
