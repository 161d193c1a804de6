"""``manage.py prune``: delete old data; for a scheduler, once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.retention.tables import RETENTION_RULES, prune_rows


class Command(BaseCommand):
    """Delete old data and print the counts."""

    help = "Remove sign-ins older than 90 days and expired data. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove each kind of row, and count."""
        for rule in RETENTION_RULES:
            self.stdout.write(f"{prune_rows(rule)} {rule.name}")
