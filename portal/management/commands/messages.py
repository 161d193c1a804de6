"""``manage.py messages``: update the translation catalogues from code and templates."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.devtools.translations.catalogues import LOCALE, problems, update_catalogues
from portal.devtools.translations.compiling import compile_catalogues


class Command(BaseCommand):
    """Update and compile the catalogues, or only report problems."""

    help = "Update the translation catalogues from code and templates, and compile them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail if a translation is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Update or check the catalogues, and report what is missing."""
        if not LOCALE.is_dir():
            raise CommandError(
                "This command needs a clone of the repository; an installed Menkou has no "
                "catalogues."
            )
        if not options["check"]:
            update_catalogues()
            compile_catalogues(LOCALE)
        lacking = problems()
        for problem in lacking:
            self.stderr.write(problem)
        if lacking and options["check"]:
            raise CommandError(f"Found {len(lacking)} problems with the translations.")
