"""The list of connections in the order of the buttons: handles, arrows, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from connections.models import Connection
from core.text import join_names
from projects.models import Event, Project
from projects.tenants.hosts import hosts
from tests.cast import client_of, make_connection
from tests.portal.page_reader import Element, Page, said_in
from tests.rows import each_row
from tests.waiting import wait_until

LIST = "/projects/acme/connections/"


@pytest.fixture
def three(project: Project) -> list[Connection]:
    return [make_connection(project, alias=alias, labels={"en": alias.upper()}) for alias in "abc"]


def move(client: Client, alias: str, order: str, step: str = "", **headers: str) -> Any:
    sent = {"order": " ".join(order), "step": step}
    return client.post(f"{LIST}{alias}/move/", sent, headers=headers)


def order() -> str:
    return "".join(each.alias for each in Connection.objects.filter(project__slug="acme"))


def aliases(page: Element) -> list[str]:
    """The rows of the list, by alias."""
    rows = page.every("tr")
    return [row.attributes["data-alias"] for row in rows if "data-alias" in row.attributes]


def buttons(project: Project) -> list[str]:
    page = Page(client_of(project.host).get("/login"))
    return [each.text for each in page.every(class_="provider-button")]


class TestMoving:
    @each_row(
        "alias, step, result",
        [("b", "up", "bac"), ("b", "down", "acb"), ("a", "up", "abc"), ("c", "down", "abc")],
        undo=True,
    )
    @pytest.mark.usefixtures("three")
    def test_an_arrow_is_an_ordinary_button(
        self, as_editor: Client, alias: str, step: str, result: str
    ) -> None:
        answer = move(as_editor, alias, "abc", step)

        assert (answer.status_code, answer.headers["location"]) == (302, LIST)
        assert order() == result
        assert Page(as_editor.get(LIST)).messages == ["Button order saved."]

    @pytest.mark.usefixtures("three")
    def test_a_script_that_dropped_a_row_gets_the_rows_as_they_are_now(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project, alias="d")

        answer = move(as_editor, "c", "cab", **{"hx-request": "true"})

        page = Page(answer)
        assert answer.status_code == 200
        assert aliases(page) == list("cabd")
        assert not list(page.every("table"))
        assert Page(as_editor.get(LIST)).messages == []

    @pytest.mark.usefixtures("three")
    def test_the_sign_in_page_follows(self, as_editor: Client, project: Project) -> None:
        assert buttons(project) == ["A", "B", "C"]
        move(as_editor, "c", "cab")
        assert buttons(project) == ["C", "A", "B"]

    @pytest.mark.usefixtures("three")
    def test_a_connection_that_is_gone_is_not_found(self, as_editor: Client) -> None:
        Connection.objects.filter(alias="b").delete()
        assert move(as_editor, "b", "bac").status_code == 404
        assert order() == "ac"

    @each_row("sent", ["", "zzz", "b" * 5000, "\x01\U0001f600"], undo=True)
    @pytest.mark.usefixtures("three")
    def test_nonsense_loses_nothing(self, as_editor: Client, sent: str) -> None:
        assert move(as_editor, "b", sent, step="sideways").status_code == 302
        assert sorted(order()) == list("abc")


class TestList:
    @pytest.mark.usefixtures("three")
    def test_each_row_has_a_handle_and_two_steps_in_its_menu(self, as_editor: Client) -> None:
        page = Page(as_editor.get(LIST))

        handles = [cell.one("button") for cell in page.every("td", class_="order-cell")]
        assert [each.attributes["aria-label"] for each in handles] == [
            f"Move “{name}”" for name in "ABC"
        ]
        assert [
            (button.text, "disabled" in button.attributes)
            for button in page.every("button", name="step")
        ] == [
            ("Move up A", True),
            ("Move down A", False),
            ("Move up B", False),
            ("Move down B", False),
            ("Move up C", False),
            ("Move down C", True),
        ]
        (order,) = page.with_id("order").every("input", name="order")
        assert order.attributes["value"].split() == list("abc")
        assert {each.attributes["form"] for each in page.every("button", name="step")} == {"order"}
        assert [each.attributes["formaction"] for each in page.every("button", value="up")] == [
            f"{LIST}{alias}/move/" for alias in "abc"
        ]

    @pytest.mark.usefixtures("three")
    def test_a_viewer_sees_none_of_it(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get(LIST))
        assert aliases(page) == list("abc")
        assert not [*page.every("button", name="step"), *page.every("input", name="order")]
        assert "order" not in page.by_id
        assert "js/order" not in page.source

    def test_one_alone_has_nothing_to_be_ordered(self, as_editor: Client, project: Project) -> None:
        make_connection(project)
        page = Page(as_editor.get(LIST))
        assert not list(page.every("button", name="step"))
        assert "order" not in page.by_id

    @pytest.mark.usefixtures("three")
    def test_positions_are_spoken_in_the_readers_language(self, as_editor: Client) -> None:
        spoken = "“{name}”: position {place} of {count}."
        for language in ("en", "zh-hans"):
            page = Page(as_editor.get(LIST, headers={"accept-language": language}))
            status = page.one("p", role="status", class_="order-status")
            assert status.attributes["data-moved"] == said_in(language, spoken)


@pytest.fixture
def moved_to_the_top(as_editor: Client, project: Project, three: None) -> list[str]:
    """The aliases of 123 connections before the third of them was moved to the top."""
    for number in range(120):
        make_connection(project, alias=f"connection-{number}", secret="")
    present = [each.alias for each in project.connections.all()]
    as_editor.post(f"{LIST}c/move/", {"order": " ".join(["c", *present[:2], *present[3:]])})
    return present


@each_row("language", ["en", "zh-hans"])
def test_the_history_tells_old_and_new_order_in_full(
    as_editor: Client, moved_to_the_top: list[str], language: str
) -> None:
    present = moved_to_the_top
    page = Page(as_editor.get("/projects/acme/history/", headers={"accept-language": language}))

    change = next(page.every("dl", class_="changed-fields"))
    moved = ["c", "a", "b", *present[3:]]
    order = next(change.every("div")).text
    with translation.override(language):
        names = f"{join_names(present)} → {join_names(moved)}"
    assert order == f"{said_in(language, 'Order')} {names}"
    sentence = said_in(language, "%(actor)s moved the button of the connection %(target)s")
    assert sentence % {"actor": "Ed", "target": "c"} in page.text
    assert Event.objects.count() == 1


@pytest.fixture
def keeping(settings: Any) -> Iterator[None]:
    """The process keeps sign-in pages, as it is deployed."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    yield
    hosts.listener.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("three", "keeping")
def test_a_kept_sign_in_page_follows_within_a_second(as_editor: Client, project: Project) -> None:
    assert buttons(project) == buttons(project) == ["A", "B", "C"]

    move(as_editor, "c", "cab")

    wait_until(lambda: buttons(project) == ["C", "A", "B"], seconds=1.0)
