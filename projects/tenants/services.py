"""Changes to projects. Each is one transaction with one event in the history."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from projects.audit import events
from projects.audit.log import record_event
from projects.models import Membership, Project, Role, User


class TooManyProjects(Exception):
    """The operator owns as many projects as the installation allows."""


@transaction.atomic
def create_project(*, name: str, slug: str, owner: User) -> Project:
    """Create a project with this operator as owner; raises TooManyProjects."""
    # Locked until commit, so that concurrent creations by this operator count.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    owned = Membership.objects.filter(user=owner, role=Role.OWNER).count()
    if owned >= settings.MENKOU_MAX_PROJECTS:
        raise TooManyProjects
    project = Project.objects.create(name=name, slug=slug)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    record_event(events.PROJECT_CREATED, project=project, actor=owner, target=project)
    return project


@transaction.atomic
def rename_project(project: Project, *, name: str, actor: User) -> None:
    """Rename the project; its ID and URLs stay the same."""
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if locked.name == name:
        return
    changes = {"name": (locked.name, name)}
    locked.name = project.name = name
    locked.version = project.version = locked.version + 1
    locked.save(update_fields=["name", "version"])
    record_event(
        events.PROJECT_RENAMED, project=project, actor=actor, target=project, changes=changes
    )


@transaction.atomic
def require_second_factor(project: Project, *, required: bool, actor: User) -> None:
    """Require a second factor of all members, or stop requiring it."""
    if set_requirement(project, "require_second_factor", required=required):
        record_event(
            events.SECOND_FACTOR_REQUIRED if required else events.SECOND_FACTOR_OPTIONAL,
            project=project,
            actor=actor,
            target=project,
        )


@transaction.atomic
def require_trial(project: Project, *, required: bool, actor: User) -> None:
    """Require a successful trial before connections are published, or stop requiring it."""
    if set_requirement(project, "require_trial", required=required):
        record_event(
            events.TRIAL_REQUIRED if required else events.TRIAL_OPTIONAL,
            project=project,
            actor=actor,
            target=project,
        )


def set_requirement(project: Project, column: str, *, required: bool) -> bool:
    """Save a requirement of the project, which is locked; return whether that changed it."""
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if getattr(locked, column) == required:
        return False
    setattr(locked, column, required)
    setattr(project, column, required)
    locked.save(update_fields=[column])
    return True


def rename_operator(operator: User, *, name: str) -> None:
    """Rename the operator; past events keep the old name."""
    operator.name = name
    operator.save(update_fields=["name"])
