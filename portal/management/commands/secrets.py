"""The keys that seal secrets: made once, and turned without an outage; see docs/keys.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError
from django.db import connection as database

from connections import rotation
from connections.keyset import KeysetError, create_keyset
from connections.models import KeyCanary, StoredSecret
from connections.rotation import Key
from connections.secrets import check_keys

OPENS = "The keyset opens this database's secrets."
ACTIONS = {
    "init": "make the first key, in a new file",
    "add-key": "add a key that seals nothing yet",
    "promote": "let a key, the newest unless one is named, seal from now on",
    "rewrap": "seal again what older keys have sealed; may be stopped and repeated",
    "drop-key": "remove a key that nothing needs any more",
    "status": "say which keys there are, and how many secrets each has sealed",
}


class Command(BaseCommand):
    help = "Make, turn and look at the keys that seal secrets. No key or secret is ever printed."
    # One of them wants the keyset that this command makes, and all that matters is looked at below.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        added = {name: actions.add_parser(name, help=text) for name, text in ACTIONS.items()}
        added["promote"].add_argument("key", type=int, nargs="?", help="the id that status tells")
        added["drop-key"].add_argument("key", type=int, help="the id that status tells")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if not settings.MENKOU_KEYSET_FILE:
            raise CommandError("MENKOU_KEYSET_FILE is not set; it names the file with the keys.")
        path = Path(settings.MENKOU_KEYSET_FILE)
        does: dict[str, Callable[[], None]] = {
            "init": lambda: self.init(path),
            "add-key": lambda: self.add_key(path),
            "promote": lambda: self.promote(path, options["key"]),
            "rewrap": self.rewrap,
            "drop-key": lambda: self.drop_key(path, options["key"]),
            "status": lambda: self.status(path),
        }
        try:
            if action != "init" and not self.has_tables():
                raise CommandError("The database has no tables yet; run migrate first.")
            does[action]()
        except KeysetError as error:
            raise CommandError(str(error)) from None
        except OperationalError:
            raise  # whoever called says why the database is not there
        except DatabaseError as error:
            raise CommandError(f"The database said: {error}") from None

    def init(self, path: Path) -> None:
        try:
            create_keyset(path)
        except FileExistsError:
            raise CommandError(f"{path} exists already; it was left as it is.") from None
        self.stdout.write(f"A new keyset is in {path}. Keep a copy apart from the database's.")
        if not self.has_tables():
            self.stdout.write("The database has no tables yet; run migrate next.")
            return
        check_keys()
        self.stdout.write(OPENS)

    def has_tables(self) -> bool:
        return KeyCanary._meta.db_table in database.introspection.table_names()

    def add_key(self, path: Path) -> None:
        key_id = rotation.add_key(path)
        self.stdout.write(f"Key {key_id} is in {path}, and seals nothing yet.")
        self.stdout.write("Copy the file to every machine that has one, then promote the key.")

    def promote(self, path: Path, key_id: int | None) -> None:
        promoted, new = rotation.promote(path, key_id)
        if not new:
            self.stdout.write(f"Key {promoted} seals already; nothing was changed.")
            return
        self.stdout.write(f"Key {promoted} seals from now on.")
        self.stdout.write("Rewrap what older keys have sealed.")

    def rewrap(self) -> None:
        check_keys()
        total, done = rotation.left(), 0
        lost: list[StoredSecret | Authenticator] = []
        try:
            for step in rotation.rewrap():
                done, lost = done + step.done, [*lost, *step.lost]
                self.stdout.write(f"{done:,} of {total:,}")
                self.stdout.flush()
        except KeyboardInterrupt:
            raise CommandError(f"Stopped after {done:,}; repeat it.", returncode=130) from None
        self.tell_lost(lost)
        left, count = rotation.left(), rotation.usage().total()
        if left:
            raise CommandError(f"Not yet under the new key: {left:,} of {count:,}.")
        self.stdout.write(f"Every secret ({count:,}) is under key {rotation.canary_key()}.")

    def tell_lost(self, lost: list[StoredSecret | Authenticator]) -> None:
        for secret in lost:
            if isinstance(secret, Authenticator):
                self.stderr.write(
                    f"{secret.type} of {secret.user.email} does not open; "
                    f"`manage.py mfa reset {secret.user.email}`, then repeat this."
                )
                continue
            self.stderr.write(
                f"{secret.field} of connection {secret.connection_id} does not open; "
                "replace it in the portal, then repeat this."
            )

    def drop_key(self, path: Path, key_id: int) -> None:
        rotation.drop_key(path, key_id)
        self.stdout.write(f"Key {key_id} is no longer in {path}.")
        self.stdout.write(
            "Copy the file to every machine that has one. Backups of the database from before the "
            "rotation need the keyset from before as well."
        )

    def status(self, path: Path) -> None:
        keys = rotation.keys(path)
        self.stdout.write(f"{'key':>10}  {'secrets':>9}  state")
        for key in keys:
            self.stdout.write(f"{key.id:>10}  {key.secrets:>9,}  {state_of(key)}")
        check_keys()
        self.stdout.write("The canary opens.")
        absent = sum(key.secrets for key in keys if not key.present)
        if absent:
            raise CommandError(f"{path} lacks the keys of {absent:,} of the secrets.")
        self.stdout.write(OPENS)


def state_of(key: Key) -> str:
    if not key.present:
        return "not in this file"
    return "seals new secrets" if key.seals else "opens only"
