"""Checks that static files were collected."""

from __future__ import annotations

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage

from portal.paths import INSTALLED


def find_uncollected_files() -> set[str]:
    """Return the static files that were not collected.

    Only for installations: a clone serves its files directly.
    """
    storage = staticfiles_storage
    if not INSTALLED or not isinstance(storage, ManifestStaticFilesStorage):
        return set()
    wanted = {path for finder in get_finders() for path, _storage in finder.list([])}
    return wanted - set(storage.hashed_files)
