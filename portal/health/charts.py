"""Sign-ins over time as a drawing and as a table.

Successes are drawn above the line and failures below it, so nobody has to tell colors
apart. The numbers of a drawing are those of its `viewBox`; the style sheet stretches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from connections.health.numbers import Bar, Totals
from portal.health.figures import write_number

SLOT, GAP = 10, 2
HEIGHT = 100
# So that a single sign-in beside a thousand is seen.
LOWEST = 2.5

OK, UNFINISHED, FAILED = "ok", "unfinished", "failed"
SERIES: dict[str, Promise] = {
    OK: gettext_lazy("Signed in"),
    UNFINISHED: gettext_lazy("Not completed"),
    FAILED: gettext_lazy("Failed"),
}


@dataclass(frozen=True)
class Rectangle:
    """A part of a bar."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ChartRow:
    """A bar of the chart: its place, its parts, and its numbers as a row of the table."""

    x: int
    since: datetime
    until: datetime
    rectangles: list[Rectangle]
    # In the order of the columns.
    cells: list[str]
    summary: str


@dataclass(frozen=True)
class Legend:
    """What a kind of bar means."""

    kind: str
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart of sign-ins over time."""

    # Unique on the page.
    id: str
    title: str
    rows: list[ChartRow]
    columns: list[str]
    legend: list[Legend]
    # The highest bar, in words.
    peak: str
    # Of the line between success and failure.
    axis: float
    # Whether a bar is at least a day long, so that the days alone are written below it.
    has_days: bool

    @property
    def width(self) -> int:
        """The width of the drawing."""
        return len(self.rows) * SLOT

    @property
    def slot(self) -> int:
        """The width of one bar with the gap beside it."""
        return SLOT

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return HEIGHT

    @property
    def since(self) -> datetime:
        """When the first bar begins."""
        return self.rows[0].since


def draw_chart(name: str, title: str, bars: Sequence[Bar]) -> Chart:
    """Return the chart of these bars, which are not empty; `name` is its id on the page."""
    up = max(count_up(each.totals) for each in bars)
    down = max(each.totals.failed for each in bars)
    # Each side has room for a lowest bar.
    scale = (HEIGHT - 4 * LOWEST) / max(up + down, 1)
    axis = round(up * scale + (2 * LOWEST if up else 0), 2)
    hours = round((bars[0].until - bars[0].since).total_seconds() / 3600)
    shown = [kind for kind in SERIES if any(count_ended(each.totals, kind) for each in bars)]
    return Chart(
        id=name,
        title=title,
        rows=[draw_bar(place, each, axis, scale) for place, each in enumerate(bars)],
        columns=[pgettext("sign-ins", "Started"), *(str(each) for each in SERIES.values())],
        legend=[Legend(kind, str(SERIES[kind])) for kind in shown],
        peak=describe_peak(max(each.totals.started for each in bars), hours),
        axis=axis,
        has_days=hours >= 6,
    )


def draw_bar(place: int, bar: Bar, axis: float, scale: float) -> ChartRow:
    """Return one bar of the chart."""
    totals, x = bar.totals, place * SLOT
    rectangles, top = [], axis
    for kind in (OK, UNFINISHED, FAILED):
        count = count_ended(totals, kind)
        if not count:
            continue
        height = round(max(count * scale, LOWEST), 2)
        if kind == FAILED:
            y = axis
        else:
            top = y = round(top - height, 2)
        rectangles.append(Rectangle(kind, x + GAP / 2, y, SLOT - GAP, height))
    cells = [totals.started, *(count_ended(totals, kind) for kind in SERIES)]
    return ChartRow(
        x=x,
        since=bar.since,
        until=bar.until,
        rectangles=rectangles,
        cells=[write_number(each) for each in cells],
        summary=_("%(signed_in)s signed in, %(unfinished)s not completed, %(failed)s failed")
        % {kind: write_number(count_ended(totals, key)) for kind, key in SUMMARY},
    )


SUMMARY = (("signed_in", OK), ("unfinished", UNFINISHED), ("failed", FAILED))


def count_ended(totals: Totals, kind: str) -> int:
    """Return how many sign-ins ended in this way."""
    if kind == OK:
        return totals.signed_in
    return totals.failed if kind == FAILED else count_unfinished(totals)


def count_unfinished(totals: Totals) -> int:
    """Return how many people cancelled or never came back."""
    return totals.cancelled + totals.unreturned


def count_up(totals: Totals) -> int:
    """Return what stands above the line."""
    return totals.signed_in + count_unfinished(totals)


def describe_peak(count: int, hours: int) -> str:
    """Return how many sign-ins the highest bar has, and how long it lasts."""
    number = {"count": write_number(count), "hours": hours}
    if hours == 1:
        return (
            ngettext("Peak: %(count)s sign-in per hour", "Peak: %(count)s sign-ins per hour", count)
            % number
        )
    if hours == 24:
        return (
            ngettext("Peak: %(count)s sign-in per day", "Peak: %(count)s sign-ins per day", count)
            % number
        )
    return (
        ngettext(
            "Peak: %(count)s sign-in in %(hours)s hours",
            "Peak: %(count)s sign-ins in %(hours)s hours",
            count,
        )
        % number
    )
