"""URLs and JSON from providers and browsers: the size and the characters are checked first.

`urlsplit` normalises a host that is not ASCII (NFKC), which takes seconds for a long one, and
Python's JSON reader takes numbers and nesting that later code cannot handle.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 500
LONGEST_HOST = 253
# Printable ASCII without the characters that browsers and Python read differently: " < > \
URL = re.compile(r"[!#-;=?-\[\]-~]+")
SCHEMES = ("https://", "http://")

# RFC 8259, section 8.1, allows to ignore it.
BYTE_ORDER_MARK = "\ufeff"
DEEPEST = 32
MOST_VALUES = 20_000
# Digits; so many still fit a float.
LONGEST_NUMBER = 300


class BadInput(ValueError):
    """A text is not a usable URL or JSON document; the message quotes nothing of it."""


def split_url(value: object, *, longest: int = LONGEST_URL) -> SplitResult:
    """Return the parts of an http or https URL; raises BadInput."""
    if not isinstance(value, str) or len(value) > longest or not URL.fullmatch(value):
        raise BadInput("characters")
    if not value[:8].lower().startswith(SCHEMES):
        raise BadInput("scheme")
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise BadInput("host") from None
    if not usable or len(parts.hostname or "") > LONGEST_HOST:
        raise BadInput("host")
    return parts


def lower_case_origin(url: str) -> str:
    """Return an http or https URL with scheme and host in lower case; raises BadInput."""
    parts = split_url(url)
    user, at, host = parts.netloc.rpartition("@")
    start = f"{parts.scheme}://{user}{at}{host.lower()}"
    return start + url[len(start) :]


def load_json(document: str | bytes, *, strict: bool = True) -> Any:
    """Return the value of a JSON document in UTF-8; raises BadInput.

    Of two members with one name the last counts, as RFC 8259 and RFC 7519 allow. If not strict,
    strings may contain control characters.
    """
    try:
        text = document.decode("utf-8") if isinstance(document, bytes) else document
        value = json.loads(
            text.removeprefix(BYTE_ORDER_MARK),
            strict=strict,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise BadInput("JSON") from None
    _refuse_large(value)
    return value


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise BadInput("number")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits) if len(digits) <= LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        raise BadInput("number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput("number")


def _refuse_large(value: Any) -> None:
    """Raise BadInput for a value that is nested too deeply or holds too many others."""
    level, seen = [value], 1
    for _depth in range(DEEPEST):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return
        seen += len(inner)
        if seen > MOST_VALUES:
            raise BadInput("too many values")
        level = inner
    raise BadInput("too deep")
