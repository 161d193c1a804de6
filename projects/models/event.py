from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.project import Project
from projects.models.user import User


class Action(models.TextChoices):
    """Every change by a person that is recorded; names are never reused."""

    PROJECT_CREATED = "project:created", _("Project created")
    PROJECT_RENAMED = "project:renamed", _("Project renamed")
    SECOND_FACTOR_REQUIRED = "project:second-factor-required", _("Second factor required")
    SECOND_FACTOR_OPTIONAL = "project:second-factor-optional", _("Second factor no longer required")
    SECOND_FACTOR_RESET = "member:second-factor-reset", _("Member's second factors removed")
    CONNECTION_ADDED = "connection:added", _("Connection added")
    CONNECTION_CHANGED = "connection:changed", _("Connection changed")
    CONNECTION_ENABLED = "connection:enabled", _("Connection switched on")
    CONNECTION_DISABLED = "connection:disabled", _("Connection switched off")
    CONNECTION_DELETED = "connection:deleted", _("Connection deleted")
    CONNECTION_MOVED = "connection:moved", _("Order of buttons changed")
    MEMBER_INVITED = "member:invited", _("Member invited")
    INVITATION_RENEWED = "member:invitation-renewed", _("Invitation sent again")
    INVITATION_REVOKED = "member:invitation-revoked", _("Invitation revoked")
    MEMBER_JOINED = "member:joined", _("Member joined")
    MEMBER_ROLE_CHANGED = "member:role-changed", _("Role of a member changed")
    MEMBER_REMOVED = "member:removed", _("Member removed")
    MEMBER_LEFT = "member:left", _("Member left")


class Event(models.Model):
    """A change made by a person: append-only, field by field, secrets as fingerprints."""

    # It needs no index of its own: those below begin with it.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    at = models.DateTimeField(auto_now_add=True)
    # The database refuses every UPDATE here, so the person's going must not cause one.
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(max_length=254)
    action = models.CharField(max_length=40, choices=Action)
    target_id = models.CharField(max_length=40)
    target_name = models.CharField(max_length=120)
    changes = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        # One for each way in which the history is read, in the order of its pages.
        indexes: ClassVar = [
            models.Index(fields=["project", "at", "id"], name="event_by_time"),
            models.Index(fields=["project", "action", "at", "id"], name="event_by_action"),
            models.Index(fields=["project", "target_name", "at", "id"], name="event_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.target_name}"
