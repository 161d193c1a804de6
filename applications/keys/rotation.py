"""When a project's signing keys are made, begin to sign, and go."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from applications import events
from applications.keys.generation import create_key
from applications.models import SigningAlgorithm, SigningKey
from projects.audit.log import record_event
from projects.models import Project, User

# A new key is published for so long before it signs. Applications keep the old list for a while.
AHEAD = timedelta(hours=24)
# Keys are replaced when they have been signing for so long.
LIFETIME = timedelta(days=90)
# No id_token is valid for longer, so a key that was replaced can go then.
LONGEST_ID_TOKEN = timedelta(hours=24)
CLOCK_DIFFERENCE = timedelta(minutes=10)


def ensure_keys(project: Project) -> None:
    """Give a project its first keys, which sign at once. Call it while the project is locked."""
    present = set(SigningKey.objects.filter(project=project).values_list("alg", flat=True))
    for alg in SigningAlgorithm:
        if alg not in present:
            create_key(project, alg, active_at=at_once())


@transaction.atomic
def rotate_keys(project: Project, *, actor: User | None = None) -> list[SigningKey]:
    """Publish a new key for each algorithm, which signs a day later; return them.

    An algorithm whose next key is already published gets no other. One without a key, whose keys
    were lost with the keyset, gets one that signs at once. A project that never had an application
    gets none.
    """
    project = lock_project(project)
    now = timezone.now()
    keys = SigningKey.objects.filter(project=project)
    coming = set(keys.filter(active_at__gt=now).values_list("alg", flat=True))
    present = set(keys.values_list("alg", flat=True))
    if not project.issuer:
        return []
    made = [
        create_key(project, alg, active_at=now + AHEAD if alg in present else at_once())
        for alg in SigningAlgorithm
        if alg not in coming
    ]
    if made:
        record_event(events.KEYS_ROTATED, project=project, actor=actor, target=project)
    return made


@transaction.atomic
def replace_keys(project: Project, *, actor: User | None = None) -> list[SigningKey]:
    """Replace all keys by new ones that sign at once; return these.

    For keys that do not open, or that others may have seen: what the old keys have signed cannot be
    verified any more. A project that never had an application gets none.
    """
    project = lock_project(project)
    if not project.issuer:
        return []
    SigningKey.objects.filter(project=project).delete()
    made = [create_key(project, alg, active_at=at_once()) for alg in SigningAlgorithm]
    record_event(events.KEYS_ROTATED, project=project, actor=actor, target=project)
    return made


def at_once() -> datetime:
    """Return when a key begins to sign that is needed now.

    The clock of the database, which chooses the key, may be behind ours.
    """
    return timezone.now() - CLOCK_DIFFERENCE


def lock_project(project: Project) -> Project:
    """Lock the project until the transaction ends, and return it as it is now."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def projects_with_old_keys(now: datetime) -> list[Project]:
    """Return the projects whose newest key of an algorithm has been signing for too long."""
    newest = SigningKey.objects.order_by().values("project", "alg").annotate(at=Max("active_at"))
    old = newest.filter(at__lt=now - LIFETIME).values("project")
    return list(Project.objects.filter(pk__in=old).order_by("slug"))


def remove_retired_keys(now: datetime) -> int:
    """Delete the keys whose last id_token has expired; return their number."""
    successors = SigningKey.objects.filter(
        project=OuterRef("project"),
        alg=OuterRef("alg"),
        active_at__gt=OuterRef("active_at"),
        active_at__lt=now - LONGEST_ID_TOKEN - CLOCK_DIFFERENCE,
    )
    return SigningKey.objects.filter(Exists(successors)).delete()[0]
