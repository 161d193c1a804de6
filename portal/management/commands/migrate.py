"""``menkou migrate``: Django's own, over a direct connection where there is a pooler."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from core.postgresql.direct import connected_directly


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with connected_directly():
            super().handle(*args, **options)
