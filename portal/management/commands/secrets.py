"""The keys that seal secrets: `manage.py secrets init` makes the first one."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from connections.keyset import KeysetError, create_keyset
from connections.secrets import check_keys


class Command(BaseCommand):
    help = "Make the keyset (init), or say whether it opens this database's secrets (status)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["init", "status"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if not settings.MENKOU_KEYSET_FILE:
            raise CommandError("MENKOU_KEYSET_FILE is not set; it names the file with the keys.")
        if action == "init":
            self.init(Path(settings.MENKOU_KEYSET_FILE))
        try:
            check_keys()
        except KeysetError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("The keyset opens this database's secrets.")

    def init(self, path: Path) -> None:
        try:
            create_keyset(path)
        except FileExistsError:
            raise CommandError(f"{path} exists already; it was left as it is.") from None
        self.stdout.write(f"A new keyset is in {path}. Keep a copy apart from the database's.")
