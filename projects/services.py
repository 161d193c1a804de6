"""What people can do with projects: a verb, one transaction, one line of history."""

from __future__ import annotations

from django.db import transaction

from projects.history import record
from projects.models import Action, Membership, Project, Role, User


@transaction.atomic
def create_project(*, name: str, slug: str, owner: User) -> Project:
    """Return a new project whose owner is the given operator."""
    project = Project.objects.create(name=name, slug=slug)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    record(Action.PROJECT_CREATED, project=project, actor=owner, target=project)
    return project


@transaction.atomic
def rename_project(project: Project, *, name: str, actor: User) -> None:
    """Give the project another name; its id and addresses stay."""
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if locked.name == name:
        return
    changes = {"name": (locked.name, name)}
    locked.name = project.name = name
    locked.version = project.version = locked.version + 1
    locked.save(update_fields=["name", "version"])
    record(Action.PROJECT_RENAMED, project=project, actor=actor, target=project, changes=changes)


@transaction.atomic
def require_second_factor(project: Project, *, required: bool, actor: User) -> None:
    """Let members in only with a second factor, or with a password alone again."""
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if locked.require_second_factor == required:
        return
    locked.require_second_factor = project.require_second_factor = required
    locked.save(update_fields=["require_second_factor"])
    action = Action.SECOND_FACTOR_REQUIRED if required else Action.SECOND_FACTOR_OPTIONAL
    record(action, project=project, actor=actor, target=project)


def rename_operator(operator: User, *, name: str) -> None:
    """Give the operator another name; what the histories have written keeps the old one."""
    operator.name = name
    operator.save(update_fields=["name"])
