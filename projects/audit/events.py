"""The events of projects and members."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.audit.kinds import EventField, EventKind
from projects.models import Role


def role_label(role: Any) -> str:
    """Return a role as people read it; one that this release does not know stays as it is."""
    return str(Role(role).label) if role in Role.values else str(role)


ROLE = {"role": EventField(_("Role"), format=role_label)}

PROJECT_CREATED = EventKind(
    key="project:created",
    name=_("Project created"),
    sentence=_("Created the project %(target)s"),
)
PROJECT_RENAMED = EventKind(
    key="project:renamed",
    name=_("Project renamed"),
    sentence=_("Renamed the project to %(target)s"),
    fields={"name": EventField(_("Name"))},
)
SECOND_FACTOR_REQUIRED = EventKind(
    key="project:second-factor-required",
    name=_("Two-step verification requirement turned on"),
    sentence=_("Required two-step verification of all members of %(target)s"),
)
SECOND_FACTOR_OPTIONAL = EventKind(
    key="project:second-factor-optional",
    name=_("Two-step verification requirement turned off"),
    sentence=_("Made two-step verification optional for the members of %(target)s"),
)
SECOND_FACTOR_RESET = EventKind(
    key="member:second-factor-reset",
    name=_("Member's two-step verification turned off"),
    sentence=_("Removed all second factors of %(target)s"),
)
MEMBER_INVITED = EventKind(
    key="member:invited",
    name=_("Member invited"),
    sentence=_("Invited %(target)s"),
    fields=ROLE,
)
INVITATION_RENEWED = EventKind(
    key="member:invitation-renewed",
    name=_("Invitation sent again"),
    sentence=_("Sent the invitation to %(target)s again"),
)
INVITATION_REVOKED = EventKind(
    key="member:invitation-revoked",
    name=_("Invitation revoked"),
    sentence=_("Revoked the invitation to %(target)s"),
    fields=ROLE,
)
MEMBER_JOINED = EventKind(
    key="member:joined",
    name=_("Member joined"),
    sentence=_("%(target)s joined the project"),
    fields=ROLE,
)
MEMBER_ROLE_CHANGED = EventKind(
    key="member:role-changed",
    name=_("Member's role changed"),
    sentence=_("Changed the role of %(target)s"),
    fields=ROLE,
)
MEMBER_REMOVED = EventKind(
    key="member:removed",
    name=_("Member removed"),
    sentence=_("Removed %(target)s from the project"),
    fields=ROLE,
)
MEMBER_LEFT = EventKind(
    key="member:left",
    name=_("Member left"),
    sentence=_("%(target)s left the project"),
    fields=ROLE,
)

KINDS = (
    PROJECT_CREATED,
    PROJECT_RENAMED,
    SECOND_FACTOR_REQUIRED,
    SECOND_FACTOR_OPTIONAL,
    SECOND_FACTOR_RESET,
    MEMBER_INVITED,
    INVITATION_RENEWED,
    INVITATION_REVOKED,
    MEMBER_JOINED,
    MEMBER_ROLE_CHANGED,
    MEMBER_REMOVED,
    MEMBER_LEFT,
)
