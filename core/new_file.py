"""Creates files whole or not at all, and replaces none."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def create_file(path: Path, text: str, mode: int) -> bool:
    """Create the file with this content, and its folder; return False if it exists.

    The file that is written first has a random name: one that a killed process has left must not be
    in the way, and in a container every process has the same id.
    """
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, mode)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        # Unlike a rename, it replaces nothing that was created meanwhile.
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    return True
