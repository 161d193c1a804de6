"""The keys that seal secrets: a Tink keyset in a file that only we may read."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

OTHERS = 0o077
KEY_ID_PREFIX = 5  # one byte of version, four of key id


class KeysetError(Exception):
    """The keyset is missing, damaged, or not the one that sealed what is to be opened."""


@dataclass(frozen=True)
class Loaded:
    """A keyset as it was read: by each key something that seals with it and opens with all."""

    primary: int
    aeads: dict[int, Any]

    @property
    def ids(self) -> frozenset[int]:
        """The keys that can be used."""
        return frozenset(self.aeads)


def create_keyset(path: Path) -> None:
    """Write a new keyset with one AES256-GCM key, mode 600; never over an existing file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(new_keyset())


def new_keyset() -> str:
    """Return the text of a keyset with one new AES256-GCM key."""
    tink = _tink()
    handle = tink.new_keyset_handle(tink.aead.aead_key_templates.AES256_GCM)
    text: str = tink.json_proto_keyset_format.serialize(handle, tink.secret_key_access.TOKEN)
    return text


class Keyring:
    """The keyset in force; it reads the file again when it meets a key that it does not know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None
        self._path = ""

    def seal(self, plaintext: bytes, context: bytes, *, under: int = 0) -> tuple[bytes, int]:
        """Return the ciphertext, bound to the context, and the id of its key.

        That is the key asked for, else the file's primary; raises KeysetError without it.
        """
        key_id = under or self.loaded().primary
        loaded = self.knowing(key_id)
        if key_id not in loaded.ids:
            raise KeysetError(
                f"The keyset in {self._path} has no key {key_id}, which seals new secrets. "
                "Copy the file from the machine where that key was added."
            )
        return loaded.aeads[key_id].encrypt(plaintext, context), key_id

    def open(self, ciphertext: bytes, context: bytes) -> bytes:
        """Return the plaintext; raises KeysetError for a foreign key, context or ciphertext."""
        loaded = self.knowing(key_id_of(ciphertext))
        try:
            plaintext: bytes = loaded.aeads[loaded.primary].decrypt(ciphertext, context)
        except _tink().TinkError:
            raise KeysetError("A secret does not open with the present keyset.") from None
        return plaintext

    def knowing(self, key_id: int) -> Loaded:
        """Return the keyset, read again where this key is not in it as far as we know."""
        loaded = self.loaded()
        return loaded if key_id in loaded.ids else self.loaded(again=True)

    def loaded(self, *, again: bool = False) -> Loaded:
        """Return the keyset, read once; raises KeysetError where there is none that works."""
        with self._lock:
            path = settings.MENKOU_KEYSET_FILE
            if self._loaded is None or again or self._path != path:
                self._loaded = _read(path)
                self._path = path
            return self._loaded


def key_id_of(ciphertext: bytes) -> int:
    """Return the id of the key that sealed this, as Tink writes it in front."""
    return int.from_bytes(ciphertext[1:KEY_ID_PREFIX], "big")


def _read(name: str) -> Loaded:
    if not name:
        raise KeysetError("MENKOU_KEYSET_FILE is not set; it names the file with the keys.")
    return parsed(text_of(Path(name)))


def text_of(path: Path) -> str:
    """Return the file's text; raises KeysetError where it is missing or open to others."""
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except OSError as error:
        raise KeysetError(f"The keyset cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise KeysetError("The keyset file holds no usable keyset.") from None
    if mode & OTHERS and settings.MENKOU_ENV == "production":
        raise KeysetError("The keyset can be read by others; its mode must be 600.")
    return text


def parsed(text: str) -> Loaded:
    """Return the keyset that the text says; raises KeysetError without a word of the text."""
    try:
        document = json.loads(text)
        enabled = [key["keyId"] for key in document["key"] if key["status"] == "ENABLED"]
        aeads = {key_id: _aead({**document, "primaryKeyId": key_id}) for key_id in enabled}
        primary = document["primaryKeyId"]
        if primary in aeads:
            return Loaded(primary, aeads)
    except (_tink().TinkError, ValueError, KeyError, TypeError):
        pass  # The library's own words may quote the file.
    raise KeysetError("The keyset file holds no usable keyset.") from None


def _aead(document: dict[str, Any]) -> Any:
    tink = _tink()
    handle = tink.json_proto_keyset_format.parse(json.dumps(document), tink.secret_key_access.TOKEN)
    return handle.primitive(tink.aead.Aead)


@cache
def _tink() -> Any:
    # Imported when a secret is first touched: most commands never do, and it costs 17 MB.
    tink = import_module("tink")
    import_module("tink.secret_key_access")
    import_module("tink.aead").register()
    return tink


keyring = Keyring()
