"""The events of projects and members."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from projects.audit.kinds import EventField, EventKind, Text
from projects.models import Role


def role_label(role: Any) -> str:
    """Return a role as people read it; one that this release does not know stays as it is."""
    return str(Role(role).label) if role in Role.values else str(role)


# Recorded in place of a typed name, which may be an end user's.
A_NAME = True


def person_label(person: Any) -> str:
    """Return by whom an export was filtered: an id, or that it was a name, which is not kept."""
    return gettext("a name (not recorded)") if person is A_NAME else str(person)


ROLE = {"role": EventField(_("Role"), format=role_label)}

PROJECT_CREATED = EventKind(
    key="project:created",
    name=_("Project created"),
    sentence=_("%(actor)s created the project %(target)s"),
)
PROJECT_RENAMED = EventKind(
    key="project:renamed",
    name=_("Project renamed"),
    sentence=_("%(actor)s renamed the project to %(target)s"),
    fields={"name": EventField(_("Name"))},
)
SECOND_FACTOR_REQUIRED = EventKind(
    key="project:second-factor-required",
    name=_("Two-step verification requirement turned on"),
    sentence=_("%(actor)s required two-step verification of all members of %(target)s"),
)
SECOND_FACTOR_OPTIONAL = EventKind(
    key="project:second-factor-optional",
    name=_("Two-step verification requirement turned off"),
    sentence=_("%(actor)s made two-step verification optional for the members of %(target)s"),
)
TRIAL_REQUIRED = EventKind(
    key="project:try-required",
    name=_("Successful trial before publishing required"),
    sentence=_(
        "%(actor)s required a successful trial before connections of %(target)s are published"
    ),
)
TRIAL_OPTIONAL = EventKind(
    key="project:try-optional",
    name=_("Successful trial before publishing no longer required"),
    sentence=_(
        "%(actor)s no longer requires a trial before connections of %(target)s are published"
    ),
)
SECOND_FACTOR_RESET = EventKind(
    key="member:second-factor-reset",
    name=_("Member's two-step verification turned off"),
    sentence=_("%(actor)s removed all second factors of %(target)s"),
)
HISTORY_EXPORTED = EventKind(
    key="project:history-exported",
    name=_("History exported"),
    sentence=_("%(actor)s exported the history of %(target)s"),
    fields={
        "format": EventField(_("File format")),
        "rows": EventField(_("Entries")),
        "kind": EventField(_("Show")),
        "connection": EventField(_("Connection")),
        "person": EventField(_("Person"), format=person_label),
        "outcome": EventField(_("Outcome")),
        "action": EventField(_("Change")),
        "since": EventField(pgettext_lazy("first day", "From")),
        "until": EventField(pgettext_lazy("last day", "To")),
    },
)
MEMBER_INVITED = EventKind(
    key="member:invited",
    name=_("Member invited"),
    sentence=_("%(actor)s invited %(target)s"),
    fields=ROLE,
)
INVITATION_RENEWED = EventKind(
    key="member:invitation-renewed",
    name=_("Invitation sent again"),
    sentence=_("%(actor)s sent the invitation to %(target)s again"),
)
INVITATION_REVOKED = EventKind(
    key="member:invitation-revoked",
    name=_("Invitation revoked"),
    sentence=_("%(actor)s revoked the invitation to %(target)s"),
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
    sentence=_("%(actor)s changed the role of %(target)s"),
    fields=ROLE,
)
MEMBER_REMOVED = EventKind(
    key="member:removed",
    name=_("Member removed"),
    sentence=_("%(actor)s removed %(target)s from the project"),
    fields=ROLE,
)
MEMBER_LEFT = EventKind(
    key="member:left",
    name=_("Member left"),
    sentence=_("%(target)s left the project"),
    fields=ROLE,
)


def id_of_user(user: Any) -> str:
    """Return what records call an end user: their names are gone once they are deleted."""
    return str(user.pk)


def user_kind(*, key: str, name: Text, sentence: Text, **fields: EventField) -> EventKind:
    """Return a kind of event about an end user."""
    return EventKind(key=key, name=name, sentence=sentence, fields=fields, name_of=id_of_user)


USER_BLOCKED = user_kind(
    key="user:blocked", name=_("User blocked"), sentence=_("%(actor)s blocked the user %(target)s")
)
USER_UNBLOCKED = user_kind(
    key="user:unblocked",
    name=_("User unblocked"),
    sentence=_("%(actor)s unblocked the user %(target)s"),
)
USER_SIGNED_OUT = user_kind(
    key="user:signed-out",
    name=_("User signed out"),
    sentence=_("%(actor)s signed out the user %(target)s"),
    sessions=EventField(_("Ended sessions")),
)
USER_ACCESS_REMOVED = user_kind(
    key="user:access-removed",
    name=_("Application's access to a user removed"),
    sentence=_("%(actor)s removed an application's access to the user %(target)s"),
    application=EventField(_("Application")),
)
USER_DELETED = user_kind(
    key="user:deleted", name=_("User deleted"), sentence=_("%(actor)s deleted the user %(target)s")
)
# Their targets are end users.
USER_KINDS = (
    USER_BLOCKED,
    USER_UNBLOCKED,
    USER_SIGNED_OUT,
    USER_ACCESS_REMOVED,
    USER_DELETED,
)

KINDS = (
    PROJECT_CREATED,
    PROJECT_RENAMED,
    SECOND_FACTOR_REQUIRED,
    SECOND_FACTOR_OPTIONAL,
    TRIAL_REQUIRED,
    TRIAL_OPTIONAL,
    SECOND_FACTOR_RESET,
    HISTORY_EXPORTED,
    MEMBER_INVITED,
    INVITATION_RENEWED,
    INVITATION_REVOKED,
    MEMBER_JOINED,
    MEMBER_ROLE_CHANGED,
    MEMBER_REMOVED,
    MEMBER_LEFT,
    *USER_KINDS,
)
