"""Are the static files where the server takes them from?"""

from __future__ import annotations

import sys

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage


def uncollected() -> set[str]:
    """Return the static files without which pages would fail, since nobody has collected them."""
    storage = staticfiles_storage
    if not isinstance(storage, ManifestStaticFilesStorage):
        return set()
    wanted = {path for finder in get_finders() for path, _storage in finder.list([])}
    return wanted - set(storage.hashed_files)


def refuse_uncollected() -> None:
    """End the process with a sentence where pages would lack a style or a script."""
    if missing := uncollected():
        sys.exit(
            f"Menkou does not start: {len(missing)} static files were not collected; "
            "run collectstatic, with the settings of the server."
        )
