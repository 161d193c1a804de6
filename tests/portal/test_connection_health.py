"""Health on a connection's page, and how its numbers are drawn and written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone, translation

from connections.health.numbers import Bar, Totals
from connections.health.rollup import count_hours
from connections.models import Connection, HealthProgress
from portal.health.charts import HEIGHT, LOWEST, SLOT, draw_chart
from portal.health.figures import write_duration, write_share
from projects.models import Project
from signin.references import format_reference
from tests.cast import make_connection
from tests.portal.page_reader import Page, said_in
from tests.portal.test_overview import figures, sign_in, table
from tests.rows import each_row

PAGE = "/projects/acme/connections/wechat_web/"
EMPTY = "Nobody tried to sign in with this connection during this period."


def steps(page: Page) -> list[str]:
    return [each.text for each in page.one(class_="funnel").every("li")]


def furnish(project: Project) -> Connection:
    connection = make_connection(project)
    for milliseconds in (50, 150, 250):
        sign_in(connection, durations={"token": milliseconds})
    sign_in(connection, "cancelled")
    for _time in range(2):
        sign_in(connection, "retry", cause="40029")
    sign_in(connection, "policy", cause="in_wechat", returned_at=None)
    connection.unreturned.create(
        hour=timezone.now().replace(minute=0, second=0, microsecond=0), count=3
    )
    return connection


def test_the_way_from_the_button_to_the_session(as_viewer: Client, project: Project) -> None:
    connection = furnish(project)
    count_hours()

    page = Page(as_viewer.get(PAGE))

    assert steps(page) == [
        "Started 10",
        "Returned from WeChat 6 60% 3 never returned · 1 stopped before the redirect",
        "Signed in 3 30% 1 cancelled · 2 failed",
    ]
    assert figures(page) == {
        "New users": "0",
        "Provider's response time, median": "about 150 ms",
        "Provider's response time, 95th percentile": "about 370 ms",
    }
    failures = table(page, "failures")
    assert [row[1] for row in failures] == ["2", "1"]
    latest = connection.sign_ins.filter(cause="40029").latest("id")
    assert failures[0][2] == format_reference(latest.reference)
    assert as_viewer.get(page.links[failures[0][2]]).status_code == 200
    # The same numbers for who does not see the drawing.
    rows = table(page, "health-chart-title")
    assert len(rows) == 24
    assert [sum(int(row[place]) for row in rows) for place in (1, 2, 3, 4)] == [10, 3, 4, 3]
    assert page.one("svg", class_="chart-drawing").attributes["aria-hidden"] == "true"


@each_row("period, bars", [("24h", 24), ("7d", 28), ("30d", 30)])
def test_a_period_is_chosen_by_a_link(
    as_viewer: Client, project: Project, period: str, bars: int
) -> None:
    connection = Connection.objects.filter(project=project).first() or make_connection(project)
    connection.hours.get_or_create(
        hour=timezone.now().replace(minute=0, second=0, microsecond=0), defaults={"started": 1}
    )
    links = Page(as_viewer.get(PAGE)).one(class_="periods").every("a")
    address = {each.attributes["href"].partition("#")[0]: each for each in links}
    page = Page(as_viewer.get(f"{PAGE}?period={period}"))
    assert f"?period={period}" in address
    assert len(table(page, "health-chart-title")) == bars


@each_row("language", ["en", "zh-hans"])
def test_without_sign_ins_the_section_says_so(
    as_viewer: Client, project: Project, language: str
) -> None:
    if not project.connections.exists():
        make_connection(project)
    as_viewer.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = Page(as_viewer.get(PAGE))
    assert said_in(language, EMPTY) in page.text
    assert list(page.every("svg", class_="chart-drawing")) == []


def test_how_old_the_numbers_are(as_viewer: Client, project: Project) -> None:
    late = "The worker has not counted sign-ins lately."
    make_connection(project)
    assert late in Page(as_viewer.get(PAGE)).text
    count_hours()
    page = Page(as_viewer.get(PAGE))
    counted = HealthProgress.objects.get().counted_at
    assert f"As of {counted:%H:%M} UTC." in page.text
    assert late not in page.text
    HealthProgress.objects.update(counted_at=timezone.now() - timedelta(minutes=31))
    assert late in Page(as_viewer.get(PAGE)).text


def test_a_new_connection_has_no_health(as_editor: Client, project: Project) -> None:
    page = Page(as_editor.get("/projects/acme/connections/add/wechat_web/"))
    assert list(page.every(class_="health")) == []


START = datetime(2026, 3, 29, tzinfo=UTC)


def bars(*totals: Totals, hours: int = 1) -> list[Bar]:
    step = timedelta(hours=hours)
    return [
        Bar(START + place * step, START + (place + 1) * step, each)
        for place, each in enumerate(totals)
    ]


@each_row(
    "totals",
    [
        (Totals(started=1, signed_in=1), Totals()),
        (Totals(started=1, failed=1), Totals(started=1, cancelled=1)),
        (
            Totals(started=10**6, signed_in=10**6),
            Totals(started=4, signed_in=1, cancelled=1, unreturned=1, failed=1),
        ),
        (Totals(started=7, failed=7), Totals(started=900, signed_in=900)),
        (Totals(started=3, unreturned=3), Totals(started=9, failed=9)),
    ],
)
def test_bars_stay_inside_and_success_is_above_the_line(totals: tuple[Totals, ...]) -> None:
    chart = draw_chart("id", "Sign-ins", bars(*totals))
    for place, row in enumerate(chart.rows):
        parts = {each.kind: each for each in row.rectangles}
        given = totals[place]
        assert ("ok" in parts, "failed" in parts) == (bool(given.signed_in), bool(given.failed))
        assert ("unfinished" in parts) == bool(given.cancelled + given.unreturned)
        for each in row.rectangles:
            assert place * SLOT <= each.x
            assert each.x + each.width <= (place + 1) * SLOT
            assert each.y >= -0.02
            assert each.y + each.height <= HEIGHT + 0.02
            assert each.height >= LOWEST - 0.01
            if each.kind == "failed":
                assert each.y == chart.axis
            else:
                assert each.y + each.height <= chart.axis + 0.02


def test_the_legend_names_what_is_drawn() -> None:
    chart = draw_chart("id", "Sign-ins", bars(Totals(started=2, signed_in=1, failed=1)))
    assert [each.kind for each in chart.legend] == ["ok", "failed"]


@each_row(
    "hours, count, english, chinese",
    [
        (1, 1, "Peak: 1 sign-in per hour", "峰值：每小时 1 次登录"),
        (6, 1234, "Peak: 1,234 sign-ins in 6 hours", "峰值：6 小时内 1234 次登录"),
        (24, 2, "Peak: 2 sign-ins per day", "峰值：每天 2 次登录"),
    ],
)
def test_the_highest_bar_is_said(hours: int, count: int, english: str, chinese: str) -> None:
    given = bars(Totals(started=count), hours=hours)
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert draw_chart("id", "", given).peak == words


@each_row(
    "part, whole, written",
    [
        (0, 0, "–"),
        (0, 5, "0%"),
        (1, 1000, "<1%"),
        (1, 3, "33%"),
        (999, 1000, ">99%"),
        (5, 5, "100%"),
    ],
)
def test_a_share_says_all_or_nothing_only_where_it_is_so(
    part: int, whole: int, written: str
) -> None:
    assert write_share(part, whole) == written


@each_row(
    "milliseconds, written",
    [
        (None, "–"),
        (0, "about 1 ms"),
        (42, "about 42 ms"),
        (347, "about 350 ms"),
        (994, "about 990 ms"),
        (995, "about 1.0 s"),
        (12_799, "about 12.8 s"),
        (12_800, "more than 12.8 s"),
    ],
)
def test_a_duration_has_no_more_digits_than_are_known(milliseconds: Any, written: str) -> None:
    assert write_duration(milliseconds) == written
