"""The list of end users: complete, in order, page by page, and from an index whatever is asked."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.identities import directory
from connections.identities.directory import UserFilter, find_matches, load_users
from connections.models import Connection, Identity
from projects.models import Project, User
from tests.cast import make_connection
from tests.rows import each_row

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REFERENCE = "7K3QX0M9ZD"


def add_user(project: Project, at: datetime = NOON, **given: Any) -> User:
    with patch("django.utils.timezone.now", return_value=at):
        return User.objects.create(project=project, password="!", **given)


def link(user: User, connection: Connection, subject: str = "", key: str = "") -> Identity:
    identity = Identity.objects.create(
        project=connection.project,
        user=user,
        connection=connection,
        namespace="wechat:gh_1",
        subject=subject or user.pk.hex,
    )
    if key:
        identity.keys.create(project=connection.project, namespace="wechat-app:wx1", value=key)
    return identity


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


@pytest.fixture
def crowd(project: Project, other_project: Project, connection: Connection) -> Project:
    """A project with users, some of whom came at the same moment; and another one beside it."""
    chance = random.Random(7)
    for number in range(40):
        at = NOON + timedelta(seconds=chance.randrange(12))
        user = add_user(project, at, name=f"User {number}", is_active=number % 4 != 0)
        add_user(other_project, at, name=f"User {number}")
        if number % 3:
            link(user, connection)
        if number % 6 == 1:
            # Two accounts at the provider.
            link(user, connection, subject=f"second {number}")
    return project


def expected(project: Project, wanted: UserFilter) -> list[User]:
    """Everybody who matches, the newest first, the slow way."""
    found = [
        user
        for user in User.objects.filter(project=project).prefetch_related("identities")
        if (wanted.is_active is None or user.is_active == wanted.is_active)
        and (wanted.matches is None or user.pk in wanted.matches)
        and (
            not wanted.connection
            or any(each.connection_id == wanted.connection.pk for each in user.identities.all())
        )
    ]
    if wanted.connection and wanted.matches is None and wanted.is_active is not False:
        return sorted(found, key=lambda user: -max(each.pk for each in user.identities.all()))
    return sorted(found, key=lambda user: (user.created_at, user.pk), reverse=True)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE_SIZE", 7)


@pytest.mark.usefixtures("small_pages")
@each_row("is_active", [None, True, False])
@each_row("by_connection", [False, True])
@each_row("by_text", [False, True])
def test_pages_hold_everybody_once_in_order_there_and_back(
    crowd: Project,
    connection: Connection,
    is_active: bool | None,
    by_connection: bool,
    by_text: bool,
) -> None:
    wanted = UserFilter(
        matches=find_matches(crowd, "user 1") if by_text else None,
        connection=connection if by_connection else None,
        is_active=is_active,
    )

    page = load_users(crowd, wanted)
    forth = [page.users]
    while page.older:
        page = load_users(crowd, wanted, before=page.older)
        forth.append(page.users)
    back = [page.users]
    while page.newer:
        page = load_users(crowd, wanted, after=page.newer)
        back.append(page.users)

    everybody = expected(crowd, wanted)
    assert everybody
    assert sum(forth, []) == everybody
    # On the way back the first page is full.
    assert back[-1] == everybody[:7]
    assert {user.pk for each in back for user in each} == {user.pk for user in everybody}


@each_row(
    "written",
    [
        "",
        "1",
        f"1-{'0' * 32}",
        "x",
        f"{'9' * 17}-{'f' * 32}",
        f"{'9' * 18}-{'f' * 32}",
        "１-" + "f" * 32,
        "1-\n",
    ],
)
@each_row("by_connection", [False, True])
def test_any_cursor_is_a_page(
    crowd: Project, connection: Connection, written: str, by_connection: bool
) -> None:
    wanted = UserFilter(connection=connection if by_connection else None)
    for way in ("before", "after"):
        # Where nobody is left, it is the first page: there are users.
        assert load_users(crowd, wanted, **{way: written}).users


class TestSearch:
    @pytest.fixture
    def li(self, project: Project, connection: Connection) -> User:
        user = add_user(project, name="Li_Lei 100%", address="Li.Lei@example.com")
        link(user, connection, subject="unionid-1", key="openid-1")
        project.sign_ins.create(
            alias="wechat_web",
            provider="wechat_web",
            reference=REFERENCE,
            outcome="ok",
            user=user,
            started_at=timezone.now(),
        )
        return user

    @pytest.fixture(autouse=True)
    def others(self, project: Project, other_project: Project) -> None:
        """Those who are not found, one of them in another project."""
        add_user(project, name="LixLei", address="other@example.com")
        theirs = add_user(other_project, name="Li_Lei 100%", address="li.lei@example.com")
        link(theirs, make_connection(other_project), subject="unionid-1", key="openid-1")

    @pytest.mark.parametrize(
        "text",
        ["Li_", "li_lei 100%", "LI.LEI@EXAMPLE.COM", "li.lei", "unionid-1", "openid-1", REFERENCE],
    )
    def test_a_person_is_found(self, project: Project, li: User, text: str) -> None:
        reference = text if text == REFERENCE else ""
        assert find_matches(project, text, reference=reference) == [li.pk]

    def test_a_person_is_found_by_their_id(self, project: Project, li: User) -> None:
        for text in (str(li.pk), li.pk.hex.upper()):
            assert find_matches(project, text) == [li.pk]

    @pytest.mark.parametrize("text", ["Lei", "unionid", "UNIONID-1", "%", "_", "example.com", "’"])
    def test_nobody_else_is(self, project: Project, li: User, text: str) -> None:
        assert find_matches(project, text) == []

    def test_of_a_crowd_so_many_are_found(
        self, crowd: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(directory, "MOST_MATCHES", 5)
        found = find_matches(crowd, "user")
        assert len(found) == 6
        assert len(load_users(crowd, UserFilter(matches=found)).users) == 5


FILL = """
INSERT INTO projects_user (id, password, project_id, email, name, is_active, address,
        address_verified, picture, created_at)
    SELECT gen_random_uuid(), '!', %(project)s, '', 'Person ' || n, mod(n, 100) <> 0,
        'p' || n || '@example.com', false, '', now() - n * interval '1 second'
    FROM generate_series(1, 1200) n;
INSERT INTO connections_identity (project_id, user_id, connection_id, namespace, subject,
        created_at, used_at)
    SELECT project_id, id, %(connection)s, 'n', id::text, now(), now() FROM projects_user
    WHERE project_id = %(project)s;
INSERT INTO connections_identitykey (identity_id, project_id, namespace, value)
    SELECT id, project_id, 'n', 'key ' || id FROM connections_identity;
ANALYZE projects_user, connections_identity, connections_identitykey, connections_signin
"""
FOUND = {"Person": directory.MOST_MATCHES + 1, "Person 471": 1, "p471@": 1}
# Read whole, or sorted: what grows with the number of users.
SLOW = re.compile(r"Seq Scan on (projects_user|connections_identity\w*|connections_signin)|Sort")


class TestPlans:
    """No page needs to read or sort a table as a whole."""

    @pytest.fixture
    def many(self, project: Project, connection: Connection) -> Project:
        with database.cursor() as cursor:
            for statement in FILL.split(";"):
                named = {"project": project.pk, "connection": connection.pk}
                cursor.execute(statement, named if "%(" in statement else None)
        return project

    def plans(self, queries: CaptureQueriesContext) -> list[str]:
        asked = [each["sql"] for each in queries.captured_queries]
        found = []
        for sql in asked:
            if not sql.startswith("SELECT"):
                continue
            with database.cursor() as cursor:
                # The planner may do so where a table is short, so it has to avoid it if it can.
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("SET LOCAL enable_sort = off")
                cursor.execute(f"EXPLAIN {sql}")
                found.append("\n".join(row[0] for row in cursor.fetchall()))
        return found

    # What a row sets for the planner is undone.
    @each_row("place", ["", "before", "after"])
    @each_row("is_active", [None, True, False])
    @each_row("by_connection", [False, True], undo=True)
    def test_a_page_is_read_from_an_index(
        self,
        many: Project,
        connection: Connection,
        place: str,
        is_active: bool | None,
        by_connection: bool,
    ) -> None:
        wanted = UserFilter(connection=connection if by_connection else None, is_active=is_active)
        first = load_users(many, wanted)
        assert first.users
        with CaptureQueriesContext(database) as queries:
            load_users(many, wanted, **({place: first.older} if place and first.older else {}))
        (plan, *_more) = self.plans(queries)
        assert not SLOW.search(plan), plan

    @each_row("text", ["Person 471", "Person", "p471@", "key x", str(UUID(int=1))], undo=True)
    def test_a_search_is_answered_by_indexes(self, many: Project, text: str) -> None:
        with CaptureQueriesContext(database) as queries:
            found = find_matches(many, text, reference=REFERENCE)
        assert any("enable_seqscan" in each["sql"] for each in queries.captured_queries)
        for plan in self.plans(queries):
            assert not SLOW.search(plan), plan
        assert len(found) == FOUND.get(text, 0)
