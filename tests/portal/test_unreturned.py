"""Who was sent to a provider and never came back: counted by connection and hour, without a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone, translation

from connections.models import Connection, PendingSignIn, SignIn, UnreturnedSignIns
from connections.services import delete_connection
from portal.connections.unreturned import count_unreturned
from portal.retention.job import prune_unfinished
from projects.models import Project, User
from tests.cast import make_connection
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

PATH = "/projects/acme/connections/wechat_web/"


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


def this_hour() -> datetime:
    return timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def sent(connection: Connection, name: str, *, ago: timedelta, **values: Any) -> PendingSignIn:
    """Somebody who was sent to the provider so long ago."""
    pending = PendingSignIn.objects.create(
        state_hash=name,
        connection=connection,
        pkce_verifier="verifier",
        nonce="nonce",
        posted=b"posted",
        expires_at=timezone.now() - ago + timedelta(minutes=10),
        **values,
    )
    PendingSignIn.objects.filter(pk=name).update(started_at=timezone.now() - ago)
    return pending


def counts() -> list[tuple[datetime, int]]:
    return list(UnreturnedSignIns.objects.order_by("hour").values_list("hour", "count"))


def shown(connection: Connection) -> list[tuple[datetime, int]]:
    found = count_unreturned(connection)
    return [(each.hour, each.count) for each in found.hours] if found else []


def test_who_never_came_back_is_counted_by_hour_and_leaves_no_row(connection: Connection) -> None:
    long_ago = timezone.now() - this_hour() + timedelta(hours=2, minutes=30)
    for number in range(3):
        sent(connection, f"{number}", ago=long_ago)
    sent(connection, "earlier", ago=long_ago + timedelta(hours=1))

    prune_unfinished(timestamp=0)

    assert counts() == [
        (this_hour() - timedelta(hours=4), 1),
        (this_hour() - timedelta(hours=3), 3),
    ]
    assert (PendingSignIn.objects.count(), SignIn.objects.count()) == (0, 0)


def test_later_ones_of_the_same_hour_are_added(connection: Connection) -> None:
    for name in ("first", "second"):
        sent(connection, name, ago=timezone.now() - this_hour() + timedelta(hours=2, minutes=30))
        prune_unfinished(timestamp=0)

    assert counts() == [(this_hour() - timedelta(hours=3), 2)]


@each_row(
    "values",
    [
        {"taken_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"taken_at": datetime(2026, 1, 1, tzinfo=UTC), "reference": "7K3QX0M9ZD"},
        {"stray_reference": "7K3QX0M9ZD"},
    ],
    undo=True,
)
def test_who_came_back_in_any_way_is_not_counted(
    connection: Connection, values: dict[str, Any]
) -> None:
    sent(connection, "s", ago=timedelta(hours=2), **values)
    assert shown(connection) == []

    prune_unfinished(timestamp=0)

    assert (counts(), PendingSignIn.objects.count()) == ([], 0)


def test_who_may_still_come_back_is_shown_and_not_counted_yet(
    visitor: Visitor, wechat: WeChat, connection: Connection
) -> None:
    visitor.press()
    assert shown(connection) == []
    started = timezone.now() - timedelta(minutes=11)
    PendingSignIn.objects.update(
        started_at=started, expires_at=timezone.now() - timedelta(minutes=1)
    )
    assert [count for _hour, count in shown(connection)] == [1]
    prune_unfinished(timestamp=0)
    assert counts() == []

    visitor.come_back(code=wechat.code(), state=visitor.state)

    assert SignIn.objects.get().cause == "expired"
    assert shown(connection) == []


def test_an_expired_row_keeps_no_secret(connection: Connection) -> None:
    sent(connection, "expired", ago=timedelta(minutes=12))
    sent(connection, "running", ago=timedelta(minutes=9))

    prune_unfinished(timestamp=0)

    kept = {
        each.pk: (each.pkce_verifier, each.nonce, each.posted)
        for each in PendingSignIn.objects.all()
    }
    assert kept["expired"] == ("", "", None)
    assert kept["running"][:2] == ("verifier", "nonce")


def test_the_page_of_the_connection_says_so(
    as_viewer: Client, connection: Connection, owner: User
) -> None:
    assert list(Page(as_viewer.get(PATH)).every("h2", id="unreturned")) == []
    connection.unreturned.create(hour=this_hour() - timedelta(hours=1), count=14)
    connection.unreturned.create(hour=this_hour() - timedelta(days=3), count=5)
    connection.unreturned.create(hour=this_hour() - timedelta(days=8), count=100)

    page = Page(as_viewer.get(PATH))

    (title,) = page.every("h2", id="unreturned")
    assert title.text == "Sent to WeChat, never returned: 19"
    text = as_viewer.get(PATH).content.decode()
    assert "In the last 24 hours: 14. In the last 7 days: 19." in text
    with translation.override("zh-hans"):
        found = count_unreturned(connection)
        assert found is not None
        assert found.title == "前往微信后未返回：19"


def test_the_counts_go_with_their_connection(connection: Connection, owner: User) -> None:
    connection.unreturned.create(hour=this_hour(), count=1)

    delete_connection(connection, actor=owner)

    assert counts() == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_being_changed_is_left_for_the_next_time(
    connection: Connection,
) -> None:
    """A deletion waits for nobody who counts, and the count waits for no deletion."""
    import psycopg

    sent(connection, "s", ago=timedelta(hours=2))
    parameters = database.get_connection_params()
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters) as other:
        other.execute("SELECT FROM connections_connection FOR UPDATE")
        prune_unfinished(timestamp=0)
        assert (counts(), PendingSignIn.objects.count()) == ([], 1)

    prune_unfinished(timestamp=0)

    assert len(counts()) == 1
