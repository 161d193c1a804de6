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
