"""Dates as administrators copy them from consoles, and the fields for expiry dates of secrets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.cleaning import Cleaned, clean_text
from connections.fields.field import Field, Kind
from core.untrusted import BadInput, load_json

MAX_LENGTH = 40
NOT_A_DATE = _("Enter the date as year, month and day, such as 2027-05-31.")
AMBIGUOUS = _(
    "This can be two different dates, because some countries write the month first. Enter it as "
    "year, month and day, such as 2027-05-31."
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A time may follow: consoles and certificates show it. It is not kept.
TIME = r"(?:[T ,]+[0-9]{1,2}:[0-9]{2}.*)?"
YEAR_FIRST = re.compile(
    r"([0-9]{4})\s?[-/.年]\s?([0-9]{1,2})\s?[-/.月]\s?([0-9]{1,2})\s?日?" + TIME
)
YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})" + TIME)
NAMED_MONTH = (
    re.compile(
        r"(?P<day>[0-9]{1,2})\.?[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>[0-9]{4})" + TIME
    ),
    re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})" + TIME),
)
EXPIRY_SUFFIX = "_expires_on"
TOKEN = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")


def clean_date(text: str, label: str) -> Cleaned:
    """Return the day that a text names as YYYY-MM-DD, or an error. The length must be checked."""
    cleaned = clean_text(text, label)
    value = cleaned.value
    if not value:
        return Cleaned("")
    parts = read_parts(value)
    if parts is None:
        return Cleaned(value, error=NOT_A_DATE)
    found = {each for each in map(make_date, parts) if each}
    if len(found) != 1:
        return Cleaned(value, error=AMBIGUOUS if found else NOT_A_DATE)
    return Cleaned(found.pop().isoformat(), cleaned.notices)


def read_parts(value: str) -> list[tuple[int, int, int]] | None:
    """Return year, month and day in each way in which the text can be read, None if it has none."""
    if found := YEAR_FIRST.fullmatch(value):
        return [(int(found[1]), int(found[2]), int(found[3]))]
    if found := YEAR_LAST.fullmatch(value):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day_first = (year, second, first)
        # Nobody writes the month first with full stops.
        return [day_first] if found[2] == "." else [day_first, (year, first, second)]
    for pattern in NAMED_MONTH:
        if found := pattern.fullmatch(value):
            name = found["name"][:3].lower()
            month = MONTHS.index(name) + 1 if name in MONTHS else 0
            return [(int(found["year"]), month, int(found["day"]))]
    return None


def make_date(parts: tuple[int, int, int]) -> date | None:
    """Return the day, or None if the calendar does not have it."""
    try:
        return date(*parts)
    except ValueError:
        return None


def expiry_name(secret: str) -> str:
    """Return the name of the field for the day on which a secret expires."""
    return f"{secret}{EXPIRY_SUFFIX}"


def expiry_field(secret: Field) -> Field:
    """Return the field for the day on which the secret expires.

    Where the provider's console shows that day, the field is beside the secret.
    """
    return Field(
        name=expiry_name(secret.name),
        label=format_lazy(_("{secret} expires on"), secret=secret.label),
        help=_(
            "Owners are reminded 60, 30, 7 and 1 days before. Leave it empty if it never expires."
        ),
        kind=Kind.DATE,
        is_kept_empty=False,
        required=False,
        max_length=MAX_LENGTH,
        advanced=secret.advanced or not secret.shows_expiry,
    )


def with_expiry_fields(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields, each client secret followed by the field for its expiry date."""
    names = {each.name for each in fields}
    found: list[Field] = []
    for each in fields:
        found.append(each)
        if each.kind is Kind.SECRET and expiry_name(each.name) not in names:
            found.append(expiry_field(each))
    return tuple(found)


def read_expiry(secret: str) -> date | None:
    """Return the day on which a secret says that it expires, or None.

    Apple's client secrets are JSON Web Tokens. The length must be checked.
    """
    token = TOKEN.fullmatch(secret)
    if not token:
        return None
    try:
        claims = load_json(base64.urlsafe_b64decode(token[1] + "=" * (-len(token[1]) % 4)))
        end = claims.get("exp") if isinstance(claims, dict) else None
        return datetime.fromtimestamp(end, UTC).date() if type(end) is int else None
    except (BadInput, binascii.Error, ValueError, OverflowError, OSError):
        return None
