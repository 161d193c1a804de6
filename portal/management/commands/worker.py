"""``menkou worker``: send email and carry out the other jobs, until it is stopped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.server import preflight


class Command(BaseCommand):
    help = "Send email, remove old data once a day, and do what else waits in the queue."
    # `preflight` runs them, with the same error messages as the server.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        preflight.refuse_unsafe_worker()
        from core.jobs.worker import run_worker

        run_worker()
