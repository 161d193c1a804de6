"""``manage.py prune``: remove what is kept for a while only; for a scheduler, once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.retention import EVERYTHING, prune


class Command(BaseCommand):
    """Remove old sign-ins and whatever has expired, and say how much that was."""

    help = "Remove sign-ins older than 90 days and all that has expired; run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove each kind of row, and count."""
        for passing in EVERYTHING:
            self.stdout.write(f"{prune(passing)} {passing.name}")
