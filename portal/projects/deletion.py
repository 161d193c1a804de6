"""Deletes a project with all its data."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection as database
from django.db import transaction

from applications.models import Application
from applications.tokens.deletion import delete_issued
from connections.models import Connection, Identity, SignIn
from projects.models import Deletion, Event, Invitation, Membership, Project, Role, User

# Referring tables come before the tables they refer to. Django would load every end user and query
# for references by lists of ids; PostgreSQL checks foreign keys itself.
LONG_TABLES = (
    "connections_signin",
    "projects_eventorigin",
    "projects_event",
    "connections_identitykey",
    "connections_identity",
    "connections_endusersession",
    "projects_user",
)

log = logging.getLogger("menkou.projects")


@dataclass(frozen=True)
class ProjectCounts:
    """How many rows are deleted with a project."""

    connections: int
    applications: int
    end_users: int
    identities: int
    sign_ins: int
    events: int
    members: int
    invitations: int


def count_project_data(project: Project) -> ProjectCounts:
    """Count what a deletion of the project would delete now."""
    return ProjectCounts(
        connections=Connection.objects.filter(project=project).count(),
        applications=Application.objects.filter(project=project).count(),
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
def delete_project(project: Project, *, actor: User) -> ProjectCounts:
    """Delete the project with all its data; return the counts.

    Raises Project.DoesNotExist if it was deleted meanwhile, and PermissionDenied unless the actor
    is an owner. A trigger notifies every worker, as for any change, so that caches are dropped.
    """
    # Lock the project first, then its connections and applications, like any change. This waits for
    # sign-ins in progress; later callbacks wait for this transaction and then find nothing.
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    list(project.connections.select_for_update().values_list("pk"))
    applications = list(project.applications.select_for_update().values_list("pk", flat=True))
    if not project.memberships.filter(user=actor, role=Role.OWNER).exists():
        raise PermissionDenied
    loss = count_project_data(project)
    Deletion.objects.create(
        project=project.pk,
        slug=project.slug,
        name=project.name,
        actor=actor,
        actor_name=str(actor)[:254],
        lost=asdict(loss),
    )
    delete_issued(applications)
    delete_long_tables(project)
    project.delete()
    transaction.on_commit(lambda: log_deletion(project.slug, actor, loss))
    return loss


def delete_long_tables(project: Project) -> None:
    """Delete the rows of large tables, with one statement each."""
    with database.cursor() as cursor:
        for table in LONG_TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE project_id = %s", [project.pk])  # noqa: S608


def log_deletion(slug: str, actor: User, loss: ProjectCounts) -> None:
    """Log the deletion, without names or email addresses."""
    counts = " ".join(f"{name}={number}" for name, number in asdict(loss).items())
    log.info("project deleted: id=%s by=%s %s", slug, actor.pk, counts)
