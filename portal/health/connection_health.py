"""The health of a connection on its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections.health.numbers import Totals, load_health
from connections.models import Connection
from connections.values.provider_names import with_provider
from portal.health.charts import Chart, draw_chart
from portal.health.failures import FailureRow, list_failures
from portal.health.figures import write_duration, write_number, write_share
from portal.health.periods import PeriodLink, choose_period
from signin.pages import brand_of

OFFERED = ("24h", "7d", "30d")
# The job runs every five minutes.
STALE = timedelta(minutes=30)


@dataclass(frozen=True)
class FunnelStep:
    """How many of the sign-ins came so far."""

    label: str
    count: str
    # Of those that started; "" for these themselves.
    share: str
    # The length of its bar, of 100.
    width: float
    # What became of those who did not come so far.
    losses: list[str]


@dataclass(frozen=True)
class Freshness:
    """When the numbers were counted."""

    counted_at: datetime | None

    @property
    def is_stale(self) -> bool:
        """Whether the job should have run since."""
        return self.counted_at is None or now() - self.counted_at > STALE


@dataclass(frozen=True)
class HealthPanel:
    """The numbers of one period."""

    links: list[PeriodLink]
    freshness: Freshness
    # None if nobody tried to sign in.
    chart: Chart | None
    steps: list[FunnelStep]
    new_users: str
    median: str
    p95: str
    has_latency: bool
    failures: list[FailureRow]


def describe_health(request: HttpRequest, connection: Connection | None) -> HealthPanel | None:
    """Return the health of the connection in the chosen period; None for a new one."""
    if connection is None:
        return None
    chosen = choose_period(request, OFFERED, anchor="activity")
    health = load_health([connection], chosen.period)
    totals = health.totals
    title = _("Sign-ins over time")
    return HealthPanel(
        links=chosen.links,
        freshness=Freshness(health.counted_at),
        chart=draw_chart("health-chart", title, health.bars) if totals.started else None,
        steps=list_steps(totals, brand_of(connection)),
        new_users=write_number(totals.new_users),
        median=write_duration(totals.median_ms),
        p95=write_duration(totals.p95_ms),
        has_latency=any(totals.latency),
        failures=list_failures(connection.project, health.causes, {connection.pk: connection}),
    )


def list_steps(totals: Totals, brand: str) -> list[FunnelStep]:
    """Return the way from the button to the session, and what was lost on it."""
    refused = totals.started - totals.returned - totals.unreturned
    failed = totals.failed - refused
    lost_before = [
        (totals.unreturned, _("%(count)s never returned")),
        (refused, _("%(count)s stopped before the redirect")),
    ]
    lost_after = [
        (totals.cancelled, _("%(count)s cancelled")),
        (failed, _("%(count)s failed")),
    ]
    started = pgettext("sign-ins", "Started")
    returned = with_provider(_("Returned from %(provider)s"), brand)
    return [
        make_step(started, totals.started, totals.started, [], is_first=True),
        make_step(returned, totals.returned, totals.started, lost_before),
        make_step(_("Signed in"), totals.signed_in, totals.started, lost_after),
    ]


def make_step(
    label: str,
    count: int,
    started: int,
    losses: list[tuple[int, str]],
    *,
    is_first: bool = False,
) -> FunnelStep:
    """Return a step with its share of those that started."""
    return FunnelStep(
        label=label,
        count=write_number(count),
        share="" if is_first else write_share(count, started),
        width=round(100 * count / started, 2) if started else 0,
        losses=[text % {"count": write_number(lost)} for lost, text in losses if lost > 0],
    )
