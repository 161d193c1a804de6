"""What comes from outside, made fit to keep: full-width letters, spaces, hidden characters."""

from __future__ import annotations

import unicodedata


def pasted(value: str) -> str:
    """Return the text with full-width characters turned and invisible ones and margins removed."""
    turned = unicodedata.normalize("NFKC", value)
    return "".join(
        character for character in turned if unicodedata.category(character) not in {"Cf", "Cc"}
    ).strip()


def display_name(value: object, *, longest: int = 64) -> str:
    """Return a name fit for a page: one line, no control or direction marks, cut to size."""
    if not isinstance(value, str):
        return ""
    visible = "".join(
        character
        # The joiner holds emoji such as families together.
        if character == "\u200d" or unicodedata.category(character) not in {"Cf", "Cc", "Cs", "Co"}
        else " "
        for character in value
    )
    return " ".join(visible.split())[:longest]


def printable(value: str) -> str:
    """Return what may be kept of a code that came from outside."""
    return "".join(c for c in value if c.isascii() and (c.isalnum() or c in "_-."))[:40]
