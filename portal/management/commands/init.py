"""``menkou init``: what a first start needs; it may be repeated and then changes nothing."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, call_command
from django.core.validators import validate_email
from django.db import transaction

from connections.secrets import check_keys
from core.keyring.canary import refuse_second_keyset
from core.keyring.keyset import KeysetError, create_missing_keyset
from core.postgresql.locks import OPERATOR_LOCK, lock_until_commit
from core.postgresql.reachability import connection_error
from portal import environment
from portal.allauth_internals import password_reset_path
from portal.server import preflight
from projects.models import User

DEFAULT_EMAIL = "admin@example.com"


class Command(BaseCommand):
    help = "Create what is missing for a first start: keys, tables and the first operator."
    # One of them wants the keyset that this command creates; `handle` runs the others.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--email",
            help="of the first operator (default: DJANGO_SUPERUSER_EMAIL, else admin@example.com)",
        )
        parser.add_argument(
            "--wait",
            type=float,
            default=60,
            metavar="SECONDS",
            help="how long to wait for the database (default: 60)",
        )

    def handle(self, *args: Any, email: str | None, wait: float, **options: Any) -> None:
        email = email or environment.text("DJANGO_SUPERUSER_EMAIL", DEFAULT_EMAIL)
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is not an email address.") from None
        try:
            self.make_keyset(wait)
            preflight.refuse_wrong_settings()
            self.wait_for_database(wait)
            self.migrate()
        except KeysetError as error:
            raise CommandError(str(error)) from None
        operator, created = first_operator(email)
        self.welcome(operator, created=created)

    def make_keyset(self, wait: float) -> None:
        if not settings.MENKOU_KEYSET_FILE:
            raise CommandError("MENKOU_KEYSET_FILE is not set. Set it to the path of the key file.")
        path = Path(settings.MENKOU_KEYSET_FILE)
        if not path.exists():
            self.wait_for_database(wait)
            refuse_second_keyset(path)
        if create_missing_keyset(path):
            self.stdout.write(f"Created {path}. Keep a backup apart from the database backups.")
        else:
            self.stdout.write(f"{path} exists. It was not changed.")

    def wait_for_database(self, seconds: float) -> None:
        """Wait for a database that is starting, too; `migrate` reports one that is not there."""
        ends = time.monotonic() + seconds
        if not connection_error():
            return
        self.stdout.write("Waiting for the database.")
        self.stdout.flush()
        while connection_error() and time.monotonic() < ends:
            time.sleep(1)

    def migrate(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        check_keys()
        self.stdout.write("The database is migrated, and the keys belong to it.")

    def welcome(self, operator: User, *, created: bool) -> None:
        scheme = "https" if settings.SESSION_COOKIE_SECURE else "http"
        portal = f"{scheme}://{settings.MENKOU_PORTAL_HOST}"
        exists = "Created operator" if created else "The first operator is"
        self.stdout.write(f"{exists} {operator.email}.")
        if operator.has_usable_password():
            self.stdout.write(f"Sign in at {portal}/login")
            return
        self.stdout.write(
            f"Open this link to choose the password. It works once, within "
            f"{settings.PASSWORD_RESET_TIMEOUT // 86400} days; `init` prints a new one:\n"
            f"{portal}{password_reset_path(operator)}"
        )


@transaction.atomic
def first_operator(email: str) -> tuple[User, bool]:
    """Return an operator, and whether they were created now.

    Of two commands at the same moment, one creates them.
    Without DJANGO_SUPERUSER_PASSWORD they have no password yet. One who has a password goes before
    one who never chose theirs.
    """
    lock_until_commit(OPERATOR_LOCK)
    operators = User.objects.filter(project=None).order_by("created_at")
    able = (each for each in operators.iterator() if each.has_usable_password())
    if (known := next(able, None) or operators.first()) is not None:
        return known, False
    password = environment.text("DJANGO_SUPERUSER_PASSWORD") or None
    return User.objects.create_superuser(email, password), True
