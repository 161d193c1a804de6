"""A known plaintext, sealed in the database, to verify that the keyset is the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import BinaryField
from django.db.models.functions import Substr

from core.keyring.keyset import KEY_PREFIX_BYTES, DecryptionFailed, KeysetError, keyring
from core.keyring.models import KeyCanary

CANARY = b"the keys are right"
CANARY_CONTEXT = b"menkou:v1|canary"
# The id of the key that sealed a row, read from its ciphertext.
SEALER = Substr("ciphertext", 2, KEY_PREFIX_BYTES - 1, output_field=BinaryField())


def sealing_key() -> int:
    """Return the id of the key that seals, 0 if there is none yet; locked until commit.

    It is stored with the canary, so that all machines switch at once, whichever copy of the file
    they have, and no key is dropped while it is being used.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT key_id FROM keyring_keycanary FOR SHARE")
        row = cursor.fetchone()
    return row[0] if row else 0


@transaction.atomic
def check_or_create_canary(*, secrets_exist: Callable[[], bool]) -> None:
    """Open the canary; create it if nothing has been sealed yet. Raises KeysetError.

    The row is locked until the transaction ends.
    """
    if KeyCanary.objects.select_for_update().exists():
        check_canary()
        return
    if secrets_exist():
        raise KeysetError("The database has secrets but no key canary. Restore the whole database.")
    ciphertext, key_id = keyring.seal(CANARY, CANARY_CONTEXT)
    KeyCanary.objects.get_or_create(pk=1, defaults={"ciphertext": ciphertext, "key_id": key_id})


def refuse_second_keyset(path: Path) -> None:
    """Raise KeysetError if the keyset of a database with secrets is missing.

    A new one would not open them, and could be taken for the lost one. Needs the database.
    """
    if path.exists() or KeyCanary._meta.db_table not in database.introspection.table_names():
        return
    if KeyCanary.objects.exists():
        raise KeysetError(
            f"{path} does not exist, but the database has secrets that were encrypted with its "
            "keys. Restore the file from its backup, or correct MENKOU_KEYSET_FILE. If the file is "
            "lost, see “When the keyset is lost” in docs/keys.md. Nothing was created."
        )


def check_canary(using: Callable[[bytes, bytes], bytes] = keyring.open) -> None:
    """Check that the canary opens; raises KeysetError."""
    canary = KeyCanary.objects.first()
    if canary is None:
        raise KeysetError(
            "The database has no key canary yet. The server creates it when it starts."
        )
    try:
        opened = using(bytes(canary.ciphertext), CANARY_CONTEXT)
    except DecryptionFailed as error:
        raise KeysetError(
            f"{error} The keyset in {settings.MENKOU_KEYSET_FILE} does not belong to "
            "this database's secrets. Restore the correct file. Nothing was changed."
        ) from None
    except KeysetError as error:
        raise KeysetError(f"{error} The file is {settings.MENKOU_KEYSET_FILE}.") from None
    if opened != CANARY:
        raise KeysetError("The key canary has an unexpected value.")
