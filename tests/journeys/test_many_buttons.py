"""A sign-in page with more buttons than fit, and the one that the browser used last."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.cast import make_connection
from tests.journeys.stage import LANGUAGES, Person, Stage

MORE = {"en": "More ways to sign in", "zh-CN": "更多登录方式"}


def visible_buttons(person: Person) -> Locator:
    return person.page.locator(".provider-button:visible")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_that_was_used_last_is_marked_and_outside_the_fold(
    stage: Stage, language: str
) -> None:
    others = [f"Company {number}" for number in range(1, 7)]
    for number, name in enumerate(others):
        labels = {"en": name, "zh-hans": name}
        make_connection(stage.project, alias=f"c{number}", client_id=f"wx{number}", labels=labels)
    stage.add_wechat()
    visitor = stage.browser(language)
    visitor.visit(stage.sign_in_page, "many-buttons")
    expect(visible_buttons(visitor)).to_have_text(others[:5])

    visitor.page.locator("summary").focus()
    visitor.page.keyboard.press("Enter")
    expect(visible_buttons(visitor)).to_have_count(7)
    expect(visitor.page.locator("summary")).to_have_text(MORE[language])
    visitor.inspect("many-buttons-open")
    visitor.page.get_by_role("button", name=visitor.words["button"], exact=True).click()
    visitor.agree()
    visitor.page.wait_for_url("**/account")

    visitor.page.goto(stage.sign_in_page)
    marked = f"{visitor.words['button']} {visitor.words['last_used']}"
    expect(visible_buttons(visitor)).to_have_text([*others[:5], marked])
    expect(visitor.page.get_by_role("button", name=marked, exact=True)).to_be_visible()
    visitor.inspect("many-buttons-marked")
    visitor.page.set_viewport_size({"width": 320, "height": 900})
    visitor.check_no_sideways_scrolling()
