"""The order of the buttons under somebody's hands: pointer, finger, keyboard, no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from connections.models import Connection
from connections.ordering import reorder_connections
from tests.cast import make_connection
from tests.journeys.stage import LANGUAGES, Person, Stage

NAMES = {"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"}


def at_the_list(
    stage: Stage,
    language: str = "en",
    *,
    width: int = 1280,
    scripts: bool = True,
) -> Person:
    for alias, name in NAMES.items():
        make_connection(
            stage.project,
            alias=alias,
            labels={"en": name, "zh-hans": name},
            actor=stage.owner,
            enabled=alias != "d",
        )
    person = stage.browser(language, width=width, scripts=scripts)
    person.open_portal("/projects/acme/connections/")
    return person


def saved() -> str:
    return "".join(each.alias for each in Connection.objects.all())


def shown(person: Person) -> str:
    return "".join(
        person.page.locator("tr[data-alias]").evaluate_all("rows => rows.map(r => r.dataset.alias)")
    )


def handle(person: Person, name: str) -> Locator:
    return person.page.get_by_role("button", name=f"Move “{name}”", exact=True)


def status(person: Person) -> Locator:
    return person.page.locator("[data-order-status]")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_row_is_dragged_and_the_sign_in_page_follows(stage: Stage) -> None:
    person = at_the_list(stage)
    person.page.mouse.move(*middle(handle(person, "Gamma")))
    person.page.mouse.down()
    x, y = middle(handle(person, "Alpha"))
    person.page.mouse.move(x, y + 10, steps=8)
    expect(status(person)).to_have_text("“Gamma”: position 1 of 4.")
    person.picture("order-dragging-en-1280-light", whole=False)
    person.page.mouse.up()

    expect(status(person)).to_have_text("Saved. “Gamma” is now at position 1 of 4.")
    expect(handle(person, "Gamma")).to_be_focused()
    assert (saved(), shown(person)) == ("cabd", "cabd")
    person.page.goto(stage.sign_in_page)
    assert person.page.locator(".provider-button").all_inner_texts() == ["Gamma", "Alpha", "Beta"]


def test_a_drag_that_ends_where_it_began_saves_nothing(stage: Stage) -> None:
    person = at_the_list(stage)
    x, y = middle(handle(person, "Beta"))
    person.page.mouse.move(x, y)
    person.page.mouse.down()
    person.page.mouse.move(x, y + 12, steps=4)
    person.page.mouse.up()

    expect(status(person)).to_have_text("“Beta” returned to position 2 of 4.")
    expect(handle(person, "Beta")).to_have_attribute("aria-pressed", "false")
    assert (saved(), stage.project.events.count()) == ("abcd", 0)


def test_escape_takes_a_drag_back(stage: Stage) -> None:
    person = at_the_list(stage)
    person.page.mouse.move(*middle(handle(person, "Alpha")))
    person.page.mouse.down()
    person.page.mouse.move(*middle(handle(person, "Delta")), steps=8)
    expect(status(person)).to_have_text("“Alpha”: position 4 of 4.")

    person.page.keyboard.press("Escape")
    person.page.mouse.up()

    expect(status(person)).to_have_text("“Alpha” returned to position 1 of 4.")
    assert (saved(), shown(person)) == ("abcd", "abcd")


@pytest.mark.parametrize("lift", ["Space", "Enter"])
def test_the_keyboard_lifts_moves_and_drops(stage: Stage, lift: str) -> None:
    person = at_the_list(stage)
    handle(person, "Alpha").focus()

    person.page.keyboard.press(lift)
    expect(status(person)).to_have_text("“Alpha” picked up. Position 1 of 4.")
    expect(handle(person, "Alpha")).to_have_attribute("aria-pressed", "true")
    person.page.keyboard.press("ArrowDown")
    person.page.keyboard.press("ArrowDown")
    expect(status(person)).to_have_text("“Alpha”: position 3 of 4.")
    person.page.keyboard.press("ArrowUp")
    expect(status(person)).to_have_text("“Alpha”: position 2 of 4.")
    expect(handle(person, "Alpha")).to_be_focused()
    person.check_accessibility()
    person.page.keyboard.press(lift)

    expect(status(person)).to_have_text("Saved. “Alpha” is now at position 2 of 4.")
    expect(handle(person, "Alpha")).to_be_focused()
    assert (saved(), shown(person)) == ("bacd", "bacd")


def test_home_and_end_go_all_the_way(stage: Stage) -> None:
    person = at_the_list(stage)
    handle(person, "Beta").focus()
    for key, order, place in (("End", "acdb", 4), ("Home", "bacd", 1)):
        for pressed in ("Space", key, "Space"):
            person.page.keyboard.press(pressed)
        expect(status(person)).to_have_text(f"Saved. “Beta” is now at position {place} of 4.")
        assert saved() == order
        expect(handle(person, "Beta")).to_be_focused()


@pytest.mark.parametrize("way", ["Escape", "Tab"])
def test_escape_and_leaving_put_a_lifted_row_back(stage: Stage, way: str) -> None:
    person = at_the_list(stage)
    handle(person, "Alpha").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", way):
        person.page.keyboard.press(key)

    expect(status(person)).to_have_text("“Alpha” returned to position 1 of 4.")
    assert (saved(), shown(person)) == ("abcd", "abcd")


def test_arrows_that_are_pressed_without_lifting_move_nothing(stage: Stage) -> None:
    person = at_the_list(stage)
    handle(person, "Alpha").focus()
    person.page.keyboard.press("ArrowDown")
    assert shown(person) == "abcd"


def open_menu(person: Person, name: str) -> Locator:
    """The button that opens the row's menu, after it was pressed by the keyboard."""
    button = person.page.get_by_role("button", name=f"Actions for “{name}”")
    button.press("Enter")
    return button


def test_the_menu_is_for_the_keyboard_and_returns_the_focus(stage: Stage) -> None:
    person = at_the_list(stage)
    button = open_menu(person, "Delta")
    delete = person.page.get_by_role("link", name="Delete Delta")
    expect(delete).to_be_in_viewport()
    person.check_accessibility()

    person.page.keyboard.press("Tab")
    expect(person.page.get_by_role("link", name="Edit Delta")).to_be_focused()
    person.page.keyboard.press("Escape")

    expect(delete).to_be_hidden()
    expect(button).to_be_focused()


def test_the_steps_of_the_menu_keep_it_open_and_the_focus(stage: Stage) -> None:
    person = at_the_list(stage)
    open_menu(person, "Alpha")
    down = person.page.get_by_role("button", name="Move down Alpha")

    down.click()
    expect(status(person)).to_have_text("Saved. “Alpha” is now at position 2 of 4.")
    expect(down).to_be_focused()
    down.press("Enter")
    expect(status(person)).to_have_text("Saved. “Alpha” is now at position 3 of 4.")
    down.press("Enter")

    # At the end the step is disabled, so that the handle takes the focus.
    expect(handle(person, "Alpha")).to_be_focused()
    assert (saved(), shown(person)) == ("bcda", "bcda")


def test_without_scripts_the_menu_does_it(stage: Stage) -> None:
    person = at_the_list(stage, scripts=False)
    expect(handle(person, "Beta")).to_be_hidden()
    person.picture("order-without-scripts")

    open_menu(person, "Beta")
    person.page.get_by_role("button", name="Move up Beta").click()

    expect(person.messages).to_contain_text("Button order saved.")
    assert (saved(), shown(person)) == ("bacd", "bacd")


def test_what_others_did_meanwhile_is_shown_with_the_drop(stage: Stage) -> None:
    person = at_the_list(stage)
    Connection.objects.filter(alias="b").delete()
    make_connection(stage.project, alias="e", labels={"en": "Epsilon"})
    reorder_connections(stage.project, moved="d", order=["d"], actor=stage.owner)
    handle(person, "Gamma").focus()
    for key in ("Space", "ArrowUp", "Space"):
        person.page.keyboard.press(key)

    expect(status(person)).to_have_text("Saved. “Gamma” is now at position 3 of 4.")
    assert (saved(), shown(person)) == ("dace", "dace")


def test_a_drop_that_cannot_be_saved_is_taken_back_and_said(stage: Stage) -> None:
    person = at_the_list(stage)
    person.page.route("**/move/", lambda route: route.abort())
    handle(person, "Alpha").focus()
    for key in ("Space", "ArrowDown", "Space"):
        person.page.keyboard.press(key)

    expect(status(person)).to_have_text(
        "The order could not be saved. Reload the page and try again."
    )
    assert (saved(), shown(person)) == ("abcd", "abcd")


def test_a_finger_drags_without_scrolling_the_page(stage: Stage) -> None:
    person = at_the_list(stage, width=390)
    session = person.page.context.new_cdp_session(person.page)
    x, y = middle(handle(person, "Alpha"))
    _x, below = middle(handle(person, "Beta"))

    def touch(kind: str, at: float | None = None) -> None:
        points = [] if at is None else [{"x": x, "y": at}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", y)
    for part in range(1, 9):
        touch("touchMove", y + (below - y) * part / 8)
    touch("touchEnd")

    expect(status(person)).to_have_text("Saved. “Alpha” is now at position 2 of 4.")
    assert saved() == "bacd"


@pytest.mark.parametrize(("width", "most"), [(1280, 12 * 48), (390, 1100)])
def test_twelve_connections_are_short(stage: Stage, width: int, most: int) -> None:
    for number in range(8):
        make_connection(stage.project, alias=f"connection-{number}", labels={"en": f"No. {number}"})
    person = at_the_list(stage, width=width)
    heights = person.page.locator("tr[data-alias]").evaluate_all(
        "all => all.map(e => e.offsetHeight)"
    )
    assert len(heights) == 12
    assert sum(heights) < most


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lifted_row_is_accessible_and_fits(stage: Stage, language: str) -> None:
    person = at_the_list(stage, language)
    person.page.locator("[data-handle]").nth(1).focus()
    person.page.keyboard.press("Space")
    person.page.keyboard.press("ArrowDown")
    if language == "zh-CN":
        expect(status(person)).to_have_text("“Beta”：第 3 位，共 4 个。")
    person.inspect("order-lifted")
