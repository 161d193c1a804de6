from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"

    def ready(self) -> None:
        from connections import checks, events  # noqa: F401 - `checks` registers system checks
        from projects.audit.kinds import register

        register(*events.KINDS)
