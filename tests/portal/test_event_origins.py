"""The request behind a change: kept beside the event, shown in History, gone after 90 days."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DataError
from django.test import Client, RequestFactory

from connections.secrets import check_keys
from core.request_origin import (
    LONGEST_USER_AGENT,
    clean_user_agent,
    current_origin,
    request_origin,
)
from projects.audit import kinds as event_kinds
from projects.audit.kinds import EventKind, register
from projects.audit.log import record_event
from projects.models import Event, EventOrigin, Project, User
from projects.tenants.services import create_project, rename_project
from tests.cast import APPSECRET, wechat_form
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

HISTORY = "/projects/acme/history/"
SETTINGS = "/projects/acme/settings/"
CHROME = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
ON_MAC = {"en": " on Mac", "zh-hans": " · Mac"}
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])


def rename(client: Client, **headers: str) -> EventOrigin:
    """Rename the project by its page; return what is kept of the request."""
    answer = client.post(SETTINGS, {"name": "New"}, headers=headers)
    assert answer.status_code == 302
    origin = EventOrigin.objects.get()
    assert origin.request_id == answer.headers["x-request-id"]
    return origin


def details(client: Client, language: str = "en") -> list[tuple[str, str]]:
    """What the first row of History says of the request."""
    page = Page(client.get(HISTORY, headers={"accept-language": language}))
    row = next(page.one("tbody").every("tr"))
    return [
        (fact.one("dt").text, fact.one("dd").text)
        for block in row.every("details")
        for fact in block.every("div")
    ]


class TestKeeping:
    def test_a_change_keeps_its_request(self, as_editor: Client, project: Project) -> None:
        origin = rename(as_editor, user_agent=CHROME)
        assert (origin.address, origin.user_agent) == ("127.0.0.1", CHROME)
        assert origin.event == Event.objects.get()
        assert (origin.project, origin.at) == (project, origin.event.at)

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "remote", "address"),
        [
            (0, "", "192.0.2.9", "192.0.2.9"),
            (0, "203.0.113.1", "192.0.2.9", "192.0.2.9"),
            (1, "203.0.113.1", "192.0.2.9", "203.0.113.1"),
            (1, "198.51.100.1, 203.0.113.1", "192.0.2.9", "203.0.113.1"),
            (2, "198.51.100.1, 203.0.113.1, 10.0.0.1", "192.0.2.9", "203.0.113.1"),
            (2, "203.0.113.1", "192.0.2.9", "192.0.2.9"),
            # The whole address: limits count the network alone.
            (1, "2001:DB8:1:2:3:4:5:6", "192.0.2.9", "2001:db8:1:2:3:4:5:6"),
            (1, "::ffff:203.0.113.1", "192.0.2.9", "203.0.113.1"),
            (0, "", "fe80::1%eth0", "fe80::1"),
            (1, "", "192.0.2.9", None),
            (1, "<script>", "192.0.2.9", None),
            (0, "", "", None),
        ],
    )
    def test_the_address_is_the_one_that_our_proxies_saw(
        self,
        rf: RequestFactory,
        project: Project,
        owner: User,
        settings: Any,
        proxies: int,
        forwarded: str,
        remote: str,
        address: str | None,
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        request = rf.post("/", REMOTE_ADDR=remote, headers={"x-forwarded-for": forwarded})
        with request_origin(request, "0123456789abcdef"):
            rename_project(project, name="New", actor=owner)
        assert EventOrigin.objects.get().address == address

    @each_row(
        "sent, kept",
        [
            ("", ""),
            (CHROME, CHROME),
            ("  curl/8.5 \t  x ", "curl/8.5 x"),
            ("a\x00b\r\nc\x1b[31md\x7f", "a b c [31md"),
            ("a\u202eb\u200bc\ud800d", "a b c d"),
            ("<b>&amp;", "<b>&amp;"),
            ("x" * 5000, "x" * LONGEST_USER_AGENT),
        ],
    )
    def test_what_a_browser_calls_itself_is_cleaned_and_cut(self, sent: str, kept: str) -> None:
        assert clean_user_agent(sent) == kept

    @pytest.mark.parametrize("sent", ["x" * 100_000, "\x00", "\udcff", "中文"])
    def test_whatever_it_calls_itself_can_be_kept(
        self, rf: RequestFactory, project: Project, owner: User, sent: str
    ) -> None:
        with request_origin(rf.post("/", HTTP_USER_AGENT=sent), "0123456789abcdef"):
            rename_project(project, name="New", actor=owner)
        assert EventOrigin.objects.get().user_agent == clean_user_agent(sent)

    def test_nothing_else_of_the_request_is_kept(self, as_editor: Client, project: Project) -> None:
        check_keys()
        as_editor.post(
            "/projects/acme/connections/add/wechat_web/?code=CANARY-code",
            wechat_form(),
            headers={"user-agent": CHROME, "authorization": "Bearer CANARY-token"},
        )
        (row,) = EventOrigin.objects.values()
        event = Event.objects.get()
        assert row.pop("request_id").isalnum()
        assert row == {
            "event_id": event.pk,
            "project_id": project.pk,
            "at": event.at,
            "address": "127.0.0.1",
            "user_agent": CHROME,
        }
        source = as_editor.get(HISTORY).content.decode()
        for secret in (APPSECRET, "CANARY", *(each.value for each in as_editor.cookies.values())):
            assert secret not in source

    def test_commands_have_none(self, project: Project, owner: User) -> None:
        create_project(name="Beta", slug="beta", owner=owner)
        assert Event.objects.count() == 1
        assert not EventOrigin.objects.exists()

    def test_what_comes_after_a_request_has_none(self, as_editor: Client, project: Project) -> None:
        rename(as_editor)
        assert current_origin() is None

    def test_it_is_of_the_changes_transaction(
        self, rf: RequestFactory, project: Project, owner: User
    ) -> None:
        owner.name = "nul \x00"
        with (
            request_origin(rf.post("/"), "0123456789abcdef"),
            pytest.raises(DataError, match="NUL"),
        ):
            rename_project(project, name="New", actor=owner)
        assert not EventOrigin.objects.exists()


class TestShowing:
    @LANGUAGES
    def test_those_who_read_the_history_see_it(
        self, as_editor: Client, as_viewer: Client, project: Project, language: str
    ) -> None:
        origin = rename(as_editor, user_agent=CHROME)
        assert details(as_viewer, language) == [
            (said_in(language, "Name"), "Acme → New"),
            (said_in(language, "Browser"), f"Chrome{ON_MAC[language]} {CHROME}"),
            (said_in(language, "IP address"), "127.0.0.1"),
            (said_in(language, "Request ID"), origin.request_id),
        ]

    def test_a_browser_that_calls_itself_markup_is_text(
        self, as_editor: Client, project: Project
    ) -> None:
        rename(as_editor, user_agent="<script>alert(1)</script>")
        assert details(as_editor)[1] == ("Browser", "Unknown browser <script>alert(1)</script>")

    def test_what_is_not_known_is_a_dash(
        self, rf: RequestFactory, as_viewer: Client, project: Project, owner: User
    ) -> None:
        with request_origin(rf.post("/", REMOTE_ADDR=""), "0123456789abcdef"):
            rename_project(project, name="New", actor=owner)
        assert [text for _label, text in details(as_viewer)][1:] == ["–", "–", "0123456789abcdef"]

    def test_once_it_is_gone_the_change_stays(
        self, as_viewer: Client, project: Project, owner: User
    ) -> None:
        rename_project(project, name="New", actor=owner)
        assert details(as_viewer) == [("Name", "Acme → New")]
        assert "renamed the project to New" in Page(as_viewer.get(HISTORY)).text


class TestKinds:
    @pytest.fixture
    def made_up(self, monkeypatch: pytest.MonkeyPatch) -> EventKind:
        monkeypatch.setattr(event_kinds, "_registered", dict(event_kinds._registered))
        kind = EventKind(
            key="application:created",
            name="Application created",
            sentence="%(actor)s created the application %(target)s",
        )
        register(kind)
        return kind

    def test_a_new_one_is_written_shown_and_found_without_a_migration(
        self, as_viewer: Client, project: Project, owner: User, made_up: EventKind
    ) -> None:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
        rename_project(project, name="New", actor=owner)
        record_event(made_up, project=project, actor=owner, target=project)
        page = Page(as_viewer.get(f"{HISTORY}?action={made_up.key}"))
        (row,) = page.one("tbody").every("tr")
        assert "Olga created the application New" in row.text
        options = {each.attributes["value"]: each.text for each in page.every("option")}
        assert options[made_up.key] == "Application created"

    @LANGUAGES
    def test_one_of_a_newer_release_is_told_as_far_as_it_is_known(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        project.events.create(
            actor_name="Olga",
            action="application:created",
            target_id="1",
            target_name="Shop %(target)s",
            changes={"port": [None, 8080], "secret.key": [None, "0a1b2c3d4e5f"]},
        )
        page = Page(as_viewer.get(HISTORY, headers={"accept-language": language}))
        _when, event = (each.text for each in page.one("tbody").every("td"))
        sentence = (
            "%(actor)s made a change that this version of Menkou does not know "
            "(%(kind)s): %(target)s"
        )
        words = {"kind": "application:created", "target": "Shop %(target)s", "actor": "Olga"}
        what, _summary, details = event.partition(f" {said_in(language, 'Details')} ")
        # Pages put a space around each element; a Chinese colon has none.
        assert what.replace("： ", "：") == said_in(language, sentence) % words
        fingerprint = said_in(language, "set (fingerprint %(after)s)") % {"after": "0a1b2c3d4e5f"}
        assert details == f"port 8080 secret.key {fingerprint}"
