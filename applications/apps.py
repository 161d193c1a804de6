from __future__ import annotations

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from django.db.models.signals import pre_delete

        from applications import events
        from applications.keys.generation import SIGNING_KEYS
        from applications.logout.delivery import notify_applications
        from applications.tokens.deletion import hold_grants
        from connections.sessions.ending import on_sessions_ended
        from core.keyring import sealed_rows
        from projects.audit.kinds import register
        from projects.models import User

        register(*events.KINDS)
        sealed_rows.register(SIGNING_KEYS)
        on_sessions_ended(notify_applications)
        pre_delete.connect(hold_grants, sender=User)
