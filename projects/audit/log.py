"""The audit log, written in the same transaction as the change."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from core.request_origin import current_origin
from projects.audit.kinds import EventKind
from projects.models import Event, EventOrigin, Project, User

Changes = dict[str, tuple[Any, Any]]


def record_event(
    kind: EventKind,
    *,
    project: Project,
    actor: User | None,
    target: models.Model,
    changes: Changes | None = None,
    actor_name: str = "",
) -> Event:
    """Append an event to the project's history; call it inside the change's transaction.

    Nobody is the actor of what was done by a command, or by a job, which gives its name. Raises
    ValueError where the kind is not registered or has no such field.
    """
    changes = changes or {}
    target_type = kind.type_of(target)
    kind.check(target_type, changes)
    with transaction.atomic(savepoint=False):
        event = Event.objects.create(
            project=project,
            actor=actor,
            actor_name=str(actor or actor_name or "manage.py")[:254],
            action=kind.key,
            target_type=target_type,
            target_id=str(target.pk),
            target_name=kind.name_of(target)[:120],
            changes={field: list(pair) for field, pair in changes.items()},
        )
        origin = current_origin()
        if origin is not None:
            EventOrigin.objects.create(
                event=event,
                project=project,
                at=event.at,
                request_id=origin.request_id,
                address=origin.address,
                user_agent=origin.user_agent,
            )
    return event


def diff_states(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """Return the fields that differ between two states, as field → (before, after)."""
    return {
        field: (before.get(field), after.get(field))
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field)
    }
