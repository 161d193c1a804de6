from __future__ import annotations

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from core.keyring import sealed_rows
        from projects.audit import events
        from projects.audit.kinds import register
        from projects.people.factors import SEALED_FACTORS

        register(*events.KINDS)
        sealed_rows.register(SEALED_FACTORS)
