"""Updates and checks the translation catalogues."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from portal.devtools.folders import ROOT
from portal.devtools.translations.compiling import DOMAIN, read_catalogue
from portal.devtools.translations.extraction import Text, find_texts

LOCALE = ROOT / "locale"

# Headers that change without any change of a text.
RESTLESS_HEADERS = (
    b'"POT-Creation-Date:',
    b'"PO-Revision-Date:',
    b'"Last-Translator:',
    b'"Language-Team:',
    b'"Generated-By:',
    b'"Project-Id-Version:',
    b'"Report-Msgid-Bugs-To:',
)


def update_catalogues(root: Path = ROOT) -> None:
    """Add new texts, drop unused ones, and keep all translations."""
    found = list(find_texts(root))
    for language in languages():
        path = _path(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(_updated(read_catalogue(path, language), found)))


def problems(root: Path = ROOT) -> list[str]:
    """Return a message for each problem of the catalogues."""
    found = list(find_texts(root))
    return [
        f"{language}: {problem}"
        for language in languages()
        for problem in _problems(_path(root, language), language, found)
    ]


def languages() -> list[str]:
    """Return the languages that somebody translates into: each has a folder."""
    return sorted(each.name for each in LOCALE.iterdir() if each.is_dir())


def _path(root: Path, language: str) -> Path:
    return root / "locale" / language / DOMAIN


def _updated(known: Catalog, found: list[Text]) -> Catalog:
    catalog = Catalog(locale=known.locale, header_comment="# Menkou's translations.", fuzzy=False)
    for text in found:
        old = known.get(text.id if isinstance(text.id, str) else text.id[0], text.context)
        catalog.add(
            text.id,
            string=old.string if old and old.id == text.id else "",
            context=text.context,
            locations=[(text.file, 0)],
            flags=old.flags & {"fuzzy"} if old else (),
            auto_comments=text.comments,
            user_comments=old.user_comments if old else (),
        )
    return catalog


def _written(catalog: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalog, width=100, include_lineno=False)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(RESTLESS_HEADERS))


def _problems(path: Path, language: str, found: list[Text]) -> Iterator[str]:
    known = read_catalogue(path, language)
    wanted = _updated(known, found)
    yield from (f"missing: {name!r}" for name in sorted(_names(wanted) - _names(known)))
    yield from (f"no longer used: {name!r}" for name in sorted(_names(known) - _names(wanted)))
    for message in known:
        if message.id:
            yield from _message_problems(message, known)
    if path.exists() and path.read_bytes() != _written(wanted):
        yield "not as `make messages` writes it"


def _message_problems(message: Message, catalog: Catalog) -> Iterator[str]:
    name = _name(message)
    translations = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(translations):
        yield f"not translated: {name!r}"
    elif message.fuzzy:
        yield f"to be looked at (fuzzy): {name!r}"
    for error in message.check(catalog):
        yield f"{error}: {name!r}"


def _names(catalog: Catalog) -> set[str]:
    return {_name(message) for message in catalog if message.id}


def _name(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else " / ".join(message.id)
    return f"{message.context}: {text}" if message.context else text
