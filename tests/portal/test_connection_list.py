"""The list of connections: what each row says, and how it is read from the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.checking.state import apply_manual_check
from connections.checking.steps import CheckStep, StepName
from connections.models import Connection, SignIn, StepVerdict
from portal.connections import sign_in_numbers
from portal.connections.sign_in_numbers import count_sign_ins
from projects.models import Project, User
from signin.references import new_reference
from tests.cast import APPSECRET, make_connection
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

REJECTED = CheckStep(StepName.CREDENTIALS, StepVerdict.FAILED, "invalid_client")
LIST = "/projects/acme/connections/"


def sign_in(connection: Connection, outcome: str = "ok", *, days: float = 0) -> None:
    """A finished sign-in so many days ago."""
    row = SignIn.objects.create(
        project=connection.project,
        connection=connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=new_reference(),
        outcome=outcome,
        started_at=timezone.now(),
    )
    SignIn.objects.filter(pk=row.pk).update(ended_at=timezone.now() - timedelta(days=days))


def cells(client: Client, **headers: str) -> list[str]:
    """The cells of the only row, without its menu."""
    (row,) = Page(client.get(LIST, headers=headers)).one("tbody").every("tr")
    return [cell.text for cell in row.content if not isinstance(cell, str)][:-1]


def test_a_row_says_what_it_is_and_how_it_does(as_viewer: Client, project: Project) -> None:
    connection = make_connection(project, labels={"en": "Scan to sign in"})
    for days in (9, 3, 2):
        sign_in(connection, days=days)
    sign_in(connection, "cancelled", days=1)

    assert cells(as_viewer) == [
        "Scan to sign in",
        "WeChat Web / 网站应用",
        "Active",
        "2",
        "2 days ago",
    ]


@each_row(
    "change, badges",
    [
        ({}, ["Active"]),
        ({"enabled": False}, ["Turned off"]),
        ({"check_failed_at": timezone.now()}, ["Check failed"]),
        ({"check_failed_at": timezone.now(), "enabled": False}, ["Turned off", "Check failed"]),
    ],
    undo=True,
)
def test_the_state_is_said_once(
    as_viewer: Client, project: Project, change: dict[str, Any], badges: list[str]
) -> None:
    connection = make_connection(project)
    Connection.objects.update(**change)
    for path in (LIST, connection.get_absolute_url()):
        shown = Page(as_viewer.get(path)).one("main").every(class_="badge")
        assert [each.text for each in shown] == badges


def test_a_failure_of_the_configuration_is_shown_until_a_sign_in_succeeds(
    as_viewer: Client, project: Project
) -> None:
    connection = make_connection(project)
    found = []
    for outcome in ("ok", "config", "ok"):
        sign_in(connection, outcome)
        found.append(cells(as_viewer)[2])
    assert found == ["Active", "Last sign-in failed", "Active"]


def test_only_so_many_sign_ins_are_counted(
    as_viewer: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_numbers, "MOST_COUNTED", 2)
    connection = make_connection(project)
    shown = []
    for _number in range(4):
        sign_in(connection)
        shown.append(cells(as_viewer)[3])
    assert shown == ["1", "2", "2+", "2+"]


def test_connections_with_one_label_are_told_apart_by_alias(
    as_viewer: Client, project: Project
) -> None:
    make_connection(project)
    assert cells(as_viewer)[1] == "WeChat Web / 网站应用"
    make_connection(project, alias="wechat-shop")
    make_connection(project, alias="wechat-app", labels={"en": "App"})

    assert [
        each.text for each in Page(as_viewer.get(LIST)).every("td", class_="provider-cell")
    ] == [
        "WeChat Web / 网站应用 · wechat_web",
        "WeChat Web / 网站应用 · wechat-shop",
        "WeChat Web / 网站应用",
    ]


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    as_editor: Client, project: Project
) -> None:
    def count() -> int:
        with CaptureQueriesContext(database) as captured:
            as_editor.get(LIST)
        return len(captured)

    make_connection(project)
    one = count()
    for number in range(4):
        sign_in(make_connection(project, alias=f"more-{number}"))
    assert count() == one


def test_the_numbers_are_read_from_indexes(project: Project) -> None:
    make_connection(project)
    with CaptureQueriesContext(database) as captured:
        count_sign_ins(project)
    (asked,) = captured.captured_queries
    with database.cursor() as cursor:
        # The planner may read a short table as a whole, so it has to avoid it if it can.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("success_of_connection") == 2, plan
    assert "sign_in_of_connection" in plan
    assert "connections_signin_pkey" not in plan
    assert "Seq Scan on connections_signin" not in plan


class TestOfCredentials:
    @pytest.mark.parametrize(
        ("change", "failed"),
        [({"label_en": "Scan"}, True), ({"client_secret": "f" * 32}, False)],
    )
    def test_new_credentials_have_not_failed(
        self,
        as_editor: Client,
        project: Project,
        editor: User,
        change: dict[str, str],
        *,
        failed: bool,
    ) -> None:
        connection = make_connection(project)
        apply_manual_check(connection, [REJECTED], person=editor)
        page = Page(as_editor.get(connection.get_absolute_url()))
        saved = {name: page.value(name) for name in ("client_id", "account_id")}
        seen = page.one("input", name="seen").attributes["value"]
        sent = {**saved, "seen": seen, "enabled": "on", **change}

        assert as_editor.post(connection.get_absolute_url(), sent).status_code == 302

        connection.refresh_from_db()
        assert (connection.check_failed_at is not None) is failed

    def test_a_check_of_what_was_changed_meanwhile_is_not_remembered(
        self, project: Project, editor: User
    ) -> None:
        connection = make_connection(project, secret=APPSECRET)
        Connection.objects.get(pk=connection.pk).save()

        apply_manual_check(connection, [REJECTED], person=editor)

        connection.refresh_from_db()
        assert connection.check_failed_at is None


class TestEqualLabels:
    @each_row(
        "typed, warned",
        [
            ({}, ["label_en", "label_zh_hans"]),
            ({"label_en": "Shop"}, ["label_zh_hans"]),
            ({"label_zh_hans": "商店"}, ["label_en"]),
            ({"label_en": "SIGN IN WITH WECHAT", "label_zh_hans": "商店"}, ["label_en"]),
            ({"label_en": "Shop", "label_zh_hans": "商店"}, []),
        ],
        undo=True,
    )
    def test_the_form_asks_for_another(
        self, as_editor: Client, project: Project, typed: dict[str, str], warned: list[str]
    ) -> None:
        make_connection(project)
        sent = {
            "client_id": "wx9999999999999999",
            "client_secret": APPSECRET,
            "account_id": "gh_0123456789ab",
            "alias": "second",
            "enabled": "on",
            **typed,
        }

        answer = as_editor.post(f"{LIST}add/wechat_web/", sent)

        assert answer.status_code == (200 if warned else 302)
        if warned:
            page = Page(answer)
            assert [name for name in ("label_en", "label_zh_hans") if page.warnings(name)] == warned
            assert "The connection “wechat_web” has the same label" in page.text
            again = as_editor.post(
                f"{LIST}add/wechat_web/", sent | {"accept_warnings": page.accepts}
            )
            assert again.status_code == 302

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_it_is_said_before_a_secret_is_entered(
        self, as_editor: Client, project: Project, language: str
    ) -> None:
        make_connection(project)
        page = Page(as_editor.get(f"{LIST}add/wechat_web/", headers={"accept-language": language}))
        said = said_in(
            language,
            "The connection “{alias}” has the same label in {language}. People could not tell the "
            "two buttons apart. Enter another label.",
        )
        assert page.warnings("label_en") == [
            said.format(alias="wechat_web", language=said_in(language, "English"))
        ]

    def test_connections_that_share_a_button_share_its_label(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        page = Page(as_editor.get(f"{LIST}add/wechat_official_account/"))
        assert page.accepts is None

    def test_a_saved_label_is_not_warned_of_again(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        other = make_connection(project, alias="other", client_id="wx9999999999999999")
        assert Page(as_editor.get(other.get_absolute_url())).accepts is None
