"""Compiles translation catalogues with Babel, without GNU gettext."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "LC_MESSAGES/django.po"


def compile_catalogues(locale: Path) -> None:
    """Write a .mo file beside every .po file."""
    for path in sorted(locale.glob(f"*/{DOMAIN}")):
        compiled = io.BytesIO()
        write_mo(compiled, read_catalogue(path, path.parents[1].name))
        path.with_suffix(".mo").write_bytes(compiled.getvalue())


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return the catalogue of a language; an empty one if there is no file."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)
