"""Compiles translation catalogues with Babel, without GNU gettext."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "LC_MESSAGES/django.po"
NO_DATE = datetime.fromtimestamp(0, UTC)


def compile_catalogues(locale: Path) -> None:
    """Write a .mo file beside every .po file."""
    for path in sorted(locale.glob(f"*/{DOMAIN}")):
        compiled = io.BytesIO()
        catalogue = read_catalogue(path, path.parents[1].name)
        # Babel would write the time of now into the file, so that no build could be repeated.
        catalogue.creation_date = catalogue.revision_date = NO_DATE
        write_mo(compiled, catalogue)
        path.with_suffix(".mo").write_bytes(compiled.getvalue())


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return the catalogue of a language; an empty one if there is no file."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)
