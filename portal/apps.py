from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401 - registers the system checks
        from portal.server.text_encodings import replace_codec_search

        replace_codec_search()
