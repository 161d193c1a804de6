"""The catalogue under the hands of a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from connections.providers import catalogue
from tests.journeys.stage import LANGUAGES, Person, Stage

# Forms of every kind: short and long, with keys of many lines, choices, files, and a derived one.
FORMS = (
    "google",
    "apple",
    "alipay",
    "wechat_official_account",
    "wecom",
    "openid_connect",
    "entra",
    "allauth_gitea",
)
# One layout and one script serve them all, so that two kinds are enough.
KINDS = [("en", 1280, False), ("zh-CN", 390, True)]


def at_the_catalogue(stage: Stage, query: str = "") -> Person:
    person = stage.browser()
    person.open_portal(f"/projects/acme/connections/add/{query}")
    return person


def test_the_catalogue_is_searched_while_one_types(stage: Stage) -> None:
    person = at_the_catalogue(stage)
    cards = person.page.locator(".provider-card:visible")
    expect(cards).to_have_count(len(catalogue.PROVIDERS))
    expect(person.page.get_by_role("button", name="Search", exact=True)).to_be_hidden()
    person.check_accessibility()
    person.picture("catalogue")

    person.page.get_by_role("searchbox", name="Search providers").fill("网站应用")

    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("WeChat Web / 网站应用")
    expect(person.page.get_by_role("heading", name="Social", exact=True)).to_be_hidden()
    expect(person.page.locator("[data-announcer]")).to_have_text("1 provider found")

    person.page.get_by_role("searchbox", name="Search providers").fill("myspace")

    expect(cards).to_have_count(0)
    expect(person.page.get_by_role("heading", name="No providers found")).to_be_visible()
    person.check_accessibility()
    person.picture("catalogue-empty")

    person.page.get_by_role("link", name="Show all providers").click()

    expect(cards).to_have_count(len(catalogue.PROVIDERS))


def test_what_is_typed_before_the_script_is_there_is_searched(stage: Stage) -> None:
    person = stage.browser()
    person.start_session()
    page = person.page
    with person.scripts_held():
        page.goto(f"{stage.portal}/projects/acme/connections/add/", wait_until="commit")
        page.get_by_role("searchbox", name="Search providers").focus()
        page.keyboard.type("网站应用")
        expect(page.get_by_role("link", name="GitHub")).to_be_visible()

    expect(page.locator(".provider-card:visible")).to_have_count(1)


def test_more_is_opened_searched_and_gone_through_by_keys(stage: Stage) -> None:
    person = at_the_catalogue(stage)
    page = person.page
    expect(page.get_by_role("link", name="Spotify")).to_be_hidden()

    page.keyboard.press("/")
    page.keyboard.type("spotify")
    expect(page.get_by_role("link", name="Spotify")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Spotify")).to_be_focused()
    person.check_accessibility()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="Google", exact=True)).to_be_focused()
    page.keyboard.press("g")
    expect(page.get_by_role("link", name="GitHub", exact=True)).to_be_focused()


def test_an_abbreviation_is_searched_as_the_server_does_it(stage: Stage) -> None:
    person = at_the_catalogue(stage)
    search = person.page.get_by_role("searchbox", name="Search providers")
    links = person.page.locator("[data-words]:not([hidden]) a:visible")
    for typed, first in (("wx", "WeChat Web"), ("dd", "DingTalk"), ("x", "X"), ("g", "Google")):
        search.fill(typed)
        expect(links.first).to_contain_text(first)
        by_script = links.all_inner_texts()
        person.page.goto(f"{stage.portal}/projects/acme/connections/add/?q={typed}")
        assert links.all_inner_texts() == by_script


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_popular_ones_fit_on_the_screen_of_a_laptop(stage: Stage, language: str) -> None:
    person = stage.browser(language)
    person.open_portal("/projects/acme/connections/add/")
    cards = person.page.locator("[data-catalogue-group]").first.locator("article")
    expect(cards).to_have_count(20)
    ends = cards.evaluate_all("cards => cards.map(card => card.getBoundingClientRect().bottom)")
    assert max(ends) < 800


@pytest.mark.parametrize(("language", "width", "dark"), KINDS)
def test_more_and_a_form_of_it_can_be_used_by_all(
    stage: Stage, language: str, width: int, *, dark: bool
) -> None:
    person = stage.browser(language, width=width, dark=dark)
    person.start_session()
    for name in ("?q=e", "allauth_gitea/", "allauth_reddit/"):
        person.page.goto(f"{stage.portal}/projects/acme/connections/add/{name}")
        person.check_accessibility()
        person.check_no_sideways_scrolling()
        person.picture(f"more-{name.strip('/?=')}-{width}")


def test_whoever_comes_back_finds_the_same_search(stage: Stage) -> None:
    person = at_the_catalogue(stage)
    person.page.get_by_role("searchbox", name="Search providers").fill("hub")
    person.page.get_by_role("link", name="GitHub").click()
    person.page.wait_for_url("**/add/github/")

    person.page.go_back()

    expect(person.page.get_by_role("searchbox", name="Search providers")).to_have_value("hub")
    expect(person.page.get_by_role("link", name="GitHub", exact=True)).to_be_visible()
    expect(person.page.get_by_role("link", name="Google", exact=True)).to_be_hidden()


@pytest.mark.parametrize(("language", "width", "dark"), KINDS)
def test_each_provider_has_a_page_that_all_can_use(
    stage: Stage, language: str, width: int, *, dark: bool
) -> None:
    person = stage.browser(language, width=width, dark=dark)
    person.start_session()
    for page in ("", *(f"{each}/" for each in FORMS)):
        person.page.goto(f"{stage.portal}/projects/acme/connections/add/{page}")
        person.check_accessibility()
        person.check_no_sideways_scrolling()
        person.picture(f"add-{page.strip('/') or 'catalogue'}-{width}")


def test_a_private_issuer_is_named_as_soon_as_the_field_is_left(stage: Stage) -> None:
    person = at_the_catalogue(stage)
    person.page.goto(f"{stage.portal}/projects/acme/connections/add/openid_connect/")
    field = person.page.get_by_label("Issuer URL")

    field.fill("https://169.254.169.254/latest")
    field.press("Tab")

    expect(person.page.get_by_text("This address is in a private network.")).to_be_visible()
    person.check_accessibility()
    person.picture("issuer-error")
