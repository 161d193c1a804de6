"""Invitations: a link for one email address that works once, for three days."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from projects.audit import events
from projects.audit.log import record_event
from projects.members.services import end_invitation, lock_project, lock_project_as_owner
from projects.models import Invitation, Membership, Project, Role, User

LIFETIME = timedelta(days=3)


class AlreadyMember(Exception):
    """A member has this address."""


class AlreadyInvited(Exception):
    """The address has a pending invitation."""


class TooManyMembers(Exception):
    """The project has as many members and open invitations as the installation allows."""


class InvitationClosed(Exception):
    """The invitation was accepted or revoked, or has expired."""


class WrongPerson(Exception):
    """The invitation is for another address."""


@transaction.atomic
def invite_member(
    *, project: Project, address: str, role: Role, actor: User
) -> tuple[Invitation, str]:
    """Return a new invitation and the token of its link, which is not stored.

    Raises AlreadyMember, AlreadyInvited, TooManyMembers, and PermissionDenied unless the actor is
    an owner.
    """
    lock_project_as_owner(project, actor)
    address = address.lower()
    if has_member(project, address):
        raise AlreadyMember
    # Expired invitations count as well: they are listed and can be sent again.
    open_ones = project.invitations.filter(accepted_at=None, revoked_at=None)
    if open_ones.filter(address=address).exists():
        raise AlreadyInvited
    if project.memberships.count() + open_ones.count() >= settings.MENKOU_MAX_MEMBERS:
        raise TooManyMembers
    token = new_token()
    invitation = Invitation.objects.create(
        project=project,
        address=address,
        role=role,
        token_hash=hash_token(token),
        invited_by=actor,
        expires_at=timezone.now() + LIFETIME,
    )
    record_event(
        events.MEMBER_INVITED,
        project=project,
        actor=actor,
        target=invitation,
        changes={"role": (None, role.value)},
    )
    return invitation, token


@transaction.atomic
def renew_invitation(invitation: Invitation, *, actor: User) -> tuple[Invitation, str]:
    """Return the invitation with a new token, valid for three days; the old link stops working.

    Raises InvitationClosed if it was accepted or revoked, and PermissionDenied unless the actor is
    an owner.
    """
    invitation = lock_pending_invitation(invitation, actor)
    token = new_token()
    invitation.token_hash = hash_token(token)
    invitation.invited_by = actor
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.save(update_fields=["token_hash", "invited_by", "expires_at"])
    record_event(
        events.INVITATION_RENEWED, project=invitation.project, actor=actor, target=invitation
    )
    return invitation, token


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: User) -> None:
    """Revoke an invitation; raises InvitationClosed, and PermissionDenied unless the actor is an
    owner.
    """
    end_invitation(lock_pending_invitation(invitation, actor), actor=actor)


@transaction.atomic
def accept_invitation(invitation: Invitation, *, person: User) -> Membership:
    """Accept an invitation and return the membership; concurrent attempts succeed once.

    A new person is saved here, so that a failed invitation leaves no account behind. Raises
    InvitationClosed, WrongPerson, and IntegrityError if a new person's address was just taken.
    """
    project = lock_project(invitation.project)
    # Read again, now that the project is locked.
    now = Invitation.objects.get(pk=invitation.pk)
    if not now.is_pending or now.has_expired or now.token_hash != invitation.token_hash:
        raise InvitationClosed
    if person.email.lower() != now.address or not person.is_operator:
        raise WrongPerson
    now.accepted_at = timezone.now()
    now.save(update_fields=["accepted_at"])
    if person._state.adding:
        person.save()
    membership, joined = Membership.objects.get_or_create(
        project=project, user=person, defaults={"role": now.role}
    )
    if joined:
        record_event(
            events.MEMBER_JOINED,
            project=project,
            actor=person,
            target=person,
            changes={"role": (None, now.role)},
        )
    return membership


def lock_pending_invitation(invitation: Invitation, actor: User) -> Invitation:
    """Lock the project and return the invitation; raises InvitationClosed, PermissionDenied."""
    lock_project_as_owner(invitation.project, actor)
    found = Invitation.objects.select_related("project").get(pk=invitation.pk)
    if not found.is_pending:
        raise InvitationClosed
    return found


def find_operator(address: str) -> User | None:
    """Return the operator with this email address, or None."""
    try:
        return User.objects.get_by_natural_key(address)
    except User.DoesNotExist:
        return None


def has_member(project: Project, address: str) -> bool:
    """Whether a member of the project has this email address."""
    person = find_operator(address)
    return person is not None and project.memberships.filter(user=person).exists()


def new_token() -> str:
    """Return a random token of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the hash that is stored; a lookup by hash reveals nothing through its timing."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
