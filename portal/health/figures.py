"""Numbers in words."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from connections.health.latency import BOUNDS

NOTHING = "–"


def write_number(number: int) -> str:
    """Return the number as the reader's language writes it."""
    return number_format(number, force_grouping=True)


def write_share(part: int, whole: int) -> str:
    """Return a percentage that says 0 or 100 only where it is exact; a dash of nothing."""
    if not whole:
        return NOTHING
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "<1%"
    if percent == 100 and part < whole:
        return ">99%"
    return f"{percent}%"


def write_duration(milliseconds: int | None) -> str:
    """Return an estimated duration with two digits, and that it is one; a dash of nothing."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= BOUNDS[-1]:
        return _("more than %(duration)s") % {"duration": write_seconds(BOUNDS[-1])}
    if milliseconds >= 995:
        return _("about %(duration)s") % {"duration": write_seconds(milliseconds)}
    step = 10 if milliseconds >= 100 else 1
    rounded = max(1, round(milliseconds / step) * step)
    return _("about %(duration)s") % {"duration": _("%(number)s ms") % {"number": rounded}}


def write_seconds(milliseconds: int) -> str:
    """Return seconds with one decimal."""
    return _("%(number)s s") % {"number": number_format(round(milliseconds / 1000, 1), 1)}
