"""The order of the buttons, whoever else moves, adds or deletes connections meanwhile."""

from __future__ import annotations

from functools import partial

import pytest

from connections.events import CONNECTION_MOVED
from connections.models import Connection
from connections.ordering import move_in_order, reorder_connections, step_in_order
from connections.providers import catalogue
from connections.services import add_connection, delete_connection
from projects.models import Event, Project, User
from tests.cast import APPSECRET, make_connection, proposal
from tests.connections.concurrent import all_at_once, overtaken
from tests.rows import each_row


@pytest.fixture
def four(project: Project) -> list[Connection]:
    """Connections a, b, c and d, as they were before anybody had put them in order."""
    return [make_connection(project, alias=alias) for alias in "abcd"]


def order(project: Project) -> list[str]:
    return [each.alias for each in Connection.objects.filter(project=project)]


def move(project: Project, moved: str, to: str, actor: User) -> list[Connection]:
    return reorder_connections(project, moved=moved, order=list(to), actor=actor)


def add(project: Project, alias: str, actor: User) -> Connection:
    return add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(alias=alias, secrets={"client_secret": APPSECRET}),
        actor=actor,
    )


@each_row(
    "present, moved, seen, result",
    [
        ("abcd", "d", "dabc", "dabc"),
        ("abcd", "a", "bcda", "bcda"),
        ("abcd", "c", "acbd", "acbd"),
        ("abcd", "b", "abcd", "abcd"),
        # Somebody has put d first meanwhile; a still wants to stand behind c.
        ("dabc", "a", "bcad", "dbca"),
        # Somebody has deleted b, behind which c was put; then it stands behind a.
        ("acd", "c", "abcd", "acd"),
        ("acd", "d", "abdc", "adc"),
        # Somebody has added e and f.
        ("abcdef", "d", "adbc", "adbcef"),
        ("abcdef", "a", "bcda", "bcdaef"),
        # The order says nothing, nothing of this one, or everything twice.
        ("abcd", "c", "", "abcd"),
        ("abcd", "c", "dab", "abcd"),
        ("abcd", "d", "aaddaadd", "adbc"),
        ("abcd", "a", "xyzbya", "bacd"),
    ],
)
def test_one_is_placed_behind_the_nearest_that_is_still_there(
    present: str, moved: str, seen: str, result: str
) -> None:
    assert "".join(move_in_order(present, moved, seen)) == result


@each_row(
    "moved, by, result",
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 1, "abc"), ("x", 1, "abc")],
)
def test_a_step_stops_at_the_ends(moved: str, by: int, result: str) -> None:
    assert "".join(step_in_order("abc", moved, by)) == result


def test_a_move_is_saved_with_one_line_of_history(
    project: Project, owner: User, four: list[Connection]
) -> None:
    returned = move(project, "d", "dabc", owner)

    assert [each.alias for each in returned] == order(project) == list("dabc")
    assert [each.position for each in returned] == [0, 1, 2, 3]
    (event,) = Event.objects.all()
    assert (event.action, event.actor, event.target_name, event.target_id, event.changes) == (
        CONNECTION_MOVED.key,
        owner,
        "d",
        str(four[3].pk),
        {"order": [list("abcd"), list("dabc")]},
    )


def test_a_move_raises_the_projects_version_and_no_connections(
    project: Project, owner: User, four: list[Connection]
) -> None:
    before = list(Connection.objects.order_by("pk").values("updated_at", "updated_by"))

    move(project, "b", "bacd", owner)

    assert Project.objects.get(pk=project.pk).version == project.version + 1
    after = list(Connection.objects.order_by("pk").values("updated_at", "updated_by"))
    assert after == before


def test_a_move_to_the_same_place_is_no_event(
    project: Project, owner: User, four: list[Connection]
) -> None:
    move(project, "b", "abcd", owner)

    assert (order(project), Event.objects.count()) == (list("abcd"), 0)


def test_a_new_connection_goes_last_also_after_moves(
    project: Project, owner: User, four: list[Connection]
) -> None:
    move(project, "d", "dabc", owner)
    add(project, "e", owner)

    assert order(project) == list("dabce")


def test_a_connection_that_is_gone_or_anothers_cannot_be_moved(
    project: Project, other_project: Project, owner: User, four: list[Connection]
) -> None:
    make_connection(other_project, alias="theirs")
    delete_connection(four[0], actor=owner)
    Event.objects.all().delete()

    for alias in ("a", "theirs"):
        with pytest.raises(Connection.DoesNotExist):
            reorder_connections(project, moved=alias, order=[alias, *"bcd"], actor=owner)

    assert (order(project), Event.objects.count()) == (list("bcd"), 0)


# --- at the same moment ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_move_different_ones_both_get_what_they_wanted(
    project: Project, owner: User, editor: User, four: list[Connection]
) -> None:
    overtaken(
        lambda: move(project, "d", "adbc", owner),
        by=lambda: move(project, "c", "cabd", editor),
    )

    assert order(project) == list("cadb")
    steps = [each.changes["order"] for each in Event.objects.order_by("pk")]
    assert steps == [[list("abcd"), list("cabd")], [list("cabd"), list("cadb")]]


@pytest.mark.django_db(transaction=True)
def test_eight_who_move_at_once_lose_nothing_and_are_recorded_in_a_row(
    project: Project, owner: User, four: list[Connection]
) -> None:
    moves = [("a", "bcda"), ("b", "bacd"), ("c", "abdc"), ("d", "dabc")] * 2

    all_at_once([partial(move, project, moved, to, owner) for moved, to in moves])

    rows = list(Connection.objects.filter(project=project).values_list("alias", "position"))
    assert sorted(alias for alias, _position in rows) == list("abcd")
    assert [position for _alias, position in rows] == [0, 1, 2, 3]
    steps = [each.changes["order"] for each in Event.objects.order_by("pk")]
    assert [before for before, _after in steps] == [
        list("abcd"),
        *(after for _before, after in steps[:-1]),
    ]
    assert [alias for alias, _position in rows] == steps[-1][1]


@pytest.mark.django_db(transaction=True)
def test_what_is_added_or_deleted_meanwhile_is_neither_lost_nor_brought_back(
    project: Project, owner: User, four: list[Connection]
) -> None:
    overtaken(lambda: move(project, "d", "dabc", owner), by=lambda: add(project, "e", owner))
    overtaken(
        lambda: move(project, "c", "dcab", owner),
        by=lambda: delete_connection(four[0], actor=owner),
    )

    assert order(project) == list("dcbe")


@pytest.mark.django_db(transaction=True)
def test_whoever_moves_one_that_is_being_deleted_moves_nothing(
    project: Project, owner: User, four: list[Connection]
) -> None:
    with pytest.raises(Connection.DoesNotExist):
        overtaken(
            lambda: move(project, "d", "dabc", owner),
            by=lambda: delete_connection(four[3], actor=owner),
        )

    assert order(project) == list("abc")
