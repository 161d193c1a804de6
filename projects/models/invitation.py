from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.models.membership import Role
from projects.models.project import Project
from projects.models.user import User


class Invitation(models.Model):
    """An address that may join a project in a role, once, by a link of which only a hash is kept.

    An address has at most one invitation that waits; a new link takes the place of the old one.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    # In lower case: whoever signs in by it is found by the same letters.
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
    def waits(self) -> bool:
        """Whether it was neither accepted nor revoked; it may have expired all the same."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def has_expired(self) -> bool:
        """Whether its link is too old."""
        return self.expires_at <= timezone.now()
