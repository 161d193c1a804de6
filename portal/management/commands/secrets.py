"""``manage.py secrets``: create and rotate the keys that seal secrets; see docs/keys.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError
from django.db import connection as database

from connections import key_rotation
from connections.key_rotation import KeyStatus
from connections.secrets import check_keys
from core.keyring.canary import refuse_second_keyset
from core.keyring.keyset import KeysetError, create_keyset, create_missing_keyset
from core.keyring.models import KeyCanary
from core.keyring.sealed_rows import UnreadableRow

OPENS = "The keyset can decrypt this database's secrets."
ACTIONS = {
    "files": "create the missing files of SECRET_KEY, DATABASE_PASSWORD and the keys",
    "init": "create a new key file with a first key",
    "add-key": "add a key that is not used yet",
    "promote": "encrypt new secrets with this key (default: the newest)",
    "rewrap": "re-encrypt secrets that use older keys; can be stopped and run again",
    "drop-key": "remove a key that is no longer used",
    "status": "list the keys, and how many secrets each one encrypts",
}


class Command(BaseCommand):
    help = "Create, rotate and list the keys that encrypt secrets. Never prints a key or secret."
    # One of them wants the keyset that this command makes, and all that matters is looked at below.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        added = {name: actions.add_parser(name, help=text) for name, text in ACTIONS.items()}
        added["promote"].add_argument(
            "key", type=int, nargs="?", help="the key ID that `status` shows"
        )
        added["drop-key"].add_argument("key", type=int, help="the key ID that `status` shows")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if not settings.MENKOU_KEYSET_FILE:
            raise CommandError("MENKOU_KEYSET_FILE is not set. Set it to the path of the key file.")
        path = Path(settings.MENKOU_KEYSET_FILE)
        does: dict[str, Callable[[], None]] = {
            "files": lambda: self.files(path),
            "init": lambda: self.init(path),
            "add-key": lambda: self.add_key(path),
            "promote": lambda: self.promote(path, options["key"]),
            "rewrap": self.rewrap,
            "drop-key": lambda: self.drop_key(path, options["key"]),
            "status": lambda: self.status(path),
        }
        try:
            if action not in ("init", "files") and not self.has_tables():
                raise CommandError("The database has no tables yet. Run `migrate` first.")
            does[action]()
        except KeysetError as error:
            raise CommandError(str(error)) from None
        except OperationalError:
            raise  # portal/command.py reports why the database is away
        except DatabaseError as error:
            raise CommandError(f"Database error: {error}") from None

    def files(self, path: Path) -> None:
        """Create the keyset, before there is a database; portal/command.py creates the others."""
        created = create_missing_keyset(path)
        self.stdout.write(f"Created {path}." if created else f"{path} exists. It was not changed.")

    def init(self, path: Path) -> None:
        refuse_second_keyset(path)
        try:
            create_keyset(path)
        except FileExistsError:
            raise CommandError(f"{path} already exists. It was not changed.") from None
        self.stdout.write(
            f"Created a new keyset in {path}. Keep a backup apart from the database backups."
        )
        if not self.has_tables():
            self.stdout.write("The database has no tables yet. Run `migrate` next.")
            return
        check_keys()
        self.stdout.write(OPENS)

    def has_tables(self) -> bool:
        return KeyCanary._meta.db_table in database.introspection.table_names()

    def add_key(self, path: Path) -> None:
        key_id = key_rotation.add_key(path)
        self.stdout.write(f"Added key {key_id} to {path}. It is not used yet.")
        self.stdout.write("Copy the file to every server, then run `secrets promote`.")

    def promote(self, path: Path, key_id: int | None) -> None:
        promoted, new = key_rotation.promote_key(path, key_id)
        if not new:
            self.stdout.write(f"Key {promoted} already encrypts new secrets. Nothing was changed.")
            return
        self.stdout.write(f"Key {promoted} now encrypts new secrets.")
        self.stdout.write("Run `secrets rewrap` to re-encrypt existing secrets.")

    def rewrap(self) -> None:
        check_keys()
        total, done = key_rotation.count_outdated(), 0
        lost: list[UnreadableRow] = []
        try:
            for step in key_rotation.rewrap_secrets():
                done, lost = done + step.done, [*lost, *step.unreadable]
                self.stdout.write(f"{done:,} of {total:,}")
                self.stdout.flush()
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped after {done:,}. Run the command again to continue.", returncode=130
            ) from None
        self.report_unreadable(lost)
        left, count = key_rotation.count_outdated(), key_rotation.count_secrets_by_key().total()
        if left:
            raise CommandError(f"{left:,} of {count:,} secrets do not use the new key yet.")
        self.stdout.write(f"All secrets ({count:,}) use key {key_rotation.canary_key_id()}.")

    def report_unreadable(self, lost: list[UnreadableRow]) -> None:
        for each in lost:
            self.stderr.write(each.remedy)

    def drop_key(self, path: Path, key_id: int) -> None:
        key_rotation.drop_key(path, key_id)
        self.stdout.write(f"Removed key {key_id} from {path}.")
        self.stdout.write(
            "Copy the file to every server. Database backups from before the rotation still need "
            "the old key file."
        )

    def status(self, path: Path) -> None:
        keys = key_rotation.list_keys(path)
        self.stdout.write(f"{'key':>10}  {'secrets':>9}  state")
        for key in keys:
            self.stdout.write(f"{key.id:>10}  {key.secrets:>9,}  {state_of(key)}")
        check_keys()
        self.stdout.write("The key canary can be decrypted.")
        count = sum(key.secrets for key in keys)
        absent = sum(key.secrets for key in keys if not key.present)
        if absent:
            raise CommandError(f"{path} lacks the keys of {absent:,} of the secrets.")
        lost = list(key_rotation.find_unreadable())
        if lost:
            self.report_unreadable(lost)
            raise CommandError(f"Secrets that cannot be decrypted: {len(lost):,} of {count:,}.")
        self.stdout.write(OPENS)


def state_of(key: KeyStatus) -> str:
    if not key.present:
        return "not in this file"
    return "encrypts new secrets" if key.seals else "decrypts only"
