"""Creates the files of generated secrets that an installation names but does not have yet."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from core.new_file import create_file

# The setting, and the mode of its file. PostgreSQL reads its password too, by its group.
GENERATED = {"SECRET_KEY": 0o600, "DATABASE_PASSWORD": 0o640}


class CannotCreate(Exception):
    """A file cannot be created; the message says which, and why."""


def create_missing_files() -> Iterator[str]:
    """Create each file that NAME_FILE names and that does not exist; yield what was done.

    Existing files are never changed. Raises CannotCreate.
    """
    for name, mode in GENERATED.items():
        path = os.environ.get(f"{name}_FILE", "")
        if not path:
            continue
        try:
            created = create_file(Path(path), secrets.token_urlsafe(50), mode)
        except OSError as error:
            raise CannotCreate(
                f"{name}_FILE ({path}) cannot be created: {error.strerror}. Give this user write "
                "access to its folder."
            ) from None
        yield f"Created {path}." if created else f"{path} exists. It was not changed."
