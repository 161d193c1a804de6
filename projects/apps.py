from __future__ import annotations

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from projects.audit import events
        from projects.audit.kinds import register

        register(*events.KINDS)
