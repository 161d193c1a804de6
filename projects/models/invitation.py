from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.models.membership import Role
from projects.models.project import Project
from projects.models.user import User


class Invitation(models.Model):
    """An invitation to join a project in a role. Only the hash of its token is stored.

    An address has at most one pending invitation; a new link replaces the old one.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    # In lower case, like the email addresses of operators.
    address = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "address"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_invitation_waits_per_address",
            )
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_pending(self) -> bool:
        """Whether it was neither accepted nor revoked; it may have expired."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def has_expired(self) -> bool:
        """Whether its link has expired."""
        return self.expires_at <= timezone.now()
