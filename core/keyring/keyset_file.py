"""Changes to the keyset file. Each one is atomic."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from core.keyring.keyset import KeysetError, new_keyset, parse_keyset, read_keyset_text

Document = dict[str, Any]


def key_ids(path: Path) -> list[int]:
    """Return the ids of the usable keys, the newest last; raises KeysetError."""
    return list(parse_keyset(read_keyset_text(path)).aeads)


def primary_key_id(path: Path) -> int:
    """Return the key that the file names as primary; raises KeysetError."""
    return parse_keyset(read_keyset_text(path)).primary


def add_key(path: Path) -> int:
    """Add a new key that seals nothing yet; return its id."""
    document = read_document(path)
    known = {key["keyId"] for key in document["key"]}
    added = json.loads(new_keyset())["key"][0]
    while added["keyId"] in known:  # 32 random bits
        added = json.loads(new_keyset())["key"][0]
    replace_file(path, {**document, "key": [*document["key"], added]})
    key_id: int = added["keyId"]
    return key_id


def set_primary(path: Path, key_id: int) -> None:
    """Let the file name this key as primary."""
    replace_file(path, {**read_document(path), "primaryKeyId": key_id})


def remove_key(path: Path, key_id: int, *, primary: int) -> None:
    """Take the key out of the file, which names another one as primary."""
    document = read_document(path)
    left = [key for key in document["key"] if key["keyId"] != key_id]
    replace_file(path, {**document, "key": left, "primaryKeyId": primary})


def read_document(path: Path) -> Document:
    text = read_keyset_text(path)
    parse_keyset(text)
    document: Document = json.loads(text)
    return document


def replace_file(path: Path, document: Document) -> None:
    """Replace the file atomically; readers see the old or the new document.

    This holds after a power cut as well. The file keeps its owner and mode.
    """
    text = json.dumps(document)
    parse_keyset(text)
    real = path.resolve()  # A link stays a link.
    beside = real.with_name(f"{real.name}.new")
    try:
        beside.unlink(missing_ok=True)  # left by an earlier attempt that was killed
        write_with_owner_and_mode(real, beside, text)
        os.replace(beside, real)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise KeysetError(
            f"{path} cannot be replaced: {error.strerror}. Nothing was changed. Run this as the "
            "file's owner, who needs write access to the folder."
        ) from None
    fsync_folder(real.parent)


def write_with_owner_and_mode(model: Path, path: Path, text: str) -> None:
    """Write a new file with the owner and the mode of another."""
    model_stat = model.stat()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchown(descriptor, model_stat.st_uid, model_stat.st_gid)
        os.fchmod(descriptor, model_stat.st_mode & 0o7777)
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
