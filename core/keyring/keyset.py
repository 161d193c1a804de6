"""The keys that seal secrets: a Tink keyset in a file that only the server may read."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from core.new_file import create_file

GROUP_AND_OTHERS = 0o077
# A keyset of a thousand keys is a third as long.
MAX_FILE_BYTES = 1024 * 1024
UNUSABLE = "The key file contains no usable keyset."
KEY_PREFIX_BYTES = 5  # one byte of version, four of key id

FileStamp = tuple[str | int, ...]


class KeysetError(Exception):
    """The keyset is missing, damaged, or not the one that sealed what is to be opened."""


class DecryptionFailed(KeysetError):
    """The keyset has no key that decrypts the ciphertext."""


@dataclass(frozen=True)
class LoadedKeyset:
    """A parsed keyset. Each AEAD encrypts with its own key and decrypts with all of them."""

    primary: int
    aeads: dict[int, Any]

    @property
    def ids(self) -> frozenset[int]:
        """The keys that can be used."""
        return frozenset(self.aeads)


def create_keyset(path: Path) -> None:
    """Write a new keyset with one AES256-GCM key, mode 600; raises FileExistsError."""
    if not create_file(path, new_keyset(), 0o600):
        raise FileExistsError(path)


def create_missing_keyset(path: Path) -> bool:
    """Create the keyset if there is no such file; return whether it was created.

    Raises KeysetError if it cannot be created.
    """
    try:
        return create_file(path, new_keyset(), 0o600)
    except OSError as error:
        raise KeysetError(
            f"{path} cannot be created: {error.strerror}. Give this user write access to its "
            "folder."
        ) from None


def new_keyset() -> str:
    """Return the text of a keyset with one new AES256-GCM key."""
    tink = _tink()
    handle = tink.new_keyset_handle(tink.aead.aead_key_templates.AES256_GCM)
    text: str = tink.json_proto_keyset_format.serialize(handle, tink.secret_key_access.TOKEN)
    return text


class Keyring:
    """The keyset in use; the file is read again when a ciphertext names an unknown key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: LoadedKeyset | None = None
        self._path: Path | None = None
        self._file_lock = threading.Lock()
        self._file_keyset: tuple[FileStamp, LoadedKeyset] | None = None

    def seal(self, plaintext: bytes, context: bytes, *, under: int = 0) -> tuple[bytes, int]:
        """Return the ciphertext, bound to the context, and the id of its key.

        Encrypts with the key `under`, by default the file's primary; raises KeysetError without it.
        """
        key_id = under or self.current_keyset().primary
        loaded = self.keyset_with_key(key_id)
        if key_id not in loaded.ids:
            raise KeysetError(
                f"The keyset in {self._path} has no key {key_id}, which encrypts new secrets. "
                "Copy the file from the machine where that key was added."
            )
        return loaded.aeads[key_id].encrypt(plaintext, context), key_id

    def open(self, ciphertext: bytes, context: bytes) -> bytes:
        """Return the plaintext; raises KeysetError for a foreign key, context or ciphertext."""
        return decrypt(self.keyset_with_key(read_key_id(ciphertext)), ciphertext, context)

    def open_with_file(self, ciphertext: bytes, context: bytes) -> bytes:
        """Return the plaintext if the file as it is now opens it; else raises KeysetError.

        A process that starts now has exactly these keys.
        """
        return decrypt(self.keyset_in_file(), ciphertext, context)

    def can_open(self, sealed: Sequence[tuple[bytes, bytes]]) -> list[bool]:
        """Return for each ciphertext, given with its context, whether it opens."""
        return [self._can_open(ciphertext, context) for ciphertext, context in sealed]

    def _can_open(self, ciphertext: bytes, context: bytes) -> bool:
        key_id = read_key_id(ciphertext)
        try:
            loaded = self.keyset_with_key(key_id)
            # Without this check the library would try every other key in vain.
            if key_id not in loaded.ids:
                return False
            decrypt(loaded, ciphertext, context)
        except KeysetError:
            return False
        return True

    def keyset_with_key(self, key_id: int) -> LoadedKeyset:
        """Return the keyset in force, or the file's where that alone has this key.

        A file without the key is ignored: it may belong to another installation.
        """
        loaded = self.current_keyset()
        if key_id in loaded.ids:
            return loaded
        in_file = self.keyset_in_file()
        if key_id not in in_file.ids:
            return loaded
        with self._lock:
            self._loaded = in_file
        return in_file

    def current_keyset(self) -> LoadedKeyset:
        """Return the keyset, read once; raises KeysetError where there is none that works."""
        with self._lock:
            path = keyset_path()
            if self._loaded is None or self._path != path:
                self._loaded = parse_keyset(read_keyset_text(path))
                self._path = path
            return self._loaded

    def keyset_in_file(self) -> LoadedKeyset:
        """Return the keyset of the file as it is now, read again where the file has changed."""
        with self._file_lock:
            path = keyset_path()
            mark = file_stamp(path)
            if self._file_keyset is None or self._file_keyset[0] != mark:
                self._file_keyset = mark, parse_keyset(read_keyset_text(path))
            return self._file_keyset[1]


def decrypt(loaded: LoadedKeyset, ciphertext: bytes, context: bytes) -> bytes:
    """Return the plaintext; raises KeysetError where these keys do not open it."""
    try:
        plaintext: bytes = loaded.aeads[loaded.primary].decrypt(ciphertext, context)
    except _tink().TinkError:
        raise DecryptionFailed("A secret cannot be decrypted with the current keyset.") from None
    return plaintext


def file_stamp(path: Path) -> FileStamp:
    """Return a value that changes with the file, its owner or its mode; raises KeysetError."""
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable_error(error) from None
    times = (found.st_mtime_ns, found.st_ctime_ns)
    return (str(path), found.st_dev, found.st_ino, found.st_size, *times)


def read_key_id(ciphertext: bytes) -> int:
    """Return the id of the key that sealed this, from Tink's prefix."""
    return int.from_bytes(ciphertext[1:KEY_PREFIX_BYTES], "big")


def keyset_path() -> Path:
    """Return the path of the keyset file; raises KeysetError if MENKOU_KEYSET_FILE is not set."""
    if not settings.MENKOU_KEYSET_FILE:
        raise KeysetError("MENKOU_KEYSET_FILE is not set. Set it to the path of the key file.")
    return Path(settings.MENKOU_KEYSET_FILE)


def unreadable_error(error: OSError) -> KeysetError:
    """Return the KeysetError for a file that cannot be read."""
    return KeysetError(f"The keyset cannot be read: {error.strerror}.")


def read_keyset_text(path: Path) -> str:
    """Return the file's text; raises KeysetError where it is missing or open to others."""
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE_BYTES:
                raise KeysetError(UNUSABLE)
            text = file.read(MAX_FILE_BYTES).decode()
    except OSError as error:
        raise unreadable_error(error) from None
    except UnicodeDecodeError:
        raise KeysetError(UNUSABLE) from None
    if found.st_mode & GROUP_AND_OTHERS and settings.MENKOU_ENV == "production":
        raise KeysetError("Other users can read the key file. Set its mode to 600.")
    return text


def parse_keyset(text: str) -> LoadedKeyset:
    """Parse a keyset; raises KeysetError, which quotes nothing of the text."""
    try:
        document = json.loads(text)
        enabled = [key["keyId"] for key in document["key"] if key["status"] == "ENABLED"]
        aeads = {key_id: _aead({**document, "primaryKeyId": key_id}) for key_id in enabled}
        primary = document["primaryKeyId"]
        if primary in aeads:
            return LoadedKeyset(primary, aeads)
    except (_tink().TinkError, ValueError, KeyError, TypeError, RecursionError):
        pass  # The library's messages may quote the file.
    raise KeysetError(UNUSABLE) from None


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
