"""Are the static files where the server takes them from?"""

from __future__ import annotations

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage

from portal.places import INSTALLED


def uncollected() -> set[str]:
    """Return the static files without which pages would fail, since nobody has collected them.

    A clone serves its own as they lie; in production settings it is only rehearsed.
    """
    storage = staticfiles_storage
    if not INSTALLED or not isinstance(storage, ManifestStaticFilesStorage):
        return set()
    wanted = {path for finder in get_finders() for path, _storage in finder.list([])}
    return wanted - set(storage.hashed_files)
