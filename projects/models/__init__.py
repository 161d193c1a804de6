"""Projects, users, roles and the audit log."""

from __future__ import annotations

from projects.models.deletion import Deletion
from projects.models.event import Event, EventOrigin
from projects.models.invitation import Invitation
from projects.models.membership import Membership, Role
from projects.models.project import Project
from projects.models.user import User

__all__ = [
    "Deletion",
    "Event",
    "EventOrigin",
    "Invitation",
    "Membership",
    "Project",
    "Role",
    "User",
]
