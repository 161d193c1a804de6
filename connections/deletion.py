"""Deleting a project with everything that belongs to it."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection as database
from django.db import transaction

from connections.models import Connection, Identity, SignIn
from projects.models import Deletion, Event, Invitation, Membership, Project, Role, User

# Whatever refers to a table stands before it. Django would read every end user first, and ask by
# lists of their ids who refers to them; PostgreSQL sees to it by itself that nobody does.
LONG_TABLES = (
    "connections_signin",
    "projects_event",
    "connections_identitykey",
    "connections_identity",
    "projects_user",
)

log = logging.getLogger("menkou.projects")


@dataclass(frozen=True)
class ProjectLoss:
    """How much goes with a project."""

    connections: int
    end_users: int
    identities: int
    sign_ins: int
    events: int
    members: int
    invitations: int


def loss_with(project: Project) -> ProjectLoss:
    """Return how much would go with the project now."""
    return ProjectLoss(
        connections=Connection.objects.filter(project=project).count(),
        end_users=User.objects.filter(project=project).count(),
        identities=Identity.objects.filter(project=project).count(),
        sign_ins=SignIn.objects.filter(project=project).count(),
        events=Event.objects.filter(project=project).count(),
        members=Membership.objects.filter(project=project).count(),
        invitations=Invitation.objects.filter(
            project=project, accepted_at=None, revoked_at=None
        ).count(),
    )


@transaction.atomic
def delete_project(project: Project, *, actor: User) -> ProjectLoss:
    """Remove the project and all that is its own; return how much that was.

    Raises Project.DoesNotExist where somebody was faster, PermissionDenied where the actor is no
    owner. PostgreSQL tells every worker, as of any change, so that host and pages are gone.
    """
    # As with any change: the project first, then its connections. So whoever is being signed in is
    # waited for, and whoever comes back now waits, and then finds nothing.
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    list(project.connections.select_for_update().values_list("pk"))
    if not project.memberships.filter(user=actor, role=Role.OWNER).exists():
        raise PermissionDenied
    loss = loss_with(project)
    Deletion.objects.create(
        project=project.pk,
        slug=project.slug,
        name=project.name,
        actor=actor,
        actor_name=str(actor)[:254],
        lost=asdict(loss),
    )
    empty(project)
    project.delete()
    transaction.on_commit(lambda: tell(project.slug, actor, loss))
    return loss


def empty(project: Project) -> None:
    """Remove what there can be much of, a statement for each table."""
    with database.cursor() as cursor:
        for table in LONG_TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE project_id = %s", [project.pk])  # noqa: S608


def tell(slug: str, actor: User, loss: ProjectLoss) -> None:
    """Write the line of the log that remains, without a name or an address of anybody."""
    counts = " ".join(f"{name}={number}" for name, number in asdict(loss).items())
    log.info("project deleted: id=%s by=%s %s", slug, actor.pk, counts)
