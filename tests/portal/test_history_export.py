"""The history as a file: what it contains, what it never contains, and who is told of it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connections import timeline
from connections.models import SignIn
from connections.secrets import check_keys
from portal.history import export_view
from portal.history.export import COLUMNS, cell
from projects.models import Event, Project, User
from projects.tenants.services import rename_project
from tests.cast import APPSECRET, wechat_form
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

HISTORY = "/projects/acme/history/"
EXPORT = f"{HISTORY}export/"
AT = datetime(2026, 11, 22, 9, 46, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])
FORMATS = pytest.mark.parametrize("file_format", ["csv", "jsonl"])


def export(client: Client, file_format: str = "jsonl", **given: str) -> Any:
    answer = client.post(EXPORT, {"format": file_format, **given})
    assert answer.status_code == 200, answer
    return answer


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def rows_of(client: Client, **given: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(export(client, **given)).splitlines()]


def csv_rows(client: Client, **given: str) -> list[dict[str, str]]:
    text = text_of(export(client, "csv", **given))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sign_in(project: Project, at: datetime = AT, **values: Any) -> SignIn:
    given: dict[str, Any] = {"reference": uuid4().hex[:10], "outcome": "ok", "started_at": at}
    with patch("django.utils.timezone.now", return_value=at):
        return SignIn.objects.create(
            project=project, alias="wechat_web", provider="wechat_web", **{**given, **values}
        )


def change(project: Project, at: datetime = AT, **values: Any) -> Event:
    given = {"actor_name": "Olga", "action": "project:renamed", "target_id": "1"}
    with patch("django.utils.timezone.now", return_value=at):
        return project.events.create(**{**given, "target_name": "Acme", **values})


def end_user(project: Project, name: str) -> User:
    person = User(project=project, name=name)
    person.set_unusable_password()
    person.save()
    return person


class TestContent:
    @LANGUAGES
    def test_a_change_has_its_fields_old_and_new_and_its_request(
        self, as_editor: Client, as_viewer: Client, project: Project, editor: User, language: str
    ) -> None:
        as_editor.post("/projects/acme/settings/", {"name": "New"}, headers={"user-agent": CHROME})
        event = Event.objects.get()
        as_viewer.defaults["HTTP_ACCEPT_LANGUAGE"] = language

        expected = {
            "time": f"{event.at:%Y-%m-%dT%H:%M:%S.%f}Z",
            "record": "change",
            "kind": "project:renamed",
            "person": "Ed",
            "person_id": str(editor.pk),
            "target": "New",
            "target_id": str(project.pk),
            "changes": {"name": {"old": "Acme", "new": "New"}},
            "ip_address": "127.0.0.1",
            "user_agent": CHROME,
            "request_id": event.origin.request_id,
        }
        assert rows_of(as_viewer) == [{name: expected.get(name) for name in COLUMNS}]
        row = csv_rows(as_viewer, action="project:renamed")[0]
        assert json.loads(row.pop("changes")) == expected.pop("changes")
        assert row == {name: expected.get(name, "") for name in COLUMNS if name != "changes"}

    def test_a_sign_in_has_person_connection_and_cause(
        self, as_viewer: Client, project: Project
    ) -> None:
        person = end_user(project, "李雷")
        sign_in(project, user=person, outcome="policy", cause="person_inactive", provider_code="7")
        (row,) = rows_of(as_viewer)
        assert {name: value for name, value in row.items() if value and name != "reference"} == {
            "time": "2026-11-22T09:46:12.000000Z",
            "record": "sign-in",
            "kind": "sign-in:policy",
            "person": "李雷",
            "person_id": str(person.pk),
            "connection": "wechat_web",
            "provider": "wechat_web",
            "cause": "person_inactive",
            "provider_code": "7",
        }

    @FORMATS
    def test_no_secret_is_in_it(
        self, as_editor: Client, project: Project, file_format: str
    ) -> None:
        check_keys()
        add = "/projects/acme/connections/add/wechat_web/"
        assert as_editor.post(add, wechat_form(accept_warnings=".site")).status_code == 302
        other = "f" * 32
        as_editor.post(
            "/projects/acme/connections/wechat_web/", wechat_form(alias=None, client_secret=other)
        )
        text = text_of(export(as_editor, file_format))
        assert "secret.client_secret" in text
        for secret in (APPSECRET, other, *(each.value for each in as_editor.cookies.values())):
            assert secret not in text

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("", ""),
            ("Olga", "Olga"),
            ("a=b", "a=b"),
            *((f"{sign}1+1", f"'{sign}1+1") for sign in "=+-@\t\r\n＝＋－＠"),
            ('=HYPERLINK("http://evil")', '\'=HYPERLINK("http://evil")'),
        ],
    )
    def test_no_cell_is_a_formula(self, text: str, written: str) -> None:
        assert cell(text) == written

    @each_row(
        "name",
        ['"a","b"', "a\nb\r\nc", "=1+1", "<b>&amp;", "\u202eabc", "\u2028", "𝒳", "'; --"],
        undo=True,
    )
    def test_hostile_text_stays_in_its_cell(
        self, as_viewer: Client, project: Project, name: str
    ) -> None:
        change(project, actor_name=name, changes={name: [name, None]})
        (row,) = rows_of(as_viewer, kind="changes")
        assert (row["person"], row["changes"]) == (name, {name: {"old": name, "new": None}})
        row = csv_rows(as_viewer, action="project:renamed")[0]
        assert row["person"] == cell(name)
        assert json.loads(row["changes"]) == {name: {"old": name, "new": None}}

    @each_row(
        "given, found",
        [
            ({}, ["project:renamed", "sign-in:config", "sign-in:ok"]),
            ({"kind": "changes"}, ["project:renamed"]),
            ({"outcome": "config"}, ["sign-in:config"]),
            ({"person": "李"}, ["sign-in:ok"]),
            ({"until": "2026-11-21"}, []),
            ({"until": "2026-11-21", "zone": "Pacific/Honolulu"}, ["sign-in:ok"]),
        ],
        undo=True,
    )
    def test_it_is_what_is_filtered_newest_first(
        self, as_viewer: Client, project: Project, given: dict[str, str], found: list[str]
    ) -> None:
        sign_in(project, user=end_user(project, "李雷"))
        sign_in(project, AT + timedelta(hours=1), outcome="config")
        change(project, AT + timedelta(hours=2))
        assert [row["kind"] for row in rows_of(as_viewer, **given)] == found

    def test_another_projects_history_is_not_in_it(
        self, as_stranger: Client, project: Project
    ) -> None:
        change(project)
        answer = as_stranger.post("/projects/beta/history/export/", {"format": "csv"})
        assert text_of(answer).count("\r\n") == 1


class TestBatches:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timeline, "BATCH_SIZE", 3)

    @each_row("count", [0, 1, 3, 5, 6], undo=True)
    def test_each_entry_is_there_once_even_at_the_same_moment(
        self, as_viewer: Client, project: Project, count: int
    ) -> None:
        for number in range(count):
            (change if number % 2 else sign_in)(project)
        rows = rows_of(as_viewer)
        assert len(rows) == count
        assert len({(row["reference"], row["changes"]) for row in rows if row["reference"]}) == (
            (count + 1) // 2
        )

    def test_it_ends_at_the_limit(
        self, as_viewer: Client, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export_view, "EXPORT_LIMIT", 4)
        for day in range(6):
            sign_in(project, AT + timedelta(days=day - 9))
        rows = rows_of(as_viewer)
        assert [row["time"][:10] for row in rows] == [f"2026-11-{day}" for day in (18, 17, 16, 15)]
        assert Event.objects.get().changes["rows"] == [None, 4]

    def test_a_batch_is_read_when_it_is_sent(self, as_viewer: Client, project: Project) -> None:
        for _number in range(9):
            change(project)
        chunks = iter(export(as_viewer).streaming_content)
        for _batch in range(3):
            with CaptureQueriesContext(database) as asked:
                assert next(chunks).count(b"\n") == 3
            assert len(asked) == 2
        # Read to its end, or it ends when garbage is collected, in the middle of another test.
        assert not b"".join(chunks)

    def test_a_batch_starts_at_its_place_in_an_index(
        self, as_viewer: Client, project: Project
    ) -> None:
        for number in range(7):
            (change if number % 2 else sign_in)(project)
        answer = export(as_viewer)
        with CaptureQueriesContext(database) as asked:
            text_of(answer)
        assert asked.captured_queries
        for query in asked.captured_queries:
            with database.cursor() as cursor:
                # A short table is read as a whole unless that is forbidden.
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("SET LOCAL enable_sort = off")
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
            assert re.search("(event|sign_in)_by_time", plan), plan
            assert not re.search("Seq Scan on (projects_event|connections_signin) ", plan), plan


class TestRecord:
    @FORMATS
    def test_it_says_who_exported_what(
        self, as_viewer: Client, viewer: User, project: Project, file_format: str
    ) -> None:
        sign_in(project, outcome="config")
        given = {"outcome": "config", "since": "2026-11-01", "zone": "Asia/Shanghai"}
        answer = export(as_viewer, file_format, **given)
        # Before the first row is sent.
        event = Event.objects.get()
        assert (event.action, event.actor) == ("project:history-exported", viewer)
        assert event.changes == {
            "format": [None, file_format],
            "rows": [None, 1],
            "outcome": [None, "config"],
            "since": [None, "2026-10-31 16:00 UTC"],
        }
        assert "project:history-exported" not in text_of(answer)
        page = Page(as_viewer.get(HISTORY))
        assert "Vi exported the history of Acme" in page.text

    @LANGUAGES
    def test_names_of_users_are_not_recorded_for_good(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        export(as_viewer, person="李雷")
        assert "李雷" not in str(Event.objects.values())
        page = Page(as_viewer.get(HISTORY, headers={"accept-language": language}))
        assert said_in(language, "a name (not recorded)") in page.text
        someone = str(uuid4())
        export(as_viewer, person=someone)
        assert Event.objects.latest("pk").changes["person"] == [None, someone]

    @each_row(
        "given, address",
        [
            ({}, HISTORY + "?"),
            ({"format": "xlsx"}, HISTORY + "?"),
            ({"format": "csv", "since": "x"}, HISTORY + "?since=x"),
            ({"format": "csv", "outcome": "ok", "kind": "changes"}, "?kind=changes&outcome=ok"),
        ],
        undo=True,
    )
    def test_nothing_is_exported_by_a_filter_that_makes_no_sense(
        self, as_viewer: Client, project: Project, given: dict[str, str], address: str
    ) -> None:
        answer = as_viewer.post(EXPORT, given)
        assert answer.status_code == 302
        assert answer.headers["location"].endswith(address)
        assert not Event.objects.exists()

    @pytest.mark.usefixtures("fresh_limits")
    def test_it_counts_as_a_change(
        self, as_viewer: Client, project: Project, settings: Any
    ) -> None:
        settings.MENKOU_LIMIT_CHANGES = 2
        sent = {"format": "csv"}
        answers = [as_viewer.post(EXPORT, sent) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert Event.objects.count() == 2


@FORMATS
def test_the_page_offers_what_it_shows(
    as_viewer: Client, project: Project, owner: User, file_format: str
) -> None:
    rename_project(project, name="New", actor=owner)
    page = Page(as_viewer.get(f"{HISTORY}?kind=changes&person=olga"))
    form = page.one("form", action=EXPORT)
    sent = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.every("input")
        if each.attributes["name"] != "csrfmiddlewaretoken"
    }
    assert sent == {"kind": "changes", "person": "olga"}
    assert [each.attributes["value"] for each in form.every("button")] == ["csv", "jsonl"]
    assert "at most 100,000 entries" in form.text
    answer = export(as_viewer, file_format, **sent)
    assert answer.headers["content-disposition"].startswith('attachment; filename="acme-history-2')
    assert answer.headers["x-content-type-options"] == "nosniff"
    for query in ("?person=nobody", "?kind=x"):
        assert not list(Page(as_viewer.get(HISTORY + query)).every("form", action=EXPORT))
