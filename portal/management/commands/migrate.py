"""``menkou migrate``: Django's own, one at a time, and directly where there is a pooler."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate

from core.postgresql.direct import connected_directly
from core.postgresql.locks import MIGRATION_LOCK, advisory_lock
from core.postgresql.reachability import ANOTHER_DATABASE, leads_to_another_database


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if leads_to_another_database():
            raise CommandError(ANOTHER_DATABASE)
        with connected_directly(), advisory_lock(MIGRATION_LOCK):
            super().handle(*args, **options)
