"""``manage.py messages``: the translators' catalogues follow the code and the templates."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.running.catalogues import LOCALE, problems, update_catalogues
from portal.running.compiling import compile_catalogues


class Command(BaseCommand):
    """Update the catalogues and compile them, or only say what they lack."""

    help = "Update the catalogues of translations from code and templates, and compile them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when something is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what a translator has left to do."""
        if not LOCALE.is_dir():
            raise CommandError(
                "Catalogues are kept in a clone; an installation has none to update."
            )
        if not options["check"]:
            update_catalogues()
            compile_catalogues(LOCALE)
        lacking = problems()
        for problem in lacking:
            self.stderr.write(problem)
        if lacking and options["check"]:
            raise CommandError(f"{len(lacking)} problems with the translations.")
