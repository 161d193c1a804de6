"""Files that only their owner can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 600 atomically."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)


def read_or_create_private(path: Path, invent: Callable[[], str]) -> str:
    """Return the secret in the file; generate it if the file does not exist."""
    if not path.exists():
        write_private(path, invent())
    return path.read_text(encoding="utf-8")
