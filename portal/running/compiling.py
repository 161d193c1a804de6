"""Catalogues of translations in the form that Django reads; needs nothing but Babel."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "LC_MESSAGES/django.po"


def compile_catalogues(locale: Path) -> None:
    """Write beside every catalogue the form that Django reads."""
    for path in sorted(locale.glob(f"*/{DOMAIN}")):
        compiled = io.BytesIO()
        write_mo(compiled, read_catalogue(path, path.parents[1].name))
        path.with_suffix(".mo").write_bytes(compiled.getvalue())


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return what translators have written for the language; nothing where there is no file."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)
