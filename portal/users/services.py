"""What members do with end users. Each change locks the project, then the person.

A sign-in locks the person, too, so it is over before such a change, or finds it done.
"""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from applications import access
from applications.models import Application
from connections.sessions import ending
from connections.trials.services import delete_trials_about
from projects.audit import events
from projects.audit.log import record_event
from projects.members.services import lock_project
from projects.models import Project, Role, User


@transaction.atomic
def block_user(user: User, *, actor: User) -> None:
    """Block an end user: all their sessions and all access of applications end.

    Nothing happens if they are blocked already. Raises User.DoesNotExist, and PermissionDenied
    unless the actor may edit the project; so do the other functions.
    """
    user = lock_user(user, actor=actor)
    if not user.is_active:
        return
    user.is_active = False
    user.save(update_fields=["is_active"])
    access.end_all(user)
    record_event(events.USER_BLOCKED, project=project_of(user), actor=actor, target=user)


@transaction.atomic
def unblock_user(user: User, *, actor: User) -> None:
    """Let a blocked end user sign in again. What has ended stays so."""
    user = lock_user(user, actor=actor)
    if user.is_active:
        return
    user.is_active = True
    user.save(update_fields=["is_active"])
    record_event(events.USER_UNBLOCKED, project=project_of(user), actor=actor, target=user)


@transaction.atomic
def delete_user(user: User, *, actor: User) -> None:
    """Delete an end user; only an owner may. Applications are told that the sessions have ended.

    Records of sign-ins stay without the person. Results of trials about them are deleted.
    """
    user = lock_user(user, actor=actor, role=Role.OWNER)
    access.end_all(user)
    delete_trials_about(user)
    record_event(events.USER_DELETED, project=project_of(user), actor=actor, target=user)
    user.delete()


@transaction.atomic
def end_session(user: User, sid: UUID, *, actor: User) -> int:
    """End one session of an end user. Returns how many have ended: 0 if it had ended before."""
    user = lock_user(user, actor=actor)
    return record_sign_out(user, len(ending.end_session(user, sid)), actor=actor)


@transaction.atomic
def end_sessions(user: User, *, actor: User) -> int:
    """End all sessions of an end user, and return how many have ended."""
    user = lock_user(user, actor=actor)
    return record_sign_out(user, len(ending.end_sessions_of(user)), actor=actor)


@transaction.atomic
def end_access(user: User, application: Application, *, actor: User) -> None:
    """End the access of an application to an end user's account, if it has any."""
    user = lock_user(user, actor=actor)
    known = {each.client_id for each in access.list_accesses_to(user)}
    # A code that was not redeemed yet is revoked, too.
    access.end_access(user, application.client_id)
    if application.client_id not in known:
        return
    record_event(
        events.USER_ACCESS_REMOVED,
        project=project_of(user),
        actor=actor,
        target=user,
        changes={"application": (None, application.name)},
    )


def record_sign_out(user: User, sessions: int, *, actor: User) -> int:
    """Record that sessions have ended, and return their number."""
    if sessions:
        record_event(
            events.USER_SIGNED_OUT,
            project=project_of(user),
            actor=actor,
            target=user,
            changes={"sessions": (None, sessions)},
        )
    return sessions


def lock_user(user: User, *, actor: User, role: Role = Role.EDITOR) -> User:
    """Lock the project and the end user until the transaction ends, and return them as they are.

    Raises User.DoesNotExist, and PermissionDenied unless the actor has the role now.
    """
    project = lock_project(project_of(user))
    membership = project.memberships.filter(user=actor).first()
    if membership is None or not Role(membership.role).includes(role):
        raise PermissionDenied
    held = User.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("project").get(pk=user.pk, project=project)


def project_of(user: User) -> Project:
    """Return the project of an end user; raises User.DoesNotExist for an operator."""
    if user.project is None:
        raise User.DoesNotExist
    return user.project
