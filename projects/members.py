"""Who belongs to a project, in which role; a project is never left without an owner.

Whoever changes something here holds the project's row until the end of the transaction, so that
changes come one after the other, and each is judged by what the one before has left.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from projects.history import record
from projects.models import Action, Invitation, Membership, Project, Role, User


class LastOwner(Exception):
    """The project would have no owner any more."""


@transaction.atomic
def change_role(membership: Membership, *, role: Role, actor: User) -> None:
    """Give a member another role.

    Raises LastOwner, PermissionDenied where the actor is no owner, Membership.DoesNotExist.
    """
    project = held_by_owner(membership.project, actor)
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    if membership.role == role:
        return
    before, membership.role = membership.role, role.value
    membership.save(update_fields=["role"])
    after_loss(membership, actor=actor)
    record(
        Action.MEMBER_ROLE_CHANGED,
        project=project,
        actor=actor,
        target=membership.user,
        changes={"role": (before, role.value)},
    )


@transaction.atomic
def remove_member(membership: Membership, *, actor: User) -> None:
    """Take a member out of the project; members may do so for themselves.

    Raises LastOwner, PermissionDenied where the actor is neither an owner nor the member,
    Membership.DoesNotExist.
    """
    leaves = membership.user_id == actor.pk
    project = held(membership.project) if leaves else held_by_owner(membership.project, actor)
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    Membership.objects.filter(pk=membership.pk).delete()
    after_loss(membership, actor=actor)
    record(
        Action.MEMBER_LEFT if leaves else Action.MEMBER_REMOVED,
        project=project,
        actor=actor,
        target=membership.user,
        changes={"role": (membership.role, None)},
    )


def held(project: Project) -> Project:
    """Return the project as it is now, held until the transaction ends.

    People go on signing in meanwhile: a row that refers to the project does not wait for this.
    """
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def held_by_owner(project: Project, actor: User) -> Project:
    """Return the project, held; raises PermissionDenied where the actor is no owner by now."""
    locked = held(project)
    if not locked.memberships.filter(user=actor, role=Role.OWNER).exists():
        raise PermissionDenied
    return locked


def after_loss(membership: Membership, *, actor: User) -> None:
    """See to what follows when somebody may do less than before; raises LastOwner."""
    owners = Membership.objects.filter(project=membership.project_id, role=Role.OWNER)
    if not owners.exists():
        raise LastOwner
    # Who has seen a link could come back by it, under an address of their own.
    if not owners.filter(user=membership.user_id).exists():
        for invitation in Invitation.objects.filter(
            project=membership.project_id,
            invited_by=membership.user_id,
            accepted_at=None,
            revoked_at=None,
        ):
            end_invitation(invitation, actor=actor)


def end_invitation(invitation: Invitation, *, actor: User) -> None:
    """Revoke an invitation that waits; call it while the project is held."""
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    record(
        Action.INVITATION_REVOKED,
        project=invitation.project,
        actor=actor,
        target=invitation,
        changes={"role": (invitation.role, None)},
    )
