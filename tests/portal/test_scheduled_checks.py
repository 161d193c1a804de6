"""The scheduled check: when a connection is failing, who is told, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from connections.checking import schedule
from connections.checking.schedule import claim_due_connection
from connections.checking.state import apply_scheduled_check, failing_connections
from connections.checking.steps import CheckStep, StepName
from connections.models import CheckResult, CheckState, Connection, SignIn, StepVerdict
from connections.secrets import check_keys
from portal.connections.checking.job import check_due_connections
from portal.connections.checking.notices import notify_owners
from portal.devtools.processes import wait_until
from portal.mail import can_send_mail
from projects.models import Event, Project, Role, User
from tests.cast import APPSECRET, make_connection
from tests.conftest import member
from tests.connections.servers import serving
from tests.openid import OpenID, connect, openid_settings
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.wechat import Visitor, WeChat
from tests.workers import clear_queue, let_time_pass, running_workers

BASE = "/projects/acme/connections/"


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    check_keys()


def step(name: StepName, verdict: StepVerdict, cause: str = "") -> CheckStep:
    return CheckStep(name, verdict, cause)


PASSED = [step(each, StepVerdict.PASSED) for each in (StepName.REACHABLE, StepName.CREDENTIALS)]
REJECTED = [PASSED[0], step(StepName.CREDENTIALS, StepVerdict.FAILED, "40125")]
TIMEOUT = [PASSED[0], step(StepName.CREDENTIALS, StepVerdict.FAILED, "timeout")]
UNREACHED = [step(StepName.REACHABLE, StepVerdict.FAILED, "unreachable")]
UNCLEAR = [PASSED[0], step(StepName.CREDENTIALS, StepVerdict.DOUBTFUL, "http_status")]
MISSING = [step(StepName.VALUES, StepVerdict.FAILED, "secret_missing")]


class TestState:
    @each_row(
        "checks, told",
        [
            ([PASSED, PASSED], "··"),
            ([REJECTED, REJECTED, REJECTED], "F··"),
            ([MISSING], "F"),
            ([TIMEOUT, PASSED, TIMEOUT], "···"),
            ([TIMEOUT, TIMEOUT, TIMEOUT], "·F·"),
            ([UNREACHED, TIMEOUT, UNREACHED], "···"),
            ([UNREACHED, UNREACHED, PASSED, PASSED], "·FR·"),
            # What is unclear is neither a failure nor a recovery.
            ([UNCLEAR, UNCLEAR], "··"),
            ([TIMEOUT, UNCLEAR, TIMEOUT], "···"),
            ([REJECTED, UNCLEAR, PASSED], "F·R"),
            ([REJECTED, UNREACHED, PASSED], "F·R"),
            ([REJECTED, PASSED, REJECTED], "FRF"),
        ],
    )
    def test_when_owners_are_told(
        self, project: Project, checks: list[list[CheckStep]], told: str
    ) -> None:
        Connection.objects.all().delete()
        connection = make_connection(project)
        found = ""
        for steps in checks:
            change = apply_scheduled_check(connection, steps)
            found += "·" if change is None else "R" if change.has_recovered else "F"
            failing = bool(failing_connections(project))
            connection.refresh_from_db(fields=["check_failed_at"])
            assert failing == (connection.check_failed_at is not None)
            assert failing == ((found.replace("·", "") or "R")[-1] == "F")
        assert found == told

    def test_a_connection_that_was_changed_meanwhile_or_is_gone(self, project: Project) -> None:
        connection = make_connection(project)
        Connection.objects.get(pk=connection.pk).save()
        assert apply_scheduled_check(connection, REJECTED) is None
        Connection.objects.all().delete()
        assert apply_scheduled_check(connection, REJECTED) is None
        assert not CheckState.objects.exists()

    def test_a_connection_that_is_turned_off_is_not_failing(self, project: Project) -> None:
        connection = make_connection(project)
        apply_scheduled_check(connection, REJECTED)
        Connection.objects.update(enabled=False)
        assert failing_connections(project) == []

    def test_what_was_changed_since_has_to_be_checked_again(
        self, project: Project, as_owner: Client
    ) -> None:
        connection = make_connection(project)
        apply_scheduled_check(connection, REJECTED)
        for was_changed in (False, True, False):
            if was_changed:
                # As a change of the settings does.
                Connection.objects.update(check_failed_at=None)
            else:
                apply_scheduled_check(connection, REJECTED)
            page = Page(as_owner.get(connection.get_absolute_url()))
            assert ("The published values were changed since." in page.text) == was_changed

    def test_events_name_no_person(self, project: Project, as_viewer: Client) -> None:
        connection = make_connection(project)
        apply_scheduled_check(connection, REJECTED)
        apply_scheduled_check(connection, PASSED)
        events = Event.objects.order_by("pk").values_list("action", "actor", "actor_name")
        assert list(events) == [
            ("connection:failing", None, "Menkou"),
            ("connection:recovered", None, "Menkou"),
        ]
        text = Page(as_viewer.get("/projects/acme/history/")).text
        assert "Menkou found that the connection wechat_web no longer works" in text


class TestSchedule:
    def test_each_enabled_connection_about_every_six_hours(self, project: Project) -> None:
        first, second = make_connection(project), make_connection(project, alias="second")
        make_connection(project, alias="off", enabled=False)
        # A connection that was never checked becomes due first.
        assert claim_due_connection() is None
        claimed = {claim_due_connection(), claim_due_connection()}
        assert claimed == {first, second}
        assert claim_due_connection() is None
        for state in CheckState.objects.all():
            hours = (state.next_at - timezone.now()) / timedelta(hours=1)
            assert 5.3 < hours < 6.7

    def test_what_was_changed_is_checked_soon(self, project: Project) -> None:
        connection = make_connection(project)
        claim_due_connection(), claim_due_connection()
        connection.save()
        assert claim_due_connection() is None
        CheckState.objects.update(checked_at=timezone.now() - schedule.SHORTEST)
        connection.save()
        assert claim_due_connection() == connection
        assert claim_due_connection() is None


class TestEmail:
    def test_owners_get_it_in_their_language(self, project: Project, owner: User) -> None:
        other = member(project, "Wang", Role.OWNER)
        member(project, "Ed", Role.EDITOR)
        User.objects.filter(pk=other.pk).update(language="zh-hans")
        connection = make_connection(project, labels={"en": "Scan", "zh-hans": "扫码"})
        failing = apply_scheduled_check(connection, REJECTED)
        assert failing is not None
        assert notify_owners(failing) == 2
        recovered = apply_scheduled_check(connection, PASSED)
        assert recovered is not None
        assert notify_owners(recovered) == 2

        found = {(each.to[0], each.subject): each.body for each in mail.outbox}
        assert set(found) == {
            (owner.email, "Sign-ins with “Scan” fail in Acme"),
            (other.email, "Acme：通过“扫码”登录失败"),
            (owner.email, "Sign-ins with “Scan” work again in Acme"),
            (other.email, "Acme：“扫码”登录已恢复正常"),
        }
        body = found[owner.email, "Sign-ins with “Scan” fail in Acme"]
        assert "WeChat does not accept the AppSecret." in body
        assert f"http://portal.test{connection.get_absolute_url()}" in body
        assert APPSECRET not in "".join(found.values())

    @each_row("language", ["en", "zh-hans"])
    def test_the_language_is_that_of_the_last_choice(
        self, as_owner: Client, owner: User, language: str
    ) -> None:
        as_owner.get(f"/projects/?lang={language}")
        owner.refresh_from_db()
        assert owner.language == language

    def test_nothing_is_claimed_where_no_mail_is_sent(
        self, project: Project, owner: User, as_owner: Client, settings: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        assert not can_send_mail()
        connection = make_connection(project)
        failing = apply_scheduled_check(connection, REJECTED)
        assert failing is not None
        notify_owners(failing)
        page = Page(as_owner.get(connection.get_absolute_url())).text
        assert "This connection started to fail" in page
        assert "email" not in page.partition("This connection started to fail")[2][:400]


@pytest.mark.django_db(transaction=True)
class TestJob:
    def run(self) -> None:
        """Let the schedule come round for all connections."""
        CheckState.objects.update(next_at=timezone.now())
        check_due_connections(0)

    def test_it_starts_to_fail_stays_so_and_recovers(
        self, project: Project, owner: User, wechat: WeChat, as_owner: Client
    ) -> None:
        connection = make_connection(project)
        told = []
        claim_due_connection()
        for secret in (APPSECRET, "f" * 32, "f" * 32, APPSECRET, APPSECRET):
            wechat.tell("reset", world="vectors")
            if secret != APPSECRET:
                wechat.fault("token", errcode=40125, errmsg="invalid appsecret")
            self.run()
            told.append(len(mail.outbox))
            in_list = Page(as_owner.get(BASE)).text
            assert ("Check failed" in in_list) == (secret != APPSECRET)
        assert told == [0, 1, 1, 2, 2]
        assert CheckResult.objects.filter(is_scheduled=True).count() == 3
        page = Page(as_owner.get(connection.get_absolute_url())).with_id("check").text
        assert "scheduled check" in page

    def test_a_provider_that_hangs_holds_up_no_other(
        self, project: Project, provider: OpenID, settings: Any
    ) -> None:
        provider.raw["/token"], provider.status["/token"] = b"{}", "400 Bad Request"
        # It takes as long as the deadline allows.
        with serving(lambda peer: peer.drip(b"HTTP/1.1 " + b"2" * 99, pause=0.5)) as hanging:
            settings.MENKOU_PRIVATE_ORIGINS = (provider.origin, hanging.origin)
            slow = connect(project, "openid_connect", "slow", **openid_settings(hanging.origin))
            for number in range(5):
                connect(
                    project,
                    "openid_connect",
                    f"quick-{number}",
                    **openid_settings(provider.origin),
                )
            claim_due_connection()
            CheckState.objects.filter(connection=slow).update(
                next_at=timezone.now() - timedelta(hours=1)
            )
            check_due_connections(0)
        assert CheckResult.objects.count() == 6
        last = CheckResult.objects.get(connection=slow)
        assert last.verdict == StepVerdict.FAILED
        for quick in CheckResult.objects.exclude(connection=slow):
            assert [each["verdict"] for each in quick.steps][:4] == ["passed"] * 4
            assert quick.at < last.at

    def test_its_failure_leaves_sign_ins_alone(
        self,
        project: Project,
        owner: User,
        visitor: Visitor,
        settings: Any,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        make_connection(project)
        claim_due_connection()
        settings.EMAIL_BACKEND = "no.such.Backend"
        visitor.wechat.fault("token", errcode=40125, errmsg="invalid appsecret")
        with pytest.raises(Exception, match="1 connections"):
            self.run()
        assert "was not checked: ImportError" in caplog.text or "ModuleNotFoundError" in caplog.text
        # Neither the state nor the event was kept, so that owners are told by the next one.
        assert failing_connections(project) == []
        assert not Event.objects.exists()

        visitor.wechat.begin_again()
        assert visitor.sign_in().headers["location"] == "/account"
        assert SignIn.objects.get().outcome == "ok"

    def test_a_worker_runs_it(self, project: Project, wechat: WeChat, tmp_path: Path) -> None:
        make_connection(project)
        claim_due_connection()
        clear_queue()
        origin = wechat.origin
        with running_workers(tmp_path, WECHAT_API_BASE_URL=origin, WECHAT_OPEN_BASE_URL=origin):
            let_time_pass()
            assert wait_until(CheckResult.objects.exists, seconds=70)
        clear_queue()
        assert CheckResult.objects.get().verdict == StepVerdict.PASSED
