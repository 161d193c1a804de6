"""``manage.py providers``: write docs/providers.md from the catalogue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from connections.providers.table import page
from portal.paths import FILES


class Command(BaseCommand):
    """Write docs/providers.md."""

    help = "Write docs/providers.md from the catalogue."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it whole."""
        (FILES / "docs" / "providers.md").write_text(page(), encoding="utf-8")
