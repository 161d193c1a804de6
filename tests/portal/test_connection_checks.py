"""Check in the portal: what is typed and what is saved, who may, and what is kept of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from connections.checking.results import latest_results, store_result
from connections.checking.state import failing_connections
from connections.checking.steps import CheckStep, StepName
from connections.models import (
    CheckedValues,
    CheckResult,
    CheckState,
    Connection,
    StepVerdict,
    StoredSecret,
)
from connections.secrets import check_keys
from core.limits.rate import CHECK_ATTEMPTS
from portal.connections.checking.page_context import CHECKED
from projects.models import Event, Project, User
from tests.cast import APPSECRET, make_connection, wechat_form
from tests.checks import reachable_project
from tests.openid import CLIENT_ID, CLIENT_SECRET, OpenID, connect, openid_settings, running_openid
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.wechat import WeChat

BASE = "/projects/acme/connections/"
ADD = f"{BASE}add/wechat_web/check/"
EDIT = f"{BASE}wechat_web/check/"
WRONG = "f" * 32
HTMX = {"HX-Request": "true"}
REJECTED = CheckStep(StepName.CREDENTIALS, StepVerdict.FAILED, "40125", "40125")

pytestmark = pytest.mark.usefixtures("fresh_limits")


@pytest.fixture(autouse=True)
def reachable(project: Project, settings: Any) -> Iterator[None]:
    check_keys()
    with reachable_project(project, settings):
        yield


def typed(**values: Any) -> dict[str, Any]:
    return wechat_form(alias=None, **values)


def said(answer: Any) -> str:
    """What the page says of the check that was just made."""
    return Page(answer).with_id("check-result").text


class TestOfANewConnection:
    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_typed_values_are_used_and_nothing_is_kept(
        self, as_editor: Client, wechat: WeChat, headers: dict[str, str]
    ) -> None:
        wrong = as_editor.post(ADD, wechat_form(client_secret=WRONG), headers=headers)
        right = as_editor.post(ADD, wechat_form(), headers=headers)

        assert "WeChat does not accept the AppSecret." in Page(wrong).text
        assert "The provider accepted the credentials." in Page(right).text
        for answer in (wrong, right):
            assert answer.status_code == 200
            text = answer.content.decode()
            assert (WRONG in text, APPSECRET in text) == (False, False)
        assert not Connection.objects.exists()
        assert not StoredSecret.objects.exists()
        assert not CheckResult.objects.exists()
        assert not Event.objects.exists()

    def test_typed_values_stay_in_the_form(self, as_editor: Client, wechat: WeChat) -> None:
        page = Page(as_editor.post(ADD, wechat_form(label_en="Scan me")))
        assert page.value("label_en") == "Scan me"
        assert page.value("client_secret") is None

    def test_errors_are_named_and_no_request_is_made(
        self, as_editor: Client, wechat: WeChat
    ) -> None:
        page = as_editor.post(ADD, wechat_form(client_id="gh_0123456789ab"), headers=HTMX)
        assert "Some of the values cannot be used." in Page(page).text
        assert "Client ID (AppID): " in Page(page).text
        assert wechat.calls("token") == 0

    def test_warnings_need_not_be_accepted(self, as_editor: Client, wechat: WeChat) -> None:
        page = as_editor.post(ADD, wechat_form(client_id="wx0123"), headers=HTMX)
        assert "There are warnings about some of the values." in Page(page).text
        assert wechat.calls("token") == 1

    def test_what_only_the_console_shows_is_listed(
        self, as_editor: Client, project: Project, wechat: WeChat
    ) -> None:
        text = Page(as_editor.post(ADD, wechat_form(), headers=HTMX)).text
        assert "Wait until the app is approved" in text
        assert f"registered there: {project.host.split(':')[0]}" in text


class TestOfASavedConnection:
    def test_fields_have_the_names_of_the_readers_language(
        self, as_viewer: Client, project: Project
    ) -> None:
        connection = make_connection(project)
        step = CheckStep(
            StepName.VALUES,
            StepVerdict.DOUBTFUL,
            "value_missing",
            facts={"field": "account_id, client_id, former"},
        )
        CheckResult.objects.create(
            connection=connection,
            checked=CheckedValues.LIVE,
            verdict=StepVerdict.DOUBTFUL,
            steps=[step.as_json()],
        )
        for language, names in (
            ("en", "Account ID (原始ID), Client ID (AppID), former"),
            ("zh-hans", "Account ID（原始ID）、Client ID（AppID）、former"),
        ):
            url = connection.get_absolute_url()
            page = as_viewer.get(url, headers={"accept-language": language})
            assert names in Page(page).with_id("check").text

    @each_row(
        "sent, checked, verdict",
        [
            ({"saved": "on"}, CheckedValues.LIVE, StepVerdict.PASSED),
            (typed(client_secret=""), CheckedValues.LIVE, StepVerdict.PASSED),
            (typed(client_secret=WRONG), CheckedValues.TYPED, StepVerdict.FAILED),
            (typed(account_id="gh_" + "1" * 12, client_secret=""), CheckedValues.TYPED, "passed"),
        ],
    )
    def test_it_is_kept_with_person_time_and_what_it_was_of(
        self,
        as_editor: Client,
        editor: User,
        project: Project,
        wechat: WeChat,
        sent: dict[str, Any],
        checked: CheckedValues,
        verdict: str,
    ) -> None:
        Connection.objects.all().delete()
        connection = make_connection(project)
        before = Connection.objects.values().get()

        answer = as_editor.post(EDIT, sent)

        kept = CheckResult.objects.get()
        steps = {each["name"]: each["verdict"] for each in kept.steps}
        assert steps["credentials"] == verdict
        assert (kept.person, kept.checked, kept.is_scheduled) == (editor, checked, False)
        assert answer.status_code == (302 if "saved" in sent else 200)
        after = Connection.objects.values().get()
        assert {**after, "check_failed_at": None} == {**before, "check_failed_at": None}
        page = Page(as_editor.get(connection.get_absolute_url())).with_id("check").text
        assert ("Ed" in page, str(CHECKED[checked]) in page) == (True, True)

    def test_a_draft_is_checked_with_its_own_secret_and_says_nothing_of_what_is_live(
        self, as_editor: Client, project: Project, wechat: WeChat
    ) -> None:
        connection = make_connection(project)
        page = connection.get_absolute_url()
        assert (
            as_editor.post(page, {**typed(client_secret=WRONG), "action": "draft"}).status_code
            == 302
        )

        as_editor.post(EDIT, typed(client_secret=""))
        as_editor.post(EDIT, {"saved": "on"})

        live, draft = CheckResult.objects.all()
        assert (draft.checked, draft.verdict) == (CheckedValues.DRAFT, StepVerdict.FAILED)
        assert (live.checked, live.steps[2]["verdict"]) == (CheckedValues.LIVE, "passed")
        connection.refresh_from_db()
        assert connection.check_failed_at is None

    def test_members_see_results_and_editors_check(
        self, as_editor: Client, as_viewer: Client, project: Project, wechat: WeChat
    ) -> None:
        connection = make_connection(project, secret=WRONG)
        assert as_viewer.post(EDIT, {"saved": "on"}).status_code == 403
        as_editor.post(EDIT, {"saved": "on"})

        page = Page(as_viewer.get(connection.get_absolute_url()))

        assert "WeChat does not accept the AppSecret." in page.with_id("check").text
        assert "The last check of the published values failed" in page.text
        assert "Check again" not in page.text
        assert "Check failed" in Page(as_viewer.get(BASE)).text

    def test_only_so_many(self, as_editor: Client, project: Project, wechat: WeChat) -> None:
        make_connection(project)
        answers = [as_editor.post(EDIT, {"saved": "on"}) for _ in range(CHECK_ATTEMPTS + 1)]
        assert [each.status_code for each in answers] == [302] * CHECK_ATTEMPTS + [429]
        refused = as_editor.post(EDIT, typed(), headers=HTMX)
        assert "Too many checks of this connection" in refused.content.decode()

    def test_a_secret_that_does_not_open_is_said(
        self, as_editor: Client, project: Project, wechat: WeChat
    ) -> None:
        connection = make_connection(project)
        StoredSecret.objects.update(ciphertext=b"\x01" * 60)
        as_editor.post(EDIT, {"saved": "on"})
        page = Page(as_editor.get(connection.get_absolute_url())).with_id("check").text
        assert "cannot be decrypted" in page

    def test_a_recovery_that_somebody_sees_first_is_told_as_well(
        self, as_editor: Client, owner: User, project: Project, wechat: WeChat
    ) -> None:
        connection = make_connection(project)
        CheckState.objects.create(
            connection=connection,
            next_at=timezone.now(),
            failing_since=timezone.now(),
            failing_step=REJECTED.as_json(),
        )
        assert len(failing_connections(project)) == 1
        assert (
            "This connection started to fail"
            in Page(as_editor.get(connection.get_absolute_url())).text
        )

        as_editor.post(EDIT, typed(client_secret=WRONG))
        assert len(failing_connections(project)) == 1
        as_editor.post(EDIT, {"saved": "on"})

        assert failing_connections(project) == []
        assert [each.to for each in mail.outbox] == [[owner.email]]
        event = Event.objects.get(action="connection:recovered")
        assert event.actor_name == "Ed"


class TestSecrets:
    def test_no_planted_secret_leaves_the_form(
        self,
        as_editor: Client,
        project: Project,
        wechat: WeChat,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        connection = make_connection(project)
        planted = "abcdef" * 5 + "ab"
        pages = [
            as_editor.post(EDIT, typed(client_secret=planted)),
            as_editor.post(EDIT, typed(client_secret=planted), headers=HTMX),
            as_editor.post(ADD, wechat_form(client_secret=planted), headers=HTMX),
            as_editor.get(connection.get_absolute_url()),
            as_editor.get("/projects/acme/history/"),
        ]
        for page in pages:
            assert planted not in page.content.decode()
            assert APPSECRET not in page.content.decode()
        stored = json.dumps(list(CheckResult.objects.values("steps")))
        assert "40125" in stored
        for secret in (planted, APPSECRET):
            assert secret not in stored
            assert secret not in caplog.text

    def test_nor_one_that_a_provider_quotes(
        self, as_editor: Client, provider: OpenID, project: Project
    ) -> None:
        planted = "PLANTED-0123456789"
        provider.raw["/token"] = json.dumps(
            {"error": "invalid_client", "error_description": f"wrong: {planted}"}
        ).encode()
        provider.status["/token"] = "401 Unauthorized"
        form = {
            "alias": "openid_connect",
            "issuer": provider.origin,
            "client_id": "our-client",
            "client_secret": planted,
            "scopes": "openid",
            "enabled": "on",
        }
        text = as_editor.post(f"{BASE}add/openid_connect/check/", form, headers=HTMX)
        assert "Provider's message" in Page(text).text
        assert planted not in text.content.decode()

    @pytest.mark.parametrize("sent", [{}, {"action": "draft"}, {"action": "publish"}])
    def test_a_saved_secret_is_not_sent_to_another_server(
        self,
        as_editor: Client,
        provider: OpenID,
        project: Project,
        settings: Any,
        sent: dict[str, str],
    ) -> None:
        """Whatever button the request claims to come from."""
        own = connect(project, "openid_connect", **openid_settings(provider.origin))
        with running_openid() as other:
            settings.MENKOU_PRIVATE_ORIGINS = (provider.origin, other.origin)
            form = {"issuer": other.origin, "client_id": CLIENT_ID, "scopes": "openid", **sent}
            answer = as_editor.post(f"{BASE}{own.alias}/check/", form, headers=HTMX)
            assert answer.status_code == 200
            assert [each.path for each in other.asked if each.path == "/token"] == []
            assert [each for each in other.asked if CLIENT_SECRET in str(vars(each))] == []


class TestResults:
    def test_of_scheduled_checks_with_the_same_verdict_the_last_is_kept(
        self, project: Project, editor: User
    ) -> None:
        connection = make_connection(project)
        passed = CheckStep(StepName.CREDENTIALS, StepVerdict.PASSED)
        kept = []
        for step in (passed, passed, REJECTED, REJECTED, passed):
            store_result(connection, [step], checked=CheckedValues.LIVE, person=None)
            kept.append(CheckResult.objects.count())
        assert kept == [1, 1, 2, 2, 3]
        store_result(connection, [passed], checked=CheckedValues.LIVE, person=editor)
        latest = latest_results(connection)
        assert [each.is_scheduled for each in latest] == [False, True]

    def test_nothing_is_stored_for_a_connection_that_is_gone(self, project: Project) -> None:
        connection = make_connection(project)
        Connection.objects.all().delete()
        assert store_result(connection, [REJECTED], checked=CheckedValues.LIVE, person=None) is None
