"""The folders of templates, translations and static files, in a clone or an installed wheel."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# setup.py puts the folders of a clone here.
_INSIDE = _PACKAGE / "files"
_CLONE = _PACKAGE.parent

INSTALLED = _INSIDE.is_dir()
FILES = _INSIDE if INSTALLED else _CLONE

# `menkou collectstatic` fills it. In an installation it belongs to the virtual environment, so that
# each release keeps its own files, and going back to one brings them back.
STATIC = Path(sys.prefix, "share/menkou/static") if INSTALLED else _CLONE / "var/static"
