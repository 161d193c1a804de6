"""How people become members: by a link that works once, for three days, for one address."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from projects.history import record
from projects.members import end_invitation, held, held_by_owner
from projects.models import Action, Invitation, Membership, Project, Role, User

KEPT_OPEN = timedelta(days=3)


class AlreadyMember(Exception):
    """The address is a member's."""


class AlreadyInvited(Exception):
    """The address has an invitation that waits."""


class NotOpen(Exception):
    """The invitation was accepted or revoked, or is too old."""


class WrongPerson(Exception):
    """The invitation is for another address."""


@transaction.atomic
def invite(*, project: Project, address: str, role: Role, actor: User) -> tuple[Invitation, str]:
    """Return a new invitation and the token of its link, which nobody can find out later.

    Raises AlreadyMember, AlreadyInvited, PermissionDenied where the actor is no owner.
    """
    held_by_owner(project, actor)
    address = address.lower()
    if has_member(project, address):
        raise AlreadyMember
    if project.invitations.filter(address=address, accepted_at=None, revoked_at=None).exists():
        raise AlreadyInvited
    token = new_token()
    invitation = Invitation.objects.create(
        project=project,
        address=address,
        role=role,
        token_hash=hash_of(token),
        invited_by=actor,
        expires_at=timezone.now() + KEPT_OPEN,
    )
    record(
        Action.MEMBER_INVITED,
        project=project,
        actor=actor,
        target=invitation,
        changes={"role": (None, role.value)},
    )
    return invitation, token


@transaction.atomic
def renew(invitation: Invitation, *, actor: User) -> tuple[Invitation, str]:
    """Return the invitation with a new token, good for three days; the old link is dead.

    Raises NotOpen where it was accepted or revoked, PermissionDenied where the actor is no owner.
    """
    invitation = waiting(invitation, actor)
    token = new_token()
    invitation.token_hash = hash_of(token)
    invitation.invited_by = actor
    invitation.expires_at = timezone.now() + KEPT_OPEN
    invitation.save(update_fields=["token_hash", "invited_by", "expires_at"])
    record(Action.INVITATION_RENEWED, project=invitation.project, actor=actor, target=invitation)
    return invitation, token


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User) -> None:
    """End an invitation; raises NotOpen, PermissionDenied where the actor is no owner."""
    end_invitation(waiting(invitation, actor), actor=actor)


@transaction.atomic
def accept(invitation: Invitation, *, person: User) -> Membership:
    """Return the membership that the invitation gives; of those who try at once, one gets it.

    A person who is new is saved here, so that an invitation that fails leaves nobody behind.
    Raises NotOpen, WrongPerson, and IntegrityError where a new person's address was just taken.
    """
    project = held(invitation.project)
    # Read anew: only what is true while the project is held counts.
    now = Invitation.objects.get(pk=invitation.pk)
    if not now.waits or now.has_expired or now.token_hash != invitation.token_hash:
        raise NotOpen
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
        record(
            Action.MEMBER_JOINED,
            project=project,
            actor=person,
            target=person,
            changes={"role": (None, now.role)},
        )
    return membership


def waiting(invitation: Invitation, actor: User) -> Invitation:
    """Return the invitation as it is now, its project held; raises NotOpen, PermissionDenied."""
    held_by_owner(invitation.project, actor)
    found = Invitation.objects.select_related("project").get(pk=invitation.pk)
    if not found.waits:
        raise NotOpen
    return found


def operator_with(address: str) -> User | None:
    """Return the operator who signs in by this address, or None."""
    try:
        return User.objects.get_by_natural_key(address)
    except User.DoesNotExist:
        return None


def has_member(project: Project, address: str) -> bool:
    """Whether a member of the project signs in by this address."""
    person = operator_with(address)
    return person is not None and project.memberships.filter(user=person).exists()


def new_token() -> str:
    """Return what nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token; it is found by this, so no comparison tells anything."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
