"""Cleans text from outside, and joins texts in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile

from django.utils.functional import Promise
from django.utils.translation import pgettext

# More combining marks in a row than any language has: the limit of the Stream-Safe Text Format,
# https://unicode.org/reports/tr15/#Stream_Safe_Text_Format
MOST_MARKS = 30

# The longest secret that a form takes.
LONGEST_SECRET = 8000

# Only this many characters are read.
LONGEST_READ = 1000


def clean_pasted(value: str) -> str:
    """Return the text in NFKC, without invisible characters and surrounding spaces."""
    text = normalize_text(value)
    # Each character is looked up once: a pasted key or certificate has thousands of a few dozen.
    hidden = {ord(each): None for each in set(text) if unicodedata.category(each) in {"Cf", "Cc"}}
    return text.translate(hidden).strip()


def without_spaces(value: str) -> str:
    """Return the text without spaces, to search it for a secret that was pasted in pieces.

    A text longer than any secret is not normalised: NFKC can expand a letter to 18.
    """
    text = clean_pasted(value) if len(value) <= LONGEST_SECRET else value
    return "".join(text.split())


def normalize_text(value: str) -> str:
    """Return the text in NFKC, in time proportional to its length.

    Normalisation sorts each run of combining marks, and a long run takes quadratic time.
    """
    if value.isascii():
        return value
    return unicodedata.normalize("NFKC", limit_combining_marks(value))


def limit_combining_marks(value: str) -> str:
    """Return the text without the combining marks that follow MOST_MARKS others."""
    fit = []
    run = 0
    for character in value:
        leading, trailing, is_all_marks = count_marks(character)
        if leading and run + leading > MOST_MARKS:
            continue
        fit.append(character)
        run = run + leading if is_all_marks else trailing
    return "".join(fit)


@lru_cache(maxsize=4096)
def count_marks(character: str) -> tuple[int, int, bool]:
    """Return how many marks the decomposed character begins and ends with, and if it has no other.

    Some characters that are no marks decompose into nothing but marks, such as U+0F73.
    """
    classes = [*map(unicodedata.combining, unicodedata.normalize("NFKD", character))]
    leading = len([*takewhile(bool, classes)])
    trailing = len([*takewhile(bool, reversed(classes))])
    return leading, trailing, leading == len(classes)


def is_storable(value: str) -> bool:
    """Whether PostgreSQL takes the text: without NUL and halves of surrogate pairs."""
    return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)


def display_name(value: object, *, longest: int = 64) -> str:
    """Return a name to show on a page: one line, no control or direction marks, truncated.

    Only the beginning of a very long text is read.
    """
    if not isinstance(value, str):
        return ""
    value = value[: 10 * longest]
    visible = "".join(
        character
        # The joiner holds emoji such as families together.
        if character == "\u200d" or unicodedata.category(character) not in {"Cf", "Cc", "Cs", "Co"}
        else " "
        for character in value[:LONGEST_READ]
    )
    return " ".join(visible.split())[:longest]


def printable_code(value: str, *, longest: int = 40) -> str:
    """Return the letters, digits and `_-.:` of a code from outside, truncated."""
    read = value[:LONGEST_READ]
    return "".join(c for c in read if c.isascii() and (c.isalnum() or c in "_-.:"))[:longest]


def join_names(names: Iterable[str | Promise]) -> str:
    """Return names in a row, with commas as the reader's language writes them."""
    return pgettext("between names", ", ").join(map(str, names))


def join_sentences(sentences: Iterable[str | Promise]) -> str:
    """Return sentences in one line; after a Chinese full stop there is no space."""
    line = ""
    for sentence in filter(None, map(str, sentences)):
        space = "" if not line or line.endswith(("。", "！", "？")) else " "
        line = f"{line}{space}{sentence}"
    return line
