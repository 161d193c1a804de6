"""In forced colours, states are visible without the shades that the stylesheets use elsewhere."""

from __future__ import annotations

from playwright.sync_api import Locator

from connections.services import set_enabled
from tests.cast import make_connection
from tests.journeys.stage import Stage

COLORS = """
(element, [part, names]) => names.map(name => getComputedStyle(element, part)[name])
"""


def colors(element: Locator, *names: str, part: str = "") -> tuple[str, ...]:
    """The computed colours of an element or of a pseudo-element."""
    found: list[str] = element.evaluate(COLORS, [part, names])
    return tuple(found)


def switch_colors(switch: Locator) -> tuple[str, str]:
    """The colours of a switch's track and knob."""
    (track,) = colors(switch, "backgroundColor", part="::before")
    (knob,) = colors(switch, "backgroundColor", part="::after")
    assert track != knob
    return track, knob


def test_the_state_of_a_switch_and_the_current_item_are_visible(stage: Stage) -> None:
    stage.add_wechat()
    off = make_connection(stage.project, alias="off", client_id="wx1")
    set_enabled(off, enabled=False, actor=stage.owner)
    person = stage.browser()
    page = person.page
    for dark in (False, True):
        page.emulate_media(forced_colors="active", color_scheme="dark" if dark else "light")
        person.open_portal("/projects/acme/connections/")
        person.picture(f"forced-colors-list-{dark}")
        current = page.locator("nav .nav-link[aria-current]")
        others = page.locator("nav .nav-link:not([aria-current])")
        assert colors(current, "backgroundColor") != colors(others.first, "backgroundColor")
        text, behind = colors(current, "color", "backgroundColor")
        assert text != behind

        tracks = set()
        for alias in ("wechat_web", "off"):
            page.goto(f"{stage.portal}/projects/acme/connections/{alias}/")
            person.picture(f"forced-colors-form-{alias}-{dark}")
            tab = page.get_by_role("tab", selected=True)
            other = page.get_by_role("tab", selected=False).first
            assert colors(tab, "backgroundColor") != colors(other, "backgroundColor")
            tracks.add(switch_colors(page.locator("[data-field=enabled] .switch"))[0])
        assert len(tracks) == 2
        page.goto(f"{stage.portal}/projects/acme/settings/")
        person.picture(f"forced-colors-settings-{dark}")
        tabs = page.locator(".page-tabs")
        lines = {
            colors(tabs.locator(kind).first, "borderBlockEndColor")
            for kind in ("a[aria-current]", "a:not([aria-current])")
        }
        assert len(lines) == 2
