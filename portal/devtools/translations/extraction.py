"""Extracts translatable texts from Python code and templates."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

PACKAGES = ("applications", "connections", "core", "portal", "projects", "signin")
TEMPLATES = "templates"
LOCALE = "locale"

FOR_TRANSLATORS = ("Translators:",)

# The positions of the texts in each function's arguments; "c" marks the context.
ONE = None
PLURAL = (1, 2)
IN_CONTEXT = ((1, "c"), 2)
PLURAL_IN_CONTEXT = ((1, "c"), 2, 3)
FUNCTIONS = {
    "_": ONE,
    "gettext": ONE,
    "gettext_lazy": ONE,
    "gettext_noop": ONE,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": IN_CONTEXT,
    "pgettext_lazy": IN_CONTEXT,
    "npgettext": PLURAL_IN_CONTEXT,
    "npgettext_lazy": PLURAL_IN_CONTEXT,
}

_BLANKS_BUT_NEWLINES = re.compile(r"[^\S\n ]")


@dataclass(frozen=True)
class Text:
    """A text in a file; singular and plural if it has a count."""

    id: str | tuple[str, ...]
    context: str | None
    comments: tuple[str, ...]
    file: str


def find_texts(root: Path) -> Iterator[Text]:
    """Yield all texts of the clone, in the order of files and lines."""
    for path in _sources(root):
        source = path.read_text(encoding="utf-8")
        python = source if path.suffix == ".py" else template_as_python(source)
        yield from extract_texts(python, file=path.relative_to(root).as_posix())


def extract_texts(python: str, *, file: str) -> Iterator[Text]:
    """Yield the texts that Python code passes to gettext functions."""
    lines = io.BytesIO(python.encode())
    for _, found, comments, context in extract(
        "python", lines, keywords=FUNCTIONS, comment_tags=FOR_TRANSLATORS
    ):
        yield Text(found, context, tuple(comments), file)


def template_as_python(template: str) -> str:
    """Convert a template to Python code that contains only the calls of gettext.

    Django replaces everything else by letters but keeps the layout. Brackets around all of it make
    indentation meaningless, and spaces that Python does not know become plain ones.
    """
    plain = _BLANKS_BUT_NEWLINES.sub(" ", templatize(template))
    return f"({plain}\n)"


def _sources(root: Path) -> list[Path]:
    code = [path for package in PACKAGES for path in (root / package).rglob("*.py")]
    folders = (TEMPLATES, *PACKAGES)
    markup = [path for folder in folders for path in (root / folder).rglob("*.html")]
    mails = [path for folder in folders for path in (root / folder).rglob("*.txt")]
    return sorted([*code, *markup, *mails])
