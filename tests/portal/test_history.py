"""History: what people changed and who signed in, and the story of one sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from connections import timeline
from connections.configured import definition_of
from connections.models import Connection, SignIn
from connections.secrets import check_keys, fingerprint
from connections.services import delete_connection
from projects.audit.kinds import all_kinds
from projects.models import Event, Project, User
from projects.tenants.services import rename_project
from signin.references import format_reference
from tests.cast import APPSECRET, make_connection, sign_in_as, wechat_form
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

HISTORY = "/projects/acme/history/"
EDIT = "/projects/acme/connections/wechat_web/"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])
AT = datetime(2026, 11, 22, 9, 46, 12, tzinfo=UTC)


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    check_keys()
    return make_connection(project, actor=owner)


def failed(connection: Connection, at: datetime = AT, **values: Any) -> SignIn:
    """A sign-in that WeChat ended by not accepting the AppSecret."""
    given: dict[str, Any] = {
        "reference": "7K3QX0M91D",
        "outcome": "config",
        "cause": "40125",
        "provider_code": "40125",
        "provider_trace": "5f3a1b2c-0a1b2c3d-4e5f6071",
        "started_at": at - timedelta(seconds=9),
        "returned_at": at - timedelta(seconds=1),
        "durations": {"userinfo": 45, "token": 123},
        **values,
    }
    with patch("django.utils.timezone.now", return_value=at):
        return SignIn.objects.create(
            project=connection.project,
            connection=connection,
            alias=connection.alias,
            provider=connection.provider,
            **given,
        )


def table(client: Client, query: str = "", language: str = "en") -> list[list[str]]:
    """The rows, cell by cell."""
    page = Page(client.get(HISTORY + query, headers={"accept-language": language}))
    return [
        [cell.text for cell in row.every("td")]
        for body in page.every("tbody")
        for row in body.every("tr")
    ]


class TestList:
    def test_a_change_is_shown_field_by_field_and_secrets_by_their_fingerprints(
        self, as_editor: Client, as_viewer: Client, connection: Connection
    ) -> None:
        other = "f" * 32
        as_editor.post(
            EDIT,
            wechat_form(alias=None, client_secret=other, label_en="WeChat", enabled=None),
        )
        page = as_viewer.get(HISTORY)
        ((_when, event),) = table(as_viewer)
        assert event.startswith(
            "Ed changed the connection wechat_web Details Button label in English WeChat "
            "Show the button on the sign-in page On → Off "
            "Client Secret (AppSecret) "
            f"changed (fingerprint {fingerprint(APPSECRET)} → {fingerprint(other)}) "
            "Browser "
        )
        assert APPSECRET not in page.content.decode()
        assert other not in page.content.decode()

    def test_provider_and_choice_have_the_words_of_the_form(
        self, as_viewer: Client, project: Project
    ) -> None:
        project.events.create(
            actor_name="Olga",
            action="connection:added",
            target_type="wechat_web",
            target_name="wechat_web",
            changes={"provider": [None, "wechat_web"], "access_people": [None, "existing"]},
        )
        ((_when, english),) = table(as_viewer)
        ((_when, chinese),) = table(as_viewer, language="zh-hans")
        assert "Provider WeChat Web" in english
        assert "Who may sign in Existing users only" in english
        assert "允许登录的用户 仅限已有用户" in chinese

    def test_a_deleted_connection_keeps_its_name_and_says_what_it_was(
        self, as_viewer: Client, connection: Connection, owner: User
    ) -> None:
        failed(connection)
        delete_connection(connection, actor=owner)
        deletion, sign_in = table(as_viewer)
        assert deletion[1].startswith("Olga deleted the connection wechat_web Details ")
        assert "Client ID (AppID) was wx0123456789abcdef" in deletion[1]
        assert (
            f"Client Secret (AppSecret) removed (fingerprint {fingerprint(APPSECRET)})"
            in (deletion[1])
        )
        assert sign_in[1].startswith(
            "A user could not sign in with wechat_web (deleted) : needs attention"
        )
        assert len(table(as_viewer, "?connection=wechat_web")) == 2

    def test_a_sign_in_says_how_it_ended_and_why(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        failed(connection)
        assert table(as_viewer) == [
            [
                "22 Nov 2026 09:46:12 UTC",
                "A user could not sign in with wechat_web : needs attention "
                "WeChat does not accept the AppSecret. 40125 Details 7K3QX-0M91D",
            ]
        ]

    def test_a_field_that_no_form_has_keeps_its_name(
        self, as_viewer: Client, project: Project
    ) -> None:
        project.events.create(
            actor_name="Olga",
            action="project:renamed",
            target_id="1",
            target_name="Acme",
            changes={"odd": [["a"], {"b": 1}], "long": [None, "x" * 201], "gone": ["a", ""]},
        )
        ((_when, event),) = table(as_viewer)
        assert event.endswith(f' Details gone a → empty long {"x" * 200}… odd ["a"] → {{"b": 1}}')

    @each_row(
        "recorded, shown",
        [
            ([None, None], ""),
            ([None, ""], ""),
            ([None, []], ""),
            (["", None], ""),
            ([None, "b"], "name b"),
            (["", "b"], "name b"),
            ([None, False], "name Off"),
            ([0, False], "name 0 → Off"),
            (["a", ""], "name a → empty"),
            (["a", None], "name was a"),
            (["a", "b"], "name a → b"),
        ],
        undo=True,
    )
    def test_what_was_empty_is_left_out(
        self, as_viewer: Client, project: Project, recorded: list[Any], shown: str
    ) -> None:
        project.events.create(
            actor_name="Olga",
            action="member:left",
            target_id="1",
            target_name="Olga",
            changes={"name": recorded},
        )
        ((_when, event),) = table(as_viewer)
        assert event == f"Olga left the project{' Details ' if shown else ''}{shown}"

    def test_a_name_that_looks_like_a_place_stays_a_name(
        self, as_viewer: Client, project: Project
    ) -> None:
        project.events.create(
            actor_name="%(target)s",
            action="member:invited",
            target_id="1",
            target_name="%(actor)s %s",
        )
        ((_when, event),) = table(as_viewer)
        assert event == "%(target)s invited %(actor)s %s"

    def test_what_people_typed_is_text_and_no_markup(
        self, as_viewer: Client, project: Project, owner: User
    ) -> None:
        rename_project(project, name="<b>&amp;", actor=owner)
        ((_when, event),) = table(as_viewer)
        assert event == "Olga renamed the project to <b>&amp; Details Name Acme → <b>&amp;"

    def test_another_projects_past_is_not_mine(
        self, as_stranger: Client, stranger: User, connection: Connection, owner: User
    ) -> None:
        failed(connection)
        rename_project(connection.project, name="New", actor=owner)
        page = Page(as_stranger.get("/projects/beta/history/"))
        assert "No history yet" in page.text
        found = as_stranger.get("/projects/beta/history/?reference=7K3QX0M91D")
        assert found.status_code == 200

    @LANGUAGES
    def test_an_empty_history_says_what_will_be_there(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        page = Page(as_viewer.get(HISTORY, headers={"accept-language": language}))
        sentence = "Every change to the project and every sign-in appears here."
        assert said_in(language, sentence) in page.text

    def test_its_entry_stands_between_authentication_and_settings(
        self, as_viewer: Client, project: Project
    ) -> None:
        page = Page(as_viewer.get(HISTORY))
        entries = [link.text for link in page.one("nav", aria_label="Main menu").every("a")]
        assert entries[-3:] == ["Users", "History", "Settings"]
        (current,) = page.one("nav", aria_label="Main menu").every("a", aria_current="page")
        assert current.text == "History"

    def test_the_statements_do_not_grow_with_the_rows(
        self, as_viewer: Client, connection: Connection, django_assert_max_num_queries: Any
    ) -> None:
        person = User(project=connection.project, name="Mei")
        person.set_unusable_password()
        person.save()
        for number in range(20):
            failed(connection, reference=f"7K3QX0M9{number:02}", user=person)
            connection.project.events.create(
                actor_name="Olga", action="project:renamed", target_id="1", target_name="Acme"
            )
        with django_assert_max_num_queries(9):
            as_viewer.get(HISTORY)


class TestFilters:
    @pytest.fixture(autouse=True)
    def past(self, connection: Connection, owner: User, project: Project) -> None:
        person = User(project=project, name="李雷")
        person.set_unusable_password()
        person.save()
        failed(connection)
        later = AT + timedelta(days=1)
        failed(connection, later, reference="0000000001", outcome="ok", cause="", user=person)
        with patch("django.utils.timezone.now", return_value=later + timedelta(hours=1)):
            rename_project(project, name="New", actor=owner)

    @each_row(
        "query, found",
        [
            ("", ["renamed", "signed in", "could not"]),
            ("?kind=changes", ["renamed"]),
            ("?kind=sign-ins", ["signed in", "could not"]),
            ("?outcome=config", ["could not"]),
            ("?action=project:renamed", ["renamed"]),
            ("?action=connection:deleted", []),
            ("?connection=wechat_web", ["signed in", "could not"]),
            ("?person=李", ["signed in"]),
            ("?person=olga", ["renamed"]),
            ("?until=2026-11-22", ["could not"]),
            ("?since=2026-11-23", ["renamed", "signed in"]),
            ("?since=2026-11-22&until=2026-11-22&outcome=ok", []),
            # 09:46 UTC on 22 November is 23:46 on 21 November there.
            ("?until=2026-11-21&zone=Pacific/Marquesas", []),
            ("?until=2026-11-21&zone=Pacific/Honolulu", ["could not"]),
            ("?until=2026-11-21&zone=nowhere", []),
            ("?until=2026-11-21&zone=America", []),
            ("?until=2026-11-21&zone=../zoneinfo/Pacific/Honolulu", []),
            (f"?until=2026-11-21&zone={'x' * 5000}", []),
            ("?kind=sign-ins&connection=wechat_web&outcome=ok&person=李雷", ["signed in"]),
        ],
        undo=True,
    )
    def test_each_narrows_what_is_shown(
        self, as_viewer: Client, query: str, found: list[str]
    ) -> None:
        events = [row[1] for row in table(as_viewer, query)]
        assert len(events) == len(found)
        assert all(verb in event for verb, event in zip(found, events, strict=True)), events

    @each_row(
        "query, field, error",
        [
            ("?kind=x", "kind", "Select a valid choice. x is not one of the available choices."),
            ("?outcome=OK", "outcome", "OK is not one of the available choices."),
            ("?connection=theirs", "connection", "theirs is not one of the available choices."),
            (f"?person={'x' * 151}", "person", "Ensure this value has at most 150 characters"),
            ("?since=yesterday", "since", "Enter a valid date."),
            ("?until=2026-02-30", "until", "Enter a valid date."),
            (
                "?since=2026-12-02&until=2026-12-01",
                "until",
                ("The end date must not be before the start date."),
            ),
            ("?outcome=ok&kind=changes", "outcome", "Only sign-ins have an outcome."),
            ("?action=project:renamed&outcome=ok", "outcome", "Only sign-ins have an outcome."),
            (
                "?action=project:renamed&kind=sign-ins",
                "action",
                "This filter applies only to changes.",
            ),
        ],
        undo=True,
    )
    def test_one_that_makes_no_sense_says_so(
        self, as_viewer: Client, query: str, field: str, error: str
    ) -> None:
        page = Page(as_viewer.get(HISTORY + query))
        ((name, (said, *_more)),) = page.all_errors().items()
        assert name == field
        assert error in said

    @each_row(
        "query",
        [
            "?since=0001-01-01&zone=Asia/Shanghai",
            "?until=9999-12-31&zone=Pacific/Honolulu",
            "?zone=%E2%80%AE/..",
            "?before=x&after=y",
            f"?before={'9' * 17}-sign-ins-{'9' * 18}",
            f"?person={'x' * 5000}",
            "?person=%F0%9F%98%80%E2%80%AE'%22%5C%25_",
            "?person=00000000-0000-0000-0000-000000000000",
            "?reference=%0A",
            "?kind=changes&kind=sign-ins",
            "?page=2&x=y",
        ],
        undo=True,
    )
    def test_nothing_that_an_address_says_is_an_error_of_ours(
        self, as_viewer: Client, query: str
    ) -> None:
        assert as_viewer.get(HISTORY + query).status_code == 200

    def test_pages_keep_the_filter(
        self, as_viewer: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timeline, "PAGE_SIZE", 1)
        query = "?kind=sign-ins&connection=wechat_web"
        (first,) = table(as_viewer, query)
        older = Page(as_viewer.get(HISTORY + query)).links["Older"]
        given = parse_qs(urlsplit(older).query)
        assert (given.pop("before") != [], given) == (
            True,
            {"kind": ["sign-ins"], "connection": ["wechat_web"]},
        )
        (second,) = table(as_viewer, older)
        assert "李雷 signed in with wechat_web" in first[1]
        assert "could not sign in with wechat_web" in second[1]
        page = Page(as_viewer.get(HISTORY + older))
        assert "Older" not in page.links
        (newer,) = table(as_viewer, page.links["Newer"])
        assert newer == first

    def test_a_name_that_a_crowd_has_is_no_way_to_find_one(
        self, as_viewer: Client, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timeline, "MAX_PEOPLE", 1)
        assert "More than 1 names match" not in Page(as_viewer.get(f"{HISTORY}?person=李")).text
        person = User(project=project, name="李梅")
        person.set_unusable_password()
        person.save()
        assert "More than 1 names match" in Page(as_viewer.get(f"{HISTORY}?person=李")).text

    def test_every_action_and_outcome_can_be_chosen(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get(HISTORY))
        chosen = {
            option.attributes["value"] for option in page.with_id("id_action").every("option")
        }
        assert chosen == {"", *(kind.key for kind in all_kinds())}


class TestReference:
    @each_row("typed", ["7K3QX0M91D", "7k3qx-om9ld", " 7K3QX 0M9ID "], undo=True)
    def test_it_leads_to_the_story_however_it_is_typed(
        self, as_viewer: Client, connection: Connection, typed: str
    ) -> None:
        failed(connection)
        answer = as_viewer.get(HISTORY, {"reference": typed})
        assert (answer.status_code, answer.headers["location"]) == (302, f"{HISTORY}7K3QX0M91D/")

    @LANGUAGES
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            (
                "0000000000",
                "No sign-in in this project has this reference. Sign-ins are kept for 90 days.",
            ),
            (
                "hello",
                "A reference consists of ten letters and digits, for example 7K3QX-0M9ZD.",
            ),
        ],
    )
    def test_one_that_is_not_known_is_told_beside_the_field(
        self, as_viewer: Client, connection: Connection, typed: str, sentence: str, language: str
    ) -> None:
        failed(connection)
        answer = as_viewer.get(HISTORY, {"reference": typed}, headers={"accept-language": language})
        page = Page(answer)
        assert page.errors("reference") == [said_in(language, sentence)]
        assert page.value("reference") == typed
        assert len(list(page.one("tbody").every("tr"))) == 1

    def test_that_of_another_project_is_not_known(
        self, as_stranger: Client, connection: Connection
    ) -> None:
        failed(connection)
        known = as_stranger.get("/projects/beta/history/", {"reference": "7K3QX0M91D"})
        assert Page(known).errors("reference")[0].startswith("No sign-in in this project")
        assert as_stranger.get("/projects/beta/history/7K3QX0M91D/").status_code == 404

    @each_row("reference", ["0000000000", "nonsense", "-", "7K3QX0M91"], undo=True)
    def test_an_address_without_a_sign_in_is_not_found(
        self, as_viewer: Client, connection: Connection, reference: str
    ) -> None:
        failed(connection)
        assert as_viewer.get(f"{HISTORY}{reference}/").status_code == 404


class TestStory:
    def steps(self, page: Page) -> list[str]:
        return [step.text for step in page.one("ol", class_="story").every("li")]

    def test_it_tells_every_step_in_order(self, as_viewer: Client, connection: Connection) -> None:
        failed(connection)
        page = Page(as_viewer.get(f"{HISTORY}7k3qx-0m91d/"))
        assert self.steps(page) == [
            "Clicked the button on the sign-in page 22 Nov 2026 09:46:03 UTC",
            "Redirected to WeChat",
            "Returned from WeChat 22 Nov 2026 09:46:11 UTC",
            "Requested an access token from WeChat 123 ms",
            "Requested the user's profile from WeChat 45 ms",
            "Needs attention 22 Nov 2026 09:46:12 UTC",
        ]
        for fact in ("40125", "5f3a1b2c-0a1b2c3d-4e5f6071", "9000 ms", "WeChat Web / 网站应用"):
            assert fact in page.text
        assert page.links["wechat_web"] == EDIT

    def test_it_says_what_was_received_and_expected(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        facts = {
            "received": "<b>HS256</b>",
            "expected": "",
            "field": "alg",
            "of a later release": "x",
        }
        failed(connection, facts=facts)

        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/"))

        assert [each.text for each in page.one("dl", class_="facts").every("div")] == [
            "Field alg",
            "Received <b>HS256</b>",
            "Expected nothing",
        ]

    def test_one_that_never_left_says_so(self, as_viewer: Client, connection: Connection) -> None:
        failed(connection, returned_at=None, durations={}, cause="in_wechat", outcome="policy")
        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/"))
        assert self.steps(page) == [
            "Clicked the button on the sign-in page 22 Nov 2026 09:46:03 UTC",
            "Was not redirected to WeChat",
            "Not allowed 22 Nov 2026 09:46:12 UTC",
        ]

    def test_a_call_that_it_has_no_words_for_comes_last(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        failed(connection, durations={"introspect": 7, "userinfo": 45, "token": 3, "keys": 9})
        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/"))
        assert self.steps(page)[3:-1] == [
            "Requested an access token from WeChat 3 ms",
            "Requested the keys of WeChat 9 ms",
            "Requested the user's profile from WeChat 45 ms",
            "Sent a request to WeChat: introspect 7 ms",
        ]

    @LANGUAGES
    def test_cause_and_fix_are_in_both_languages_the_readers_first(
        self, as_viewer: Client, connection: Connection, language: str
    ) -> None:
        failed(connection)
        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/", headers={"accept-language": language}))
        fault = definition_of(connection).faults["40125"]
        told = [(each.attributes["lang"], each.text) for each in page.every(class_="remedy")]
        expected = [
            (each, f"{said_in(each, fault.cause)} {said_in(each, fault.remedy)}")
            for each in ("en", "zh-hans")
        ]
        assert told == (expected if language == "en" else expected[::-1])

    def test_a_success_needs_no_remedy_and_names_the_person(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        person = User(project=connection.project, name="李雷")
        person.set_unusable_password()
        person.save()
        failed(connection, outcome="ok", cause="", provider_code="", user=person)
        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/"))
        assert list(page.every(class_="remedy")) == []
        assert f"李雷 {person.pk}" in page.text
        query = urlsplit(page.links["View all sign-ins of this user"]).query
        assert len(table(as_viewer, f"?{query}")) == 1

    def test_it_outlives_connection_and_provider(
        self, as_viewer: Client, connection: Connection, owner: User
    ) -> None:
        failed(connection, cause="no_longer_listed")
        SignIn.objects.update(provider="carrier_pigeon")
        delete_connection(connection, actor=owner)
        page = Page(as_viewer.get(f"{HISTORY}7K3QX0M91D/"))
        assert "Redirected to carrier_pigeon" in page.text
        assert "wechat_web (deleted)" in page.text

    def test_a_real_failure_leaves_nothing_secret(
        self, visitor: Visitor, wechat: WeChat, connection: Connection, as_viewer: Client
    ) -> None:
        wechat.fault("token", errcode=40125)
        visitor.press()
        code = wechat.code()
        visitor.come_back(code=code, state=visitor.state)
        sign_in = SignIn.objects.get()
        assert sign_in.returned_at is not None
        assert sign_in.started_at < sign_in.returned_at < sign_in.ended_at < timezone.now()
        for address in (f"{HISTORY}{sign_in.reference}/", HISTORY):
            source = as_viewer.get(address).content.decode()
            assert format_reference(sign_in.reference) in source
            for secret in (code, visitor.state, APPSECRET):
                assert secret not in source

    def test_pressing_the_button_inside_wechat_is_told_as_not_sent(
        self, visitor: Visitor, connection: Connection, as_viewer: Client
    ) -> None:
        visitor.client.defaults["HTTP_USER_AGENT"] = "MicroMessenger/8.0"
        visitor.press()
        page = Page(as_viewer.get(f"{HISTORY}{SignIn.objects.get().reference}/"))
        assert self.steps(page)[1] == "Was not redirected to WeChat"


def test_a_viewer_who_is_no_member_any_more_reads_nothing(
    viewer: User, connection: Connection
) -> None:
    failed(connection)
    client = sign_in_as(viewer)
    assert client.get(HISTORY).status_code == 200
    viewer.memberships.all().delete()
    for address in (HISTORY, f"{HISTORY}7K3QX0M91D/"):
        assert client.get(address).status_code == 404
    assert not Event.objects.exists()
