"""Tenants, people, roles and the record of what people changed."""

from __future__ import annotations

from projects.models.deletion import Deletion
from projects.models.event import Action, Event
from projects.models.invitation import Invitation
from projects.models.membership import Membership, Role
from projects.models.project import Project
from projects.models.user import User

__all__ = [
    "Action",
    "Deletion",
    "Event",
    "Invitation",
    "Membership",
    "Project",
    "Role",
    "User",
]
