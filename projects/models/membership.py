from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from projects.models.project import Project
from projects.models.user import User


class Role(models.TextChoices):
    """What a member may do in a project. Each role includes the ones after it."""

    OWNER = "owner", pgettext_lazy("role", "Owner")
    EDITOR = "editor", pgettext_lazy("role", "Editor")
    VIEWER = "viewer", pgettext_lazy("role", "Viewer")

    def includes(self, other: Role) -> bool:
        """Whether this role permits everything that the other one does."""
        order = list(Role)
        return order.index(self) <= order.index(other)


class Membership(models.Model):
    """A person's role in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_project")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
