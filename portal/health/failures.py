"""Failures by cause, with what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from connections.configured import button_label, known_definition
from connections.fields.field import Text
from connections.health.numbers import CauseCount
from connections.models import Connection
from connections.values.failures import find_fault
from portal.health.figures import write_number
from projects.models import Project
from signin.references import format_reference


@dataclass(frozen=True)
class FailureRow:
    """How often sign-ins failed for one cause, and an example."""

    cause: Text
    remedy: Text
    # The key of the cause, where the provider's own documentation explains it.
    code: str
    count: str
    reference: str
    story_url: str
    # The button's words and the page of the connection.
    label: str
    connection_url: str


def list_failures(
    project: Project, causes: Iterable[CauseCount], connections: Mapping[UUID, Connection]
) -> list[FailureRow]:
    """Return a row for each cause of these connections, in the given order."""
    rows = []
    for each in causes:
        connection = connections.get(each.connection)
        if connection is None:
            continue
        definition = known_definition(connection)
        fault = find_fault(definition, each.cause)
        rows.append(
            FailureRow(
                cause=fault.cause,
                remedy=fault.remedy,
                code=each.cause if each.cause.lstrip("-").isdigit() else "",
                count=write_number(each.count),
                reference=format_reference(each.reference),
                story_url=reverse("portal:history_story", args=[project.slug, each.reference]),
                label=button_label(connection) if definition else connection.alias,
                connection_url=connection.get_absolute_url(),
            )
        )
    return rows
