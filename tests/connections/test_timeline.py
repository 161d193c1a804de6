"""The timeline: both records in one order, page by page, without gaps and without repetition."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections import timeline
from connections.models import SignIn
from connections.timeline import Cursor, EntryKind, TimelineFilter
from projects.models import Event, Project, User
from signin.references import new_reference
from tests.rows import each_row

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def signed_in(project: Project, at: datetime, **values: Any) -> SignIn:
    given = {"alias": "wechat_web", "provider": "wechat_web", "outcome": "ok", **values}
    with patch("django.utils.timezone.now", return_value=at):
        return project.sign_ins.create(reference=new_reference(), started_at=at, **given)


def changed(project: Project, at: datetime, **values: Any) -> Event:
    given = {"actor_name": "Olga", "action": "project:renamed", "target_name": "Acme", **values}
    with patch("django.utils.timezone.now", return_value=at):
        return project.events.create(target_id="1", **given)


def person(project: Project, name: str) -> User:
    user = User(project=project, name=name)
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def busy(project: Project, other_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project where much happened, some of it at the same moment; and another one beside it."""
    monkeypatch.setattr(timeline, "PAGE_SIZE", 7)
    chance = random.Random(7)
    for _number in range(60):
        at = NOON + timedelta(seconds=chance.randrange(12))
        chance.choice([signed_in, changed])(project, at)
        chance.choice([signed_in, changed])(other_project, at)
    return project


def all_of(project: Project) -> list[Cursor]:
    """Everything, newest first, the slow way."""
    every = [*project.events.all(), *project.sign_ins.all()]
    return sorted(map(timeline.cursor_of, every), reverse=True)


def walk(project: Project, wanted: TimelineFilter) -> list[list[Cursor]]:
    """All pages, from the newest to the oldest."""
    page = timeline.load_page(project, wanted)
    pages = [page]
    while page.older:
        page = timeline.load_page(project, wanted, before=page.older)
        pages.append(page)
    return [[timeline.cursor_of(entry) for entry in each.entries] for each in pages]


class TestPages:
    def test_they_hold_everything_once_in_order(self, busy: Project) -> None:
        pages = walk(busy, TimelineFilter())
        assert sum(pages, []) == all_of(busy)
        assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 7, 7, 7, 4]

    @pytest.mark.parametrize("kind", EntryKind)
    def test_they_hold_one_kind_alone_where_that_is_asked_for(
        self, busy: Project, kind: EntryKind
    ) -> None:
        expected = [place for place in all_of(busy) if place.kind == kind]
        assert sum(walk(busy, TimelineFilter(kind=kind)), []) == expected

    def test_the_way_back_leads_over_the_same_pages(self, busy: Project) -> None:
        forth = walk(busy, TimelineFilter())
        page = timeline.load_page(busy, TimelineFilter(), before=forth[-2][-1])
        back = [[timeline.cursor_of(entry) for entry in page.entries]]
        while page.newer:
            page = timeline.load_page(busy, TimelineFilter(), after=page.newer)
            back.append([timeline.cursor_of(entry) for entry in page.entries])
        assert back[::-1] == forth
        assert page.older == forth[0][-1]

    def test_near_the_top_the_way_back_ends_on_a_full_page(self, busy: Project) -> None:
        third = all_of(busy)[2]
        page = timeline.load_page(busy, TimelineFilter(), after=third)
        assert [timeline.cursor_of(entry) for entry in page.entries] == all_of(busy)[:7]
        assert page.newer is None

    def test_what_happens_meanwhile_moves_nothing(self, busy: Project) -> None:
        expected = all_of(busy)[7:14]
        first = timeline.load_page(busy, TimelineFilter())
        for _number in range(3):
            signed_in(busy, NOON + timedelta(minutes=1))
        second = timeline.load_page(busy, TimelineFilter(), before=first.older)
        assert [timeline.cursor_of(entry) for entry in second.entries] == expected

    def test_a_project_without_a_past_has_an_empty_page(self, project: Project) -> None:
        assert timeline.load_page(project, TimelineFilter()) == timeline.TimelinePage([])

    def test_a_page_takes_two_statements_wherever_it_begins(self, busy: Project) -> None:
        for place in (None, all_of(busy)[30]):
            with CaptureQueriesContext(
                database,
            ) as asked:
                timeline.load_page(busy, TimelineFilter(), before=place)
            assert len(asked) == 2


class TestPlaces:
    def test_one_is_read_as_it_was_written(self, project: Project) -> None:
        at = NOON + timedelta(microseconds=123_457)
        for entry in (signed_in(project, at), changed(project, at)):
            place = timeline.cursor_of(entry)
            assert timeline.parse_cursor(str(place)) == place

    @each_row(
        "written",
        [
            "",
            "1",
            "1-sign-ins",
            "1-sign-ins-",
            "1-others-1",
            "-1-changes-1",
            "1-changes-1 ",
            "１-changes-1",
            "1-changes-1\n",
            f"{'9' * 18}-changes-1",
            f"1-changes-{'9' * 19}",
        ],
    )
    def test_anything_else_is_none(self, written: str) -> None:
        assert timeline.parse_cursor(written) is None

    @pytest.mark.parametrize("written", [f"{'9' * 17}-sign-ins-{'9' * 18}", "0-changes-0"])
    def test_the_furthest_are_places_still(self, busy: Project, written: str) -> None:
        place = timeline.parse_cursor(written)
        for way in ("before", "after"):
            assert timeline.load_page(busy, TimelineFilter(), **{way: place}) is not None  # type: ignore[arg-type]


class TestFilters:
    def found(self, project: Project, **wanted: Any) -> list[Any]:
        return timeline.load_page(project, TimelineFilter(**wanted)).entries

    def test_an_outcome_shows_sign_ins_that_ended_so(self, project: Project) -> None:
        changed(project, NOON)
        signed_in(project, NOON)
        failed = signed_in(project, NOON, outcome="config")
        assert self.found(project, outcome="config") == [failed]

    def test_an_action_shows_these_changes(self, project: Project) -> None:
        changed(project, NOON)
        signed_in(project, NOON)
        deleted = changed(project, NOON, action="connection:deleted", target_name="wechat_web")
        assert self.found(project, action="connection:deleted") == [deleted]

    def test_an_alias_shows_the_connections_changes_and_sign_ins(self, project: Project) -> None:
        changed(project, NOON, target_name="wechat_web")
        signed_in(project, NOON, alias="another")
        changed(project, NOON, action="connection:added", target_name="another")
        added = changed(project, NOON, action="connection:added", target_name="wechat_web")
        used = signed_in(project, NOON)
        assert self.found(project, alias="wechat_web") == [used, added]

    def test_times_include_both_ends(self, project: Project) -> None:
        moments = [NOON + timedelta(microseconds=each) for each in range(4)]
        made = [each(project, at) for at in moments for each in (changed, signed_in)]
        assert self.found(project, since=moments[1], until=moments[2]) == made[2:6][::-1]

    def test_a_persons_name_is_found_by_its_beginning_in_any_case(
        self, project: Project, other_project: Project
    ) -> None:
        used = signed_in(project, NOON, user=person(project, "Mei Lin"))
        signed_in(project, NOON, user=person(project, "Lin Mei"))
        signed_in(project, NOON, user=person(other_project, "Mei Lin"))
        signed_in(project, NOON)
        made = changed(project, NOON, actor_name="Meister")
        changed(project, NOON)
        assert self.found(project, person="mEI") == [used, made]

    def test_a_wildcard_is_a_letter_like_others(self, project: Project) -> None:
        signed_in(project, NOON, user=person(project, "Mei"))
        used = signed_in(project, NOON, user=person(project, "%_"))
        assert self.found(project, person="%") == [used]
        assert self.found(project, person="_") == []

    def test_an_operator_is_found_by_the_whole_address(self, project: Project, owner: User) -> None:
        made = changed(project, NOON, actor=owner)
        changed(project, NOON)
        assert self.found(project, person="OLGA@example.com") == [made]
        assert self.found(project, person="olga@") == []

    def test_a_person_is_found_by_id(self, project: Project, owner: User) -> None:
        lei = person(project, "")
        used = signed_in(project, NOON, user=lei)
        made = changed(project, NOON, actor=owner)
        signed_in(project, NOON)
        changed(project, NOON)
        assert self.found(project, person=str(lei.pk)) == [used]
        assert self.found(project, person=str(owner.pk)) == [made]

    def test_of_a_crowd_with_one_name_some_are_shown(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timeline, "MAX_PEOPLE", 2)
        for _number in range(4):
            signed_in(project, NOON, user=person(project, "Mei"))
        assert len(self.found(project, person="Mei")) == 2
        assert len(timeline.find_end_users(project, "Mei")) == 3
