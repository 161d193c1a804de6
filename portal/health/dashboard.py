"""The overview of a project: what needs attention, and how sign-ins go."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from connections.configured import button_label, definition_of
from connections.health.numbers import Totals, load_health
from connections.models import Connection
from connections.providers.definition import Definition
from portal.access.roles import can_edit
from portal.health.attention import AttentionItem, list_attention, list_connections
from portal.health.charts import Chart, draw_chart
from portal.health.connection_health import Freshness
from portal.health.failures import FailureRow, list_failures
from portal.health.figures import write_duration, write_number, write_share
from portal.health.periods import PeriodLink, choose_period
from projects.models import Role
from projects.requests import MemberRequest

OFFERED = ("7d", "30d")
# Further items are behind a disclosure.
MOST_ITEMS = 6
# The page of a connection has the others.
MOST_FAILURES = 5


@dataclass(frozen=True)
class ConnectionFigures:
    """A connection in the table."""

    label: str
    url: str
    definition: Definition
    enabled: bool
    started: str
    signed_in: str
    new_users: str
    share: str
    median: str


@dataclass(frozen=True)
class Dashboard:
    """The overview of a project that has connections."""

    attention: list[AttentionItem]
    more_attention: list[AttentionItem]
    links: list[PeriodLink]
    freshness: Freshness
    # None if nobody tried to sign in.
    chart: Chart | None
    signed_in: str
    new_users: str
    share: str
    connections: list[ConnectionFigures]
    failures: list[FailureRow]


def describe_project(request: MemberRequest) -> Dashboard | None:
    """Return the overview in the chosen period; None while the project has no connection."""
    project = request.project
    connections = list_connections(project)
    if not connections:
        return None
    chosen = choose_period(request, OFFERED, anchor="sign-ins")
    health = load_health(connections, chosen.period)
    attention = list_attention(
        project,
        connections,
        can_edit=can_edit(request),
        is_owner=request.membership.role == Role.OWNER,
    )
    by_key = {each.pk: each for each in connections}
    totals = health.totals
    return Dashboard(
        attention=attention[:MOST_ITEMS],
        more_attention=attention[MOST_ITEMS:],
        links=chosen.links,
        freshness=Freshness(health.counted_at),
        chart=(
            draw_chart("sign-ins-chart", _("Sign-ins over time"), health.bars)
            if totals.started
            else None
        ),
        signed_in=write_number(totals.signed_in),
        new_users=write_number(totals.new_users),
        share=write_share(totals.signed_in, totals.started),
        connections=list_figures(connections, health.by_connection),
        failures=list_failures(project, health.causes, by_key)[:MOST_FAILURES],
    )


def list_figures(
    connections: list[Connection], figures: dict[UUID, Totals]
) -> list[ConnectionFigures]:
    """Return a row for each connection that is turned on or was used, the most used first."""
    rows = [
        (totals, describe_connection(each, totals))
        for each in connections
        for totals in [figures.get(each.pk, Totals())]
        if each.enabled or totals.started
    ]
    return [row for _totals, row in sorted(rows, key=lambda row: -row[0].started)]


def describe_connection(connection: Connection, totals: Totals) -> ConnectionFigures:
    """Return the figures of one connection."""
    return ConnectionFigures(
        label=button_label(connection),
        url=connection.get_absolute_url(),
        definition=definition_of(connection),
        enabled=connection.enabled,
        started=write_number(totals.started),
        signed_in=write_number(totals.signed_in),
        new_users=write_number(totals.new_users),
        share=write_share(totals.signed_in, totals.started),
        median=write_duration(totals.median_ms),
    )
