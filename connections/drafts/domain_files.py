"""The files by which providers verify a project's domain, of published values and of drafts.

A provider wants to see the file before anybody can try a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.drafts.rows import find_draft
from connections.models import Connection, Draft
from projects.models import Project

NAME, CONTENT = "domain_file", "domain_file_content"


def find_domain_file(project: Project, name: str) -> str | None:
    """Return the content of the project's file of this name; published ones come first."""
    published_first = project.connections.order_by("is_unpublished", "position", "created_at")
    drafts = Draft.objects.filter(connection__project=project).order_by("connection__position")
    for rows in (published_first, drafts):
        found = rows.filter(**{f"settings__{NAME}": name})
        content: str | None = found.values_list(f"settings__{CONTENT}", flat=True).first()
        if content is not None:
            return content
    return None


def served_settings(connection: Connection) -> Mapping[str, Any]:
    """Return the settings whose file is served: those of a draft that has another file."""
    draft = find_draft(connection)
    live: Mapping[str, Any] = connection.settings
    if draft is None or draft.settings.get(NAME) == live.get(NAME):
        return live
    drafted: Mapping[str, Any] = draft.settings
    return drafted
