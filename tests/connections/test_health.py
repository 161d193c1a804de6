"""The hourly numbers: made of the records of sign-ins by a job, and read for pages."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, transaction
from django.db import connection as database
from django.utils import timezone

from connections.health import rollup
from connections.health.job import count_sign_ins_by_hour
from connections.health.latency import BOUNDS, BUCKETS, estimate_percentile
from connections.health.numbers import (
    DAY,
    MONTH,
    WEEK,
    load_health,
)
from connections.health.rollup import HOUR, OPEN_HOURS, beginning_of_hour, count_hours
from connections.models import Connection, ConnectionHour, HealthProgress, PendingSignIn, SignIn
from connections.services import delete_connection
from portal.retention.tables import RETENTION_RULES, prune_rows
from projects.models import Project, User
from tests.cast import make_connection
from tests.connections.concurrent import all_at_once
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

references = itertools.count(1)


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


def record(
    connection: Connection, ended_at: datetime, outcome: str = "ok", /, **values: Any
) -> SignIn:
    """A sign-in that ended then; it started a minute earlier, and came back from the provider."""
    made = SignIn.objects.create(
        **{
            "project": connection.project,
            "connection": connection,
            "reference": f"{next(references):010}",
            "outcome": outcome,
            "started_at": ended_at - timedelta(minutes=1),
            "returned_at": ended_at - timedelta(seconds=1),
            **values,
        }
    )
    SignIn.objects.filter(pk=made.pk).update(ended_at=ended_at)
    return made


def newcomer(project: Project, created_at: datetime) -> User:
    user = User(project=project)
    user.set_unusable_password()
    user.save()
    User.objects.filter(pk=user.pk).update(created_at=created_at)
    return user


def this_hour() -> datetime:
    return beginning_of_hour(timezone.now())


def rows() -> list[dict[str, Any]]:
    return list(ConnectionHour.objects.order_by("connection", "hour").values())


def row(**wanted: Any) -> dict[str, Any]:
    """The numbers of the only hour, or of the wanted one."""
    names = [*COUNTS, "causes", "latency"]
    return dict(ConnectionHour.objects.values(*names).get(**wanted))


COUNTS = ("started", "returned", "signed_in", "cancelled", "failed", "unreturned", "new_users")


def counts(**wanted: Any) -> tuple[int, ...]:
    return tuple(row(**wanted)[name] for name in COUNTS)


def test_sign_ins_through_wechat_are_counted(
    visitor: Visitor, wechat: WeChat, connection: Connection
) -> None:
    visitor.sign_in("LI")
    Visitor(visitor.project, wechat).sign_in("LI")
    Visitor(visitor.project, wechat).sign_in("JOSE")
    cancelling = Visitor(visitor.project, wechat)
    cancelling.press()
    cancelling.come_back(state=cancelling.state)
    failing = Visitor(visitor.project, wechat)
    for _time in range(2):
        failing.press()
        failing.come_back(code="of nobody", state=failing.state)
    leaving = Visitor(visitor.project, wechat)
    leaving.press()
    past = timezone.now() - timedelta(minutes=1)
    PendingSignIn.objects.filter(taken_at=None).update(started_at=past, expires_at=past)
    # Refused before the provider was reached.
    connection.secrets.all().delete()
    Visitor(visitor.project, wechat).press()

    # The hour may have changed between the sign-ins.
    count_sign_ins_by_hour(timestamp=0)

    totals = load_health([connection], DAY).totals
    assert tuple(getattr(totals, name) for name in COUNTS) == (8, 6, 3, 1, 3, 1, 2)
    assert sum(totals.latency) == 5
    failed = {each.cause: each for each in load_health([connection], DAY).causes}
    last = SignIn.objects.filter(cause="40029").first()
    assert last is not None
    assert [(each.cause, each.count) for each in failed.values()] == [
        ("40029", 2),
        ("secret_missing", 1),
    ]
    assert failed["40029"].reference == last.reference
    assert load_health([connection], DAY).by_connection == {connection.pk: totals}


MARCH_CHANGE = datetime(2026, 3, 29, 1, tzinfo=UTC)


@each_row(
    "ended_at, hour",
    [
        # The hour that does not exist in Berlin, and the one before.
        (MARCH_CHANGE - timedelta(microseconds=1), MARCH_CHANGE - HOUR),
        (MARCH_CHANGE, MARCH_CHANGE),
        # The hour that Berlin has twice.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
        # A new year in UTC, which began hours ago in Shanghai.
        (
            datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2025, 12, 31, 23, tzinfo=UTC),
        ),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        # Kathmandu's hours begin at a quarter to.
        (datetime.fromisoformat("2026-06-01T12:10:00+05:45"), datetime(2026, 6, 1, 6, tzinfo=UTC)),
    ],
    undo=True,
)
def test_an_hour_is_one_of_utc(connection: Connection, ended_at: datetime, hour: datetime) -> None:
    record(connection, ended_at)
    for place in (-1, 0, 1):
        rollup.count_hour(hour + place * HOUR)

    assert [each["hour"] for each in rows()] == [hour]


def failure(cause: str, outcome: str, **values: Any) -> dict[str, Any]:
    return {"outcome": outcome, "cause": cause, **values}


@each_row(
    "given, expected",
    [
        ([{}], {"started": 1, "returned": 1, "signed_in": 1}),
        ([{"outcome": "cancelled"}], {"started": 1, "returned": 1, "cancelled": 1}),
        (
            [failure("in_wechat", "policy", returned_at=None)],
            {"started": 1, "failed": 1, "causes": {"in_wechat": 1}},
        ),
        (
            [failure("40029", "retry"), failure("timeout", "temporary"), failure("40029", "retry")],
            {"started": 3, "returned": 3, "failed": 3, "causes": {"40029": 2, "timeout": 1}},
        ),
        (
            [failure(f"c{n}", outcome) for n, outcome in enumerate(("config", "reject"))],
            {"started": 2, "returned": 2, "failed": 2, "causes": {"c0": 1, "c1": 1}},
        ),
        # The calls of a sign-in are added. Without a call, nothing was measured.
        (
            [
                {"durations": {"token": 20, "userinfo": 4}},
                {"durations": {"token": 20, "userinfo": 5}},
                {"durations": {"token": 12800}},
                {"durations": {}},
            ],
            {"started": 4, "returned": 4, "signed_in": 4, "latency": {0: 1, 1: 1, 10: 1}},
        ),
        # Of a connection that was deleted.
        ([{"connection": None}], None),
    ],
    undo=True,
)
def test_what_an_hour_says(
    connection: Connection, given: list[dict[str, Any]], expected: dict[str, Any] | None
) -> None:
    made = [
        record(connection, this_hour() + timedelta(minutes=n), **each)
        for n, each in enumerate(given)
    ]

    rollup.count_hour(this_hour())

    if expected is None:
        assert rows() == []
        return
    found = row()
    causes, latency = expected.pop("causes", {}), expected.pop("latency", {})
    assert {name: found[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0) | expected
    assert {cause: each["count"] for cause, each in found["causes"].items()} == causes
    for cause, each in found["causes"].items():
        assert each["reference"] == [m.reference for m in made if m.cause == cause][-1]
    assert found["latency"] == [latency.get(place, 0) for place in range(BUCKETS)]


@each_row(
    "created, new",
    [
        # In the moment of the sign-in, which began with the return from the provider.
        (timedelta(milliseconds=-1), 1),
        (timedelta(seconds=-1), 1),
        (timedelta(seconds=-2), 0),
        (timedelta(milliseconds=1), 0),
    ],
    undo=True,
)
def test_a_user_is_new_in_the_sign_in_that_created_them(
    connection: Connection, created: timedelta, new: int
) -> None:
    at = this_hour() + timedelta(minutes=30)
    user = newcomer(connection.project, at + created)
    # In two tabs at once: one user.
    for _tab in range(2):
        record(connection, at, user=user)
    record(connection, at + timedelta(minutes=1), user=user)
    record(connection, at, "policy", user=user)

    rollup.count_hour(this_hour())

    assert row()["new_users"] == new


def leave(connection: Connection, name: str, started_at: datetime, **values: Any) -> None:
    """Somebody who was sent to the provider then."""
    PendingSignIn.objects.create(
        state_hash=name,
        connection=connection,
        **{"expires_at": started_at + timedelta(minutes=10), **values},
    )
    PendingSignIn.objects.filter(pk=name).update(started_at=started_at)


def test_who_did_not_come_back_counts_once_whichever_table_has_them(
    connection: Connection,
) -> None:
    hour = this_hour() - 2 * HOUR
    leave(connection, "first", hour)
    leave(connection, "last", hour + timedelta(minutes=59, seconds=59))
    leave(connection, "next", hour + HOUR)
    leave(connection, "came", hour, taken_at=hour)
    leave(connection, "stray", hour, stray_reference="7K3QX0M9ZD")
    leave(connection, "waiting", hour, expires_at=timezone.now() + timedelta(minutes=1))
    connection.unreturned.create(hour=hour, count=5)

    for _time in range(2):
        count_hours()
        assert counts(hour=hour) == (7, 0, 0, 0, 0, 7, 0)
        assert counts(hour=hour + HOUR) == (1, 0, 0, 0, 0, 1, 0)
        for rule in RETENTION_RULES:
            prune_rows(rule)

    # One comes back later than anybody should: the number is put right.
    connection.unreturned.filter(hour=hour + HOUR).update(count=0)
    PendingSignIn.objects.filter(pk="next").delete()
    count_hours()
    assert counts(hour=hour + HOUR)[:1] == (0,)


def test_a_late_record_is_counted_as_long_as_its_hour_is_open(connection: Connection) -> None:
    count_hours()
    record(connection, this_hour() - OPEN_HOURS * HOUR)
    record(connection, this_hour() - OPEN_HOURS * HOUR - timedelta(seconds=1))
    count_hours()
    assert [each["hour"] for each in rows()] == [this_hour() - OPEN_HOURS * HOUR]


def test_what_is_there_is_counted_by_the_first_run_and_once(connection: Connection) -> None:
    for hours in (0, 1, 30, 10 * 24):
        record(connection, this_hour() - hours * HOUR)
    connection.unreturned.create(hour=this_hour() - 40 * HOUR, count=2)

    count_hours()
    before = rows()
    assert len(before) == 5
    for _time in range(2):
        count_hours()
    assert rows() == before
    progress = HealthProgress.objects.get()
    assert progress.final_until == this_hour() - OPEN_HOURS * HOUR


def test_a_run_is_bounded_and_the_next_one_goes_on(connection: Connection) -> None:
    for hours in (0, 5, 6, 7):
        record(connection, this_hour() - hours * HOUR)

    # The latest hours come first, and always.
    assert count_hours(most_seconds=0) == OPEN_HOURS + 1
    assert [each["hour"] for each in rows()] == [this_hour()]
    assert HealthProgress.objects.get().final_until == this_hour() - 7 * HOUR
    count_hours()
    assert len(rows()) == 4


def test_hours_are_caught_up_in_which_no_worker_ran(connection: Connection) -> None:
    count_hours()
    HealthProgress.objects.update(
        final_until=this_hour() - 50 * HOUR, counted_at=this_hour() - 47 * HOUR
    )
    for hours in (51, 50, 20):
        record(connection, this_hour() - hours * HOUR)

    count_hours()

    # What was final before stays as it is.
    assert [each["hour"] for each in rows()] == [this_hour() - hours * HOUR for hours in (50, 20)]
    assert timezone.now() - HealthProgress.objects.get().counted_at < timedelta(minutes=1)


def test_deletions_take_nothing_back_but_the_connection(
    connection: Connection, owner: User
) -> None:
    at = this_hour() - 10 * HOUR
    user = newcomer(connection.project, at)
    record(connection, at, user=user)
    old = record(connection, at)
    count_hours()
    before = rows()
    user.delete()
    SignIn.objects.filter(pk=old.pk).delete()
    count_hours()
    assert rows() == before

    delete_connection(connection, actor=owner)
    count_hours()
    assert rows() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_what_one_does(connection: Connection) -> None:
    other = make_connection(connection.project, alias="other")
    for hours, each in itertools.product((0, 1, 4, 5, 6), (connection, other)):
        record(each, this_hour() - hours * HOUR)

    all_at_once([count_hours] * 3)

    assert [each["signed_in"] for each in rows()] == [1] * 10
    assert HealthProgress.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_being_deleted_is_not_waited_for(connection: Connection) -> None:
    """Nor is its hour final before it was counted."""
    record(connection, this_hour() - 8 * HOUR)
    parameters = database.get_connection_params()
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters) as other:
        other.execute("SELECT FROM connections_connection FOR UPDATE")
        count_hours()
        assert rows() == []
        assert HealthProgress.objects.get().final_until == this_hour() - 8 * HOUR

    count_hours()

    assert [each["hour"] for each in rows()] == [this_hour() - 8 * HOUR]


def test_a_job_that_fails_leaves_sign_ins_alone(visitor: Visitor, connection: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE connections_connectionhour RENAME TO gone")
    with pytest.raises(ProgrammingError), transaction.atomic():
        count_sign_ins_by_hour(timestamp=0)

    visitor.sign_in()

    assert SignIn.objects.get().outcome == "ok"
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO connections_connectionhour")
    count_sign_ins_by_hour(timestamp=0)
    assert row()["signed_in"] == 1


@each_row(
    "period, hours, bar",
    [
        (DAY, 0, 23),
        (DAY, 23, 0),
        (DAY, 24, None),
        (WEEK, 0, 27),
        (WEEK, 5, 27),
        (WEEK, 6, 26),
        (WEEK, 167, 0),
        (WEEK, 168, None),
        (MONTH, 23, 29),
        (MONTH, 24, 28),
        (MONTH, 719, 0),
        (MONTH, 720, None),
    ],
    undo=True,
)
def test_a_bar_has_the_hours_between_its_ends(
    connection: Connection, period: Any, hours: int, bar: int | None
) -> None:
    hour = this_hour() - hours * HOUR
    connection.hours.create(hour=hour, started=3, latency=[1] * BUCKETS)
    found = load_health([connection], period)
    assert len(found.bars) == period.bars
    shown = [place for place, each in enumerate(found.bars) if each.totals.started]
    assert shown == ([] if bar is None else [bar])
    assert all(found.bars[place].since <= hour < found.bars[place].until for place in shown)
    assert found.totals.started == (0 if bar is None else 3)


def test_numbers_of_other_connections_are_not_counted(
    connection: Connection, other_project: Project
) -> None:
    record(connection, this_hour())
    other, third = make_connection(other_project), make_connection(other_project, alias="third")
    for each in (other, other, third):
        record(each, this_hour())
    count_hours()
    assert load_health([connection], MONTH).totals.started == 1
    assert load_health([], MONTH).totals.started == 0
    both = load_health([other, third], MONTH)
    assert both.totals.started == 3
    counts = {key: each.started for key, each in both.by_connection.items()}
    assert counts == {other.pk: 2, third.pk: 1}


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_percentile_is_right_within_the_width_of_its_bucket(share: float) -> None:
    chance = random.Random(share)
    for size in (1, 2, 10, 1000):
        for spread in (0.3, 1.0, 2.0):
            values = sorted(chance.lognormvariate(5, spread) for _number in range(size))
            counts = [0] * BUCKETS
            for value in values:
                counts[sum(bound <= value for bound in BOUNDS)] += 1
            exact = values[min(size - 1, int(share * size - 1e-9))]
            place = sum(bound <= exact for bound in BOUNDS)
            found = estimate_percentile(counts, share)
            assert found is not None
            if place == len(BOUNDS):
                assert found == BOUNDS[-1]
            else:
                start = BOUNDS[place - 1] if place else 0
                assert start <= found <= BOUNDS[place]


def test_nothing_measured_has_no_percentile() -> None:
    assert estimate_percentile([0] * BUCKETS, 0.5) is None
    assert estimate_percentile([0] * (BUCKETS - 1) + [1], 0.5) == BOUNDS[-1]
