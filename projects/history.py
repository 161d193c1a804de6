"""The record of what people changed, written in the transaction of the change itself."""

from __future__ import annotations

from typing import Any

from django.db import models

from projects.models import Action, Event, Project, User

Changes = dict[str, tuple[Any, Any]]


def record(
    action: Action,
    *,
    project: Project,
    actor: User | None,
    target: models.Model,
    changes: Changes | None = None,
) -> Event:
    """Append one line to the project's history; call it inside the change's transaction.

    Nobody is the actor of what was done by a command.
    """
    return Event.objects.create(
        project=project,
        actor=actor,
        actor_name=str(actor or "manage.py")[:254],
        action=action,
        target_id=str(target.pk),
        target_name=str(target)[:120],
        changes={field: list(pair) for field, pair in (changes or {}).items()},
    )


def differences(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """Return what differs between two states, as field → (before, after)."""
    return {
        field: (before.get(field), after.get(field))
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field)
    }
