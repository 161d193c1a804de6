from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "core.mail"
    label = "mail"

    def ready(self) -> None:
        from core.keyring import sealed_rows
        from core.mail import sealing

        sealed_rows.register(sealing.QUEUED_MAIL)
