"""Changes to the file of keys: each replaces it whole, or leaves it as it was."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from connections.keyset import KeysetError, new_keyset, parsed, text_of

Document = dict[str, Any]


def key_ids(path: Path) -> list[int]:
    """Return the keys that can be used, the newest last; raises KeysetError."""
    return list(parsed(text_of(path)).aeads)


def primary_of(path: Path) -> int:
    """Return the key that the file names as primary; raises KeysetError."""
    return parsed(text_of(path)).primary


def add_key(path: Path) -> int:
    """Add a new key that seals nothing yet; return its id."""
    document = read(path)
    known = {key["keyId"] for key in document["key"]}
    added = json.loads(new_keyset())["key"][0]
    while added["keyId"] in known:  # 32 random bits
        added = json.loads(new_keyset())["key"][0]
    replace(path, {**document, "key": [*document["key"], added]})
    key_id: int = added["keyId"]
    return key_id


def set_primary(path: Path, key_id: int) -> None:
    """Let the file name this key as primary."""
    replace(path, {**read(path), "primaryKeyId": key_id})


def remove_key(path: Path, key_id: int, *, primary: int) -> None:
    """Take the key out of the file, which names another one as primary."""
    document = read(path)
    left = [key for key in document["key"] if key["keyId"] != key_id]
    replace(path, {**document, "key": left, "primaryKeyId": primary})


def read(path: Path) -> Document:
    text = text_of(path)
    parsed(text)
    document: Document = json.loads(text)
    return document


def replace(path: Path, document: Document) -> None:
    """Put the document in the file's place; whoever reads meanwhile finds the old or the new one.

    The file keeps its owner and mode, and after a power cut it is one of the two as well.
    """
    text = json.dumps(document)
    parsed(text)
    real = path.resolve()  # A link stays a link.
    beside = real.with_name(f"{real.name}.new")
    try:
        beside.unlink(missing_ok=True)  # An earlier try may have been killed.
        write_like(real, beside, text)
        os.replace(beside, real)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise KeysetError(
            f"{path} cannot be replaced: {error.strerror}. Nothing was changed; do it as the "
            "file's owner, in a folder where that one may write."
        ) from None
    synchronise(real.parent)


def write_like(model: Path, path: Path, text: str) -> None:
    """Write a new file with the owner and the mode of another."""
    kept = model.stat()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchown(descriptor, kept.st_uid, kept.st_gid)
        os.fchmod(descriptor, kept.st_mode & 0o7777)
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
