"""Add Connection: what can be added; and the list of what was."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from connections.events import CONNECTION_DISABLED, CONNECTION_ENABLED
from connections.models import Connection
from connections.providers import catalogue
from connections.providers.definition import Definition, Group
from projects.models import Event, Project, User
from tests.cast import make_connection
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

CONNECTIONS = "/projects/acme/connections/"


# What people type for a provider, and the first that the page then shows to readers of English.
TYPED = {
    "wx": "wechat_web",
    "weixin": "wechat_web",
    "微信": "wechat_web",
    "gzh": "wechat_official_account",
    "fwh": "wechat_official_account",
    "qywx": "wecom",
    "wework": "wecom",
    "dd": "dingtalk",
    "fs": "feishu",
    "lark": "feishu",
    "zfb": "alipay",
    "dy": "douyin",
    "wb": "weibo",
    "bd": "baidu",
    "qq": "qq",
    "g": "google",
    "gh": "github",
    "gl": "gitlab",
    "gws": "google_workspace",
    "fb": "facebook",
    "ms": "microsoft",
    "aad": "entra",
    "li": "linkedin",
    "tw": "x",
    "x": "x",
    "tt": "tiktok",
    "tg": "telegram",
    "dc": "discord",
    "kc": "keycloak",
    "b2c": "azure_b2c",
    "oidc": "openid_connect",
}


def in_order() -> list[Definition]:
    """The entries that have a file, as readers of English have them."""
    rest = [each for each in catalogue.all_providers() if each.id not in catalogue.POPULAR]
    in_groups = sorted(rest, key=lambda each: list(Group).index(each.group))
    return [*catalogue.popular_providers(), *in_groups]


def shown(client: Client, language: str) -> list[str]:
    """The ids of the providers that the page shows, in its order."""
    page = Page(client.get(f"{CONNECTIONS}add/", headers={"accept-language": language}))
    cards = [each for each in page.every("li") if "data-words" in each.attributes]
    links = [card.one("a") for card in cards]
    return [link.attributes["href"].split("/")[-2] for link in links]


class TestCatalogue:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_it_shows_every_provider_in_its_group(self, as_owner: Client, language: str) -> None:
        page = Page(as_owner.get(f"{CONNECTIONS}add/", headers={"accept-language": language}))
        with translation.override(language):
            expected = {
                str(group.label): [
                    (str(each.name), f"{CONNECTIONS}add/{each.id}/")
                    for each in (*catalogue.all_providers(), *catalogue.derived_providers())
                    if each.group == group and each.id not in catalogue.POPULAR
                ]
                for group in Group
            }
            popular = {
                (str(each.name), f"{CONNECTIONS}add/{each.id}/")
                for each in catalogue.popular_providers()
            }
        sections = {
            section.one("h2").text.split()[0]: [
                (card.one("h3").text, card.one("a").attributes["href"])
                for card in section.every("article")
            ]
            for section in page.one("main").every("section")
        }
        assert set(sections.pop(said_in(language, "Popular"))) == popular
        assert sections == expected
        assert page.one("h1").text == said_in(language, "Add Connection")

    def test_a_card_says_what_the_provider_is_for(self, as_owner: Client) -> None:
        cards = Page(as_owner.get(f"{CONNECTIONS}add/")).every(class_="provider-card")
        told = [card.one("p").text for card in cards if list(card.every("p"))]
        assert told == [str(each.summary) for each in in_order()]

    @each_row(
        "query, open_, found",
        [("", False, "WeChat Web"), ("spotify", True, "Spotify"), ("微信", False, "WeChat Web")],
        undo=True,
    )
    def test_more_is_folded_until_something_in_it_is_searched(
        self, as_owner: Client, query: str, found: str, *, open_: bool
    ) -> None:
        page = Page(as_owner.get(f"{CONNECTIONS}add/", {"q": query}))
        assert ("open" in page.one("details", class_="catalogue-more").attributes) is open_
        shown = [each for each in page.every("li") if "data-words" in each.attributes]
        names = [each.one("h3").text for each in shown if "hidden" not in each.attributes]
        assert any(name.startswith(found) for name in names)

    def test_what_people_type_finds_what_they_mean_first(self) -> None:
        found = {
            query: next(each.id for each in in_order() if catalogue.matches(each, query))
            for query in TYPED
        }
        assert found == TYPED

    def test_each_word_of_a_provider_finds_it(self) -> None:
        for definition in catalogue.all_providers():
            for word in definition.names:
                assert catalogue.matches(definition, word), word

    def test_an_abbreviation_is_not_searched_within_words(self) -> None:
        within = {"x": "microsoft", "li": "microsoft", "dd": "openid_connect", "g": "discord"}
        found = {query: catalogue.matches(catalogue.get(id), query) for query, id in within.items()}
        assert found == dict.fromkeys(within, False)

    def test_readers_of_chinese_see_wechat_and_china_first(self, as_owner: Client) -> None:
        chinese, english = shown(as_owner, "zh-hans"), shown(as_owner, "en")
        china = [each.id for each in catalogue.popular_providers() if each.group == Group.CHINA]
        assert chinese[: len(china)] == china
        assert (chinese[0], english[0]) == ("wechat_web", "google")
        assert sorted(chinese) == sorted(english)
        rest = chinese[len(catalogue.POPULAR) :]
        assert catalogue.get(rest[0]).group == Group.CHINA

    def test_the_page_stays_light(self, as_owner: Client) -> None:
        assert len(as_owner.get(f"{CONNECTIONS}add/").content) < 150_000

    def test_wechat_web_is_there_by_both_names(self, as_owner: Client) -> None:
        links = Page(as_owner.get(f"{CONNECTIONS}add/")).links
        assert links["WeChat Web / 网站应用"] == f"{CONNECTIONS}add/wechat_web/"

    @each_row("count", [0, 1, 2], undo=True)
    def test_it_says_how_many_of_them_the_project_has(
        self, as_owner: Client, project: Project, other_project: Project, count: int
    ) -> None:
        make_connection(other_project)
        for number in range(count):
            make_connection(project, alias=f"wechat{number}", enabled=number == 0)
        badges = Page(as_owner.get(f"{CONNECTIONS}add/")).one("main").every(class_="badge")
        assert [badge.text for badge in badges] == [f"{count} in this project"] * bool(count)

    def test_an_unknown_provider_is_not_found(self, as_owner: Client) -> None:
        assert as_owner.get(f"{CONNECTIONS}add/myspace/").status_code == 404
        assert as_owner.post(f"{CONNECTIONS}add/myspace/", {}).status_code == 404


class TestList:
    def test_an_empty_one_invites_editors(self, as_editor: Client) -> None:
        page = Page(as_editor.get(CONNECTIONS))
        assert page.one("main").one("h2").text == "No connections yet"
        assert page.links["Add Connection"] == f"{CONNECTIONS}add/"

    def test_an_empty_one_tells_viewers_who_can_add(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get(CONNECTIONS))
        assert "Owners and editors of this project can add connections." in page.text
        assert "Add Connection" not in page.links

    @each_row(
        "enabled, secret, word",
        [(True, "s" * 32, "Active"), (False, "s" * 32, "Turned off"), (True, "", "Secret missing")],
        undo=True,
    )
    def test_the_state_is_a_word(
        self, as_viewer: Client, project: Project, *, enabled: bool, secret: str, word: str
    ) -> None:
        make_connection(project, enabled=enabled, secret=secret)
        for path in (CONNECTIONS, f"{CONNECTIONS}wechat_web/"):
            badge = next(Page(as_viewer.get(path)).one("main").every(class_="badge"))
            assert badge.text == word

    def test_a_viewer_has_nothing_to_press(self, as_viewer: Client, project: Project) -> None:
        make_connection(project)
        main = Page(as_viewer.get(CONNECTIONS)).one("main")
        assert not list(main.every("form"))
        assert {link.attributes["href"] for link in main.every("a")} == {
            "/projects/",
            "/projects/acme/",
            f"{CONNECTIONS}wechat_web/",
        }

    def test_rows_are_in_the_order_of_the_buttons(
        self, as_viewer: Client, project: Project
    ) -> None:
        for position, alias in enumerate(["third", "first", "second"]):
            make_connection(project, alias=alias)
            Connection.objects.filter(alias=alias).update(position=(position + 2) % 3)
        rows = Page(as_viewer.get(CONNECTIONS)).one("tbody").every("tr")
        assert [row.attributes["data-alias"] for row in rows] == ["first", "second", "third"]


class TestSwitch:
    @pytest.mark.parametrize(
        ("before", "after", "action", "message"),
        [
            (
                True,
                "off",
                CONNECTION_DISABLED.key,
                "Connection turned off. Existing accounts are not affected.",
            ),
            (
                False,
                "on",
                CONNECTION_ENABLED.key,
                ("Connection turned on. Its button is on the sign-in page."),
            ),
        ],
    )
    def test_it_shows_or_hides_the_button(
        self,
        as_editor: Client,
        editor: User,
        project: Project,
        *,
        before: bool,
        after: str,
        action: str,
        message: str,
    ) -> None:
        connection = make_connection(project, enabled=before)
        page = Page(as_editor.get(CONNECTIONS))
        switch = page.one("button", name="enabled")
        assert switch.attributes["value"] == after
        assert switch.text == f"Turn {after} Sign in with WeChat"

        answer = as_editor.post(f"{CONNECTIONS}wechat_web/switch/", {"enabled": after})

        assert (answer.status_code, answer.headers["location"]) == (302, CONNECTIONS)
        connection.refresh_from_db()
        assert (connection.enabled, connection.updated_by) == (not before, editor)
        assert [(each.action, each.actor, each.changes) for each in Event.objects.all()] == [
            (action, editor, {})
        ]
        assert Page(as_editor.get(CONNECTIONS)).messages == [message]

    def test_switching_to_what_it_is_already_is_no_event(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        as_editor.post(f"{CONNECTIONS}wechat_web/switch/", {"enabled": "on"})
        assert not Event.objects.exists()
