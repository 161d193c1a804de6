"""Members of a project and their roles; a project always has an owner.

All functions lock the project's row until the end of the transaction, so that changes are made one
after the other.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from projects.audit import events
from projects.audit.log import record_event
from projects.models import Invitation, Membership, Project, Role, User


class LastOwner(Exception):
    """The project would have no owner."""


@transaction.atomic
def change_role(membership: Membership, *, role: Role, actor: User) -> None:
    """Give a member another role.

    Raises LastOwner, Membership.DoesNotExist, and PermissionDenied unless the actor is an owner.
    """
    project = lock_project_as_owner(membership.project, actor)
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    if membership.role == role:
        return
    before, membership.role = membership.role, role.value
    membership.save(update_fields=["role"])
    apply_role_loss(membership, actor=actor)
    record_event(
        events.MEMBER_ROLE_CHANGED,
        project=project,
        actor=actor,
        target=membership.user,
        changes={"role": (before, role.value)},
    )


@transaction.atomic
def remove_member(membership: Membership, *, actor: User) -> None:
    """Remove a member from the project; members can remove themselves.

    Raises LastOwner, Membership.DoesNotExist, and PermissionDenied unless the actor is an owner or
    the member.
    """
    leaves = membership.user_id == actor.pk
    project = (
        lock_project(membership.project)
        if leaves
        else lock_project_as_owner(membership.project, actor)
    )
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    Membership.objects.filter(pk=membership.pk).delete()
    apply_role_loss(membership, actor=actor)
    record_event(
        events.MEMBER_LEFT if leaves else events.MEMBER_REMOVED,
        project=project,
        actor=actor,
        target=membership.user,
        changes={"role": (membership.role, None)},
    )


def lock_project(project: Project) -> Project:
    """Lock the project until the transaction ends, and return it as it is now.

    The lock does not block sign-ins, which insert rows that refer to the project.
    """
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def lock_project_as_owner(project: Project, actor: User) -> Project:
    """Lock and return the project; raises PermissionDenied unless the actor is an owner now."""
    locked = lock_project(project)
    if not locked.memberships.filter(user=actor, role=Role.OWNER).exists():
        raise PermissionDenied
    return locked


def apply_role_loss(membership: Membership, *, actor: User) -> None:
    """Revoke the pending invitations of a member who is no owner any more; raises LastOwner."""
    owners = Membership.objects.filter(project=membership.project_id, role=Role.OWNER)
    if not owners.exists():
        raise LastOwner
    # A former owner may know the links, and could rejoin with another address.
    if not owners.filter(user=membership.user_id).exists():
        for invitation in Invitation.objects.filter(
            project=membership.project_id,
            invited_by=membership.user_id,
            accepted_at=None,
            revoked_at=None,
        ):
            end_invitation(invitation, actor=actor)


def end_invitation(invitation: Invitation, *, actor: User) -> None:
    """Revoke a pending invitation; the project must be locked."""
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    record_event(
        events.INVITATION_REVOKED,
        project=invitation.project,
        actor=actor,
        target=invitation,
        changes={"role": (invitation.role, None)},
    )
