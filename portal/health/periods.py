"""The periods that a page offers, chosen by a query parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.health.numbers import DAY, MONTH, WEEK, Period

PARAMETER = "period"
PERIODS: dict[str, Period] = {"24h": DAY, "7d": WEEK, "30d": MONTH}
LABELS: dict[str, Promise] = {"24h": _("24 hours"), "7d": _("7 days"), "30d": _("30 days")}


@dataclass(frozen=True)
class PeriodLink:
    """A link to the same page with another period."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class ChosenPeriod:
    """The period that a page shows, and the links to all that it offers."""

    key: str
    links: list[PeriodLink]

    @property
    def period(self) -> Period:
        """The chosen range of time."""
        return PERIODS[self.key]


def choose_period(request: HttpRequest, offered: Sequence[str], *, anchor: str) -> ChosenPeriod:
    """Return the period of the query string; the first one offered if it names none of them."""
    wanted = request.GET.get(PARAMETER, "")
    key = wanted if wanted in offered else offered[0]
    return ChosenPeriod(
        key,
        [
            PeriodLink(str(LABELS[each]), f"?{PARAMETER}={each}#{anchor}", each == key)
            for each in offered
        ],
    )
