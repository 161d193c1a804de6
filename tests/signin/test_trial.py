"""Try sign-in: the true flow, of which nothing is kept but its result."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.candidates import live_candidate
from connections.configured import definition_of
from connections.drafts.saving import save_draft
from connections.drafts.successful_trials import fingerprint_of_values, has_successful_trial
from connections.drafts.unpublished_candidates import draft_candidate
from connections.models import (
    Connection,
    EndUserSession,
    Identity,
    IdentityKey,
    PendingSignIn,
    SignIn,
    SuccessfulTrial,
    Trial,
)
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.providers import catalogue
from connections.trials.services import MOST_KEPT
from core.random_text import hash_text
from portal.users.services import delete_user
from projects.models import Event, EventOrigin, Project, User
from signin.trial.redaction import MOST_SHOWN, Redactor
from tests.cast import client_of, make_connection, open_secret, proposal
from tests.processor_time import within
from tests.rows import each_row
from tests.samples.guests import guest_at
from tests.samples.sample import CODE, Guest

OUR_LOGS = ("menkou.access", "menkou.signin", "django.request")
# What a sign-in writes and a trial does not.
OF_SIGN_INS = (User, Identity, IdentityKey, EndUserSession, SignIn, PendingSignIn)


def path_of(connection: Connection) -> str:
    return f"/projects/acme/connections/{connection.alias}/try/"


def everything() -> list[tuple[Any, ...]]:
    """All rows of the tables that a sign-in writes, as they are."""
    found = []
    for model in OF_SIGN_INS:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t ORDER BY 1")
            found += cursor.fetchall()
    return found


class TrialRunner:
    """An editor in the portal, and a browser on the project's host that carries out the trial."""

    def __init__(self, portal: Client, guest: Guest) -> None:
        self.portal, self.guest = portal, guest
        self.answers: list[HttpResponse] = []

    @property
    def path(self) -> str:
        return path_of(self.guest.connection)

    def keep(self, answer: Any) -> Any:
        self.answers.append(answer)
        return answer

    def make(self, way: str = "here") -> str:
        """Press the button in the portal; return the path of the link on the project's host."""
        answer = self.keep(self.portal.post(self.path, {"way": way}))
        assert answer.status_code == 302, answer.content
        if way == "here":
            return str(answer["location"]).removeprefix(f"http://{self.guest.project.host}")
        return link_in(self.keep(self.portal.get(answer["location"])).content.decode())

    def start(self, link: str, *, post: bool = False) -> Any:
        """Open the link, or press its button; remember what goes to the provider."""
        client, host = self.guest.client, self.guest.project.host
        answer = self.keep(
            client.post(link, headers={"origin": f"http://{host}"}) if post else client.get(link)
        )
        address = urlsplit(answer.headers.get("location", ""))
        self.guest.script.query = {
            name: values[0] for name, values in parse_qs(address.query).items()
        }
        return answer

    def come_back(self, returns: Any = None) -> Any:
        return self.keep(self.guest.come_back(returns or self.guest.script.sample.returns))

    def go_through(self, returns: Any = None) -> Any:
        """Try in this browser, up to the result's page in the portal."""
        assert self.start(self.make()).status_code == 302
        return self.see_result(self.come_back(returns))

    def see_result(self, answer: Any) -> Any:
        assert answer.status_code == 302, answer.content
        assert answer["location"].startswith("http://portal.test/projects/acme/connections/")
        path = answer["location"].removeprefix("http://portal.test")
        return self.keep(self.portal.get(path, follow=True))

    def told(self) -> str:
        """Whatever anybody could see of the trial, without what only the provider gets."""
        stored = list(Trial.objects.values_list("steps", "cause", "values_hash", "return_url"))
        shown = [each.content.decode() for each in self.answers if each.status_code == 200]
        return json.dumps(stored, ensure_ascii=False) + "".join(shown)


def link_in(page: str) -> str:
    """The path of the link on a page."""
    start = page.index("/try/", page.index("data-copy="))
    return page[start : page.index('"', start)]


def steps_of() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = Trial.objects.get().steps
    return steps


@pytest.fixture
def runner(project: Project, as_editor: Client, settings: Any) -> Iterator[TrialRunner]:
    with guest_at("github", project, settings) as guest:
        yield TrialRunner(as_editor, guest)


@pytest.mark.parametrize("provider", catalogue.PROVIDERS)
def test_every_provider_can_be_tried_and_nothing_is_written(
    project: Project,
    as_editor: Client,
    settings: Any,
    provider: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with guest_at(provider, project, settings) as guest:
        runner = TrialRunner(as_editor, guest)
        before = everything()
        page = runner.go_through().content.decode()
        assert everything() == before
        assert "The sign-in works." in page, steps_of()
        keys = [each["key"] for each in steps_of()]
        assert [each for each in keys if each != "exchange"][0] == "redirect"
        assert keys[-3:] == ["claims", "profile", "decision"]
        assert steps_of()[-1]["decision"] == "new"
        person = guest.script.sample.person
        assert (person.name or person.subject) in page
        query, definition = guest.script.query, definition_of(guest.connection)
        secrets = [
            open_secret(guest.connection, each.field) for each in guest.connection.secrets.all()
        ]
        secrets += [query[definition.state_parameter], query.get("nonce", ""), "an-access-token"]
        told = runner.told()
        logged = "".join(each.getMessage() for each in caplog.records if each.name in OUR_LOGS)
        assert [each for each in (*secrets, CODE) if each and each in told] == []
        assert [each for each in secrets if each and each in logged] == []
        assert django_settings.SESSION_COOKIE_NAME not in guest.client.cookies
        assert django_settings.LAST_USED_COOKIE_NAME not in guest.client.cookies
        trial = Trial.objects.get()
        assert (trial.pkce_verifier, trial.nonce, trial.posted) == ("", "", None)
        event = Event.objects.get(action="connection:tried")
        assert event.changes["outcome"] == [None, "ok"]


def person_known(project: Project, connection: Connection, sample: Any) -> User:
    """An end user whom the sample's answers lead to."""
    user = User.objects.create(project=project, name="Known Person", password="!")
    Identity.objects.create(
        project=project,
        user=user,
        connection=connection,
        namespace=sample.person.namespace,
        subject=sample.person.subject,
    )
    return user


def test_results_about_a_deleted_user_are_deleted(
    runner: TrialRunner, project: Project, owner: User
) -> None:
    """Also one from before their account, and none of anybody else."""
    sample = runner.guest.script.sample
    runner.go_through()
    user = person_known(project, runner.guest.connection, sample)
    runner.go_through()
    runner.go_through({"error": "access_denied"})
    assert Trial.objects.count() == 3
    delete_user(user, actor=owner)
    assert Trial.objects.get().cause == "cancelled"
    assert sample.person.name not in str(Trial.objects.values_list("steps"))


class TestDecision:
    """It is made by the code of the sign-in, so a few cases are enough."""

    def test_a_known_user(self, runner: TrialRunner, project: Project) -> None:
        user = person_known(project, runner.guest.connection, runner.guest.script.sample)
        before = everything()
        page = runner.go_through().content.decode()
        assert everything() == before
        assert "This existing user would have been signed in." in page
        assert f"/projects/acme/users/{user.pk}/" in page

    def test_a_blocked_user(self, runner: TrialRunner, project: Project) -> None:
        user = person_known(project, runner.guest.connection, runner.guest.script.sample)
        User.objects.filter(pk=user.pk).update(is_active=False)
        page = runner.go_through().content.decode()
        assert "The sign-in would have been refused." in page
        assert "Known Person" in page
        assert Trial.objects.get().cause == "person_inactive"

    @pytest.mark.parametrize("is_merged", [False, True])
    def test_a_user_known_by_a_further_id(
        self, project: Project, as_editor: Client, settings: Any, is_merged: bool
    ) -> None:
        with guest_at("wechat_web", project, settings) as guest:
            (space, value) = guest.script.sample.person.keys[0]
            user = User.objects.create(project=project, name="By openid", password="!")
            Identity.objects.create(project=project, user=user, namespace=space, subject=value)
            identity = Identity.objects.get()
            IdentityKey.objects.create(
                project=project, identity=identity, namespace=space, value=value
            )
            if is_merged:
                person_known(project, guest.connection, guest.script.sample)
            before = everything()
            page = TrialRunner(as_editor, guest).go_through().content.decode()
            assert everything() == before
            assert "By openid" in page
            assert steps_of()[-1]["decision"] == ("merged" if is_merged else "linked")

    def test_a_user_whom_a_rule_does_not_admit(self, openid: TrialRunner) -> None:
        settings = {**openid.guest.connection.settings, "access_email_domains": "acme.example"}
        Connection.objects.update(settings=settings)
        page = openid.go_through().content.decode()
        assert "The sign-in would have been refused." in page
        assert "example.com" in page
        assert steps_of()[-1]["cause"] == "access_email_domain"

    def test_a_member_of_an_organization_is_admitted(
        self, project: Project, as_editor: Client, settings: Any
    ) -> None:
        with guest_at("wecom", project, settings) as guest:
            rules = {**guest.connection.settings, "access_organizations": "2"}
            Connection.objects.update(settings=rules)
            page = TrialRunner(as_editor, guest).go_through().content.decode()
        assert "The sign-in works." in page, steps_of()
        assert ["organization", "2"] in steps_of()[-2]["received"]

    def test_a_connection_that_is_turned_off(self, runner: TrialRunner) -> None:
        Connection.objects.update(enabled=False)
        page = runner.go_through().content.decode()
        assert "The sign-in works." in page
        assert "The connection is turned off" in page
        assert runner.guest.press().status_code in {400, 503}
        Connection.objects.update(is_unpublished=True)
        page = runner.go_through().content.decode()
        assert "The connection is not published" in page
        assert "The connection is turned off" not in page


@each_row(
    "returns, answers, cause, key",
    [
        ({"error": "access_denied"}, {}, "cancelled", "return"),
        ({"error": "server_error", "error_description": "Off"}, {}, "server_error", "return"),
        ({"code": ""}, {}, "callback_parameter", "return"),
        ({"code": CODE, "iss": "https://evil.example"}, {}, "issuer", "return"),
        ({"code": CODE}, {"/token": {"error": "invalid_client"}}, "invalid_client", "exchange"),
        ({"code": CODE}, {"/token": [1]}, "malformed", "exchange"),
        ({"code": CODE}, {"/userinfo": {"sub": "another"}}, "sub_mismatch", "exchange"),
        ({"code": CODE}, {"told": {"nonce": "another"}}, "nonce", "id_token"),
        ({"code": CODE}, {"told": {"aud": "another"}}, "audience", "id_token"),
        ({"code": CODE}, {"told": {"exp": 1}}, "clock", "id_token"),
    ],
    undo=True,
)
def test_a_failure_is_marked_where_it_happens(
    openid: TrialRunner, returns: dict[str, str], answers: dict[str, Any], cause: str, key: str
) -> None:
    script = openid.guest.script
    openid.guest.begin_again()
    script.told = answers.pop("told", {})
    prefix = next(each for each in script.answers if each.endswith("/token")).removesuffix("/token")
    script.answers |= {prefix + path: answer for path, answer in answers.items()}
    page = openid.go_through(returns).content.decode()
    failed = [each for each in steps_of() if each.get("cause")]
    assert [(each["cause"], each["key"]) for each in failed] == [(cause, key)], failed
    assert "The sign-in did not succeed." in page
    assert "What would have happened" in page
    assert User.objects.filter(project__isnull=False).count() == 0


@pytest.fixture
def openid(project: Project, as_editor: Client, settings: Any) -> Iterator[TrialRunner]:
    with guest_at("openid_connect", project, settings) as guest:
        yield TrialRunner(as_editor, guest)


class TestLink:
    def test_it_is_opened_by_a_preview_and_used_once(
        self, runner: TrialRunner, editor: User
    ) -> None:
        link = runner.make("link")
        for method in ("get", "head", "get"):
            assert getattr(client_of(runner.guest.project.host), method)(link).status_code == 200
        assert Trial.objects.get().started_at is None
        page = runner.start(link)
        for words in ("You will not be signed in", editor.name, "Acme"):
            assert words in page.content.decode()
        assert runner.start(link, post=True).status_code == 302
        query = runner.guest.script.query
        for again in (runner.guest.client, client_of(runner.guest.project.host)):
            for answer in (
                again.get(link),
                again.post(link, headers={"origin": f"http://{runner.guest.project.host}"}),
            ):
                assert answer.status_code == 410
                assert "This trial has ended" in answer.content.decode()
        runner.guest.script.query = query
        thanks = runner.come_back()
        assert thanks.status_code == 200
        assert "You were not signed in." in thanks.content.decode()
        result = f"{runner.path}{Trial.objects.get().pk}/"
        assert "The sign-in works." in runner.portal.get(result).content.decode()
        status = runner.portal.get(f"{result}status/?seen=waiting-9")
        assert status.headers["hx-refresh"] == "true"
        assert CODE not in runner.told()
        # The colleague's address is not the editor's.
        event = Event.objects.get(action="connection:tried")
        assert event.actor == editor
        assert not EventOrigin.objects.filter(event=event).exists()

    def test_its_pages_are_kept_nowhere_and_shown_in_no_frame(self, runner: TrialRunner) -> None:
        link = runner.make("link")
        result = f"{runner.path}{Trial.objects.get().pk}/"
        answers = [
            runner.start(link),
            runner.start(link, post=True),
            runner.come_back(),
            runner.start(link),
            runner.portal.get(result),
            runner.portal.get(f"{result}status/"),
            runner.portal.get(f"{result}end/?claim=x"),
        ]
        assert [each.status_code for each in answers] == [200, 302, 200, 410, 200, 200, 302]
        for answer in answers:
            assert "no-store" in answer.headers["Cache-Control"], answer
            assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, answer
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], answer

    def test_it_is_not_started_by_another_website(self, runner: TrialRunner) -> None:
        link = runner.make("link")
        answer = runner.guest.client.post(link, headers={"origin": "https://evil.example"})
        assert answer.status_code == 200
        assert Trial.objects.get().started_at is None

    def test_it_ends_after_ten_minutes(self, runner: TrialRunner) -> None:
        link = runner.make("link")
        page = f"{runner.path}{Trial.objects.get().pk}/"
        assert "data:image/svg+xml" in runner.portal.get(page).content.decode()
        Trial.objects.update(expires_at=timezone.now())
        assert runner.start(link).status_code == 410
        text = runner.portal.get(page).content.decode()
        assert "Nobody used the link within ten minutes." in text
        assert link not in text

    def test_who_comes_back_too_late_is_told_so(self, runner: TrialRunner) -> None:
        runner.start(runner.make("link"), post=True)
        Trial.objects.update(expires_at=timezone.now())
        runner.come_back()
        assert Trial.objects.get().cause == "expired"

    def test_it_is_shown_to_whoever_made_it(
        self, runner: TrialRunner, as_owner: Client, as_viewer: Client
    ) -> None:
        link = runner.make("link")
        page = f"{runner.path}{Trial.objects.get().pk}/"
        assert link not in as_owner.get(page).content.decode()
        assert as_viewer.get(page).status_code == 403
        assert link.removeprefix("/try/") not in str(Trial.objects.values_list())

    def test_the_status_changes_by_the_minute(self, runner: TrialRunner) -> None:
        runner.make("link")
        status = f"{runner.path}{Trial.objects.get().pk}/status/"
        assert "10 more minutes" in runner.portal.get(f"{status}?seen=waiting-9").content.decode()
        assert runner.portal.get(f"{status}?seen=waiting-10").status_code == 204

    @each_row("token", ["x", "x" * 32, "é", "a" * 5000])
    def test_another_one_is_not_found(self, runner: TrialRunner, token: str) -> None:
        assert runner.guest.client.get(f"/try/{token}").status_code == 404

    def test_one_of_another_project_is_not_found(
        self, runner: TrialRunner, other_project: Project
    ) -> None:
        assert client_of(other_project.host).get(runner.make("link")).status_code == 404

    def test_attempts_are_limited(self, runner: TrialRunner, settings: Any) -> None:
        link = runner.make("link")
        settings.MENKOU_LIMIT_STARTS = 2
        assert [runner.guest.client.get(link).status_code for _each in range(3)] == [200, 200, 429]
        for _each in range(30):
            answer = runner.portal.post(runner.path, {"way": "link"})
        assert answer.status_code == 429

    def test_the_list_reads_no_steps_and_takes_one_statement(self, runner: TrialRunner) -> None:
        for _each in range(2):
            runner.make("link")
        runner.go_through()
        with CaptureQueriesContext(database) as queries:
            assert "Latest trials" in runner.portal.get(runner.path).content.decode()
        found = [each["sql"] for each in queries if "connections_trial" in each["sql"]]
        assert len(found) == 1
        assert '"steps"' not in found[0]

    def test_a_hundred_of_a_connection_are_kept(self, runner: TrialRunner) -> None:
        trials = []
        for number in range(102):
            row = {"return_url": "", "is_by_link": True, "values_hash": ""}
            trials.append(
                Trial(
                    connection=runner.guest.connection,
                    link_hash=str(number),
                    expires_at=timezone.now(),
                    **row,
                )
            )
        Trial.objects.bulk_create(trials)
        runner.make("link")
        assert Trial.objects.count() == MOST_KEPT
        assert not Trial.objects.filter(link_hash__in=["0", "1"]).exists()


class TestHere:
    def test_nobody_else_sees_what_the_browser_did(
        self, runner: TrialRunner, as_owner: Client, owner: User
    ) -> None:
        """An editor cannot look at somebody's sign-in by sending them the address."""
        link = runner.make()
        victim = runner.guest
        runner.start(link)
        back = victim.come_back(victim.script.sample.returns)["location"]
        path = back.removeprefix("http://portal.test")
        # The victim is not in the portal, or is another member.
        for client in (client_of("portal.test"), as_owner):
            assert client.get(path).status_code == 302
        result = f"{runner.path}{Trial.objects.get().pk}/"
        text = runner.portal.get(result).content.decode()
        name = victim.script.sample.person.name
        assert name not in text
        assert "Latest trials" in runner.portal.get(runner.path).content.decode()
        assert result not in runner.portal.get(runner.path).content.decode()
        guessed = runner.portal.get(f"{result}end/?claim={'0' * 64}")
        assert guessed.status_code == 302
        assert name not in runner.portal.get(result).content.decode()
        assert name in runner.see_result(Redirected(back)).content.decode()

    def test_it_starts_for_a_page_only(self, runner: TrialRunner) -> None:
        link = runner.make()
        image = runner.guest.client.get(link, headers={"sec-fetch-dest": "image"})
        assert image.status_code == 404
        assert runner.guest.client.head(link).status_code == 404
        assert Trial.objects.get().started_at is None

    def test_a_browser_that_the_provider_refuses_is_a_result(
        self, project: Project, as_editor: Client, settings: Any
    ) -> None:
        with guest_at("wechat_official_account", project, settings) as guest:
            runner = TrialRunner(as_editor, guest)
            guest.client = guest.new_browser()
            page = runner.see_result(runner.start(runner.make())).content.decode()
            assert "outside WeChat" in page
            assert Trial.objects.get().cause == "outside_wechat"
            # By link nothing is lost: the page says where to open it.
            link = runner.make("link")
            text = guest.client.get(link).content.decode()
            assert "End the trial with this result" in text
            assert "Start the trial" not in text
            guest.client.defaults["HTTP_USER_AGENT"] = guest.script.sample.browser
            assert "Start the trial" in guest.client.get(link).content.decode()

    def test_a_change_meanwhile_ends_it(self, runner: TrialRunner) -> None:
        runner.start(runner.make())
        connection = runner.guest.connection
        Connection.objects.update(settings={**connection.settings, "client_id": "another"})
        runner.see_result(runner.come_back())
        assert Trial.objects.get().cause == "values_changed"
        assert runner.guest.script.heard == []


class Redirected:
    """An answer that leads somewhere."""

    status_code = 302
    content = b""

    def __init__(self, location: str) -> None:
        self.location = location

    def __getitem__(self, name: str) -> str:
        return self.location


class TestStates:
    def test_a_trials_state_signs_nobody_in(self, runner: TrialRunner) -> None:
        runner.start(runner.make())
        state = runner.guest.script.query["state"]
        pending = {"state": state, "code": CODE}
        for changed in (state.removeprefix("try"), f"{state}x", state.swapcase(), state[:-1]):
            answer = runner.guest.client.get(
                runner.guest.connection.callback_path, {**pending, "state": changed}
            )
            assert answer.status_code in {400, 410}
        assert User.objects.filter(project__isnull=False).count() == 0
        assert Trial.objects.get().taken_at is None
        assert runner.guest.script.heard == []

    def test_a_sign_ins_state_ends_no_trial(self, runner: TrialRunner) -> None:
        runner.guest.press()
        state = runner.guest.script.query["state"]
        # Even if somebody could give a trial the hash of a sign-in's state.
        runner.start(runner.make())
        Trial.objects.update(state_hash=hash_text(state))
        PendingSignIn.objects.all().delete()
        runner.guest.script.query["state"] = state
        assert runner.come_back().status_code == 400
        assert Trial.objects.get().taken_at is None

    def test_a_sign_in_goes_on_beside_a_trial(self, runner: TrialRunner) -> None:
        runner.guest.press()
        query = runner.guest.script.query
        runner.go_through()
        runner.guest.script.query = query
        answer = runner.guest.come_back(runner.guest.script.sample.returns)
        assert (answer.status_code, answer["location"]) == (302, "/account")

    def test_two_states_are_none(self, runner: TrialRunner) -> None:
        runner.start(runner.make())
        state = runner.guest.script.query["state"]
        path = f"{runner.guest.connection.callback_path}?code={CODE}&state={state}&state={state}"
        assert runner.guest.client.get(path).status_code == 400
        assert Trial.objects.get().taken_at is None

    def test_another_connections_callback_does_not_take_it(
        self, runner: TrialRunner, project: Project
    ) -> None:
        make_connection(project)
        runner.start(runner.make())
        state = runner.guest.script.query["state"]
        path = "/sso/oauth2/callback/wechat_web"
        answer = runner.guest.client.get(path, {"state": state, "code": CODE})
        assert answer.status_code == 410
        assert Trial.objects.get().taken_at is None

    def test_a_repeated_callback_leads_to_the_same_result(self, runner: TrialRunner) -> None:
        runner.start(runner.make())
        first, second = runner.come_back(), runner.come_back()
        assert first["location"] == second["location"]
        assert [each.path for each in runner.guest.script.heard].count(
            "/login/oauth/access_token"
        ) == 1

    def test_another_browser_is_told_and_the_right_one_may_still_come(
        self, runner: TrialRunner
    ) -> None:
        runner.start(runner.make("link"), post=True)
        own, runner.guest.client = runner.guest.client, runner.guest.new_browser()
        assert runner.come_back().status_code == 400
        assert Trial.objects.get().cause == "other_browser"
        result = f"{runner.path}{Trial.objects.get().pk}/"
        assert "another browser" in runner.portal.get(result).content.decode()
        assert runner.guest.script.heard == []
        runner.guest.client = own
        assert runner.come_back().status_code == 200
        assert Trial.objects.get().outcome == "ok"

    def test_another_browser_uses_up_nothing(self, openid: TrialRunner) -> None:
        """The right one still has its nonce and the verifier of its code."""
        openid.start(openid.make("link"), post=True)
        own, openid.guest.client = openid.guest.client, openid.guest.new_browser()
        openid.come_back()
        openid.guest.client = own
        assert openid.come_back().status_code == 200
        trial = Trial.objects.get()
        assert (trial.outcome, trial.pkce_verifier, trial.nonce) == ("ok", "", ""), trial.cause
        token = next(each for each in openid.guest.script.heard if each.path.endswith("/token"))
        assert token.form["code_verifier"]


class TestFormPost:
    @pytest.fixture
    def apple(self, project: Project, as_editor: Client, settings: Any) -> Iterator[TrialRunner]:
        with guest_at("apple", project, settings) as guest:
            yield TrialRunner(as_editor, guest)

    def test_the_form_is_sealed_and_the_query_does_not_count(self, apple: TrialRunner) -> None:
        apple.start(apple.make())
        state = apple.guest.script.query["state"]
        path = apple.guest.connection.callback_path
        planted = apple.guest.client.get(path, {"state": state, "code": "planted"})
        assert planted.status_code == 410
        sent = apple.guest.new_browser().post(path, {"state": state, "code": CODE})
        assert sent["location"] == f"{path}?state={state}"
        assert CODE.encode() not in bytes(Trial.objects.get().posted or b"")
        page = apple.see_result(apple.guest.client.get(sent["location"]))
        assert "The sign-in works." in page.content.decode()


def test_planted_secrets_of_hostile_answers_are_not_stored(openid: TrialRunner) -> None:
    """A provider that repeats codes, tokens and secrets in places where nobody expects them."""
    script = openid.guest.script
    path = next(each for each in script.answers if each.endswith("/userinfo"))
    plain = script.answers[path]
    secret = open_secret(openid.guest.connection, "client_secret")

    def hostile(script: Any, peer: Any) -> Any:
        answer = plain(script, peer) if callable(plain) else plain
        return {
            **answer,
            "note": f"your secret is {secret}, your code {CODE}",
            "refreshToken": "CANARY-refresh-token",
            "apiTokens": ["CANARY-of-several"],
            "token": {"value": "CANARY-inside", "more": {"deeper": "CANARY-deeper-inside"}},
            "see": "CANARY-inside and CANARY-deeper-inside",
            "ID": {"given": "shown-of-an-object"},
            "deep": [{"sessionKey": "CANARY-session-key", "jwt": script.id_token(iss="x")}],
            "echo": peer.headers.get("authorization", "") if hasattr(peer, "headers") else "",
            "key": "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----",
            "CANARY-name " + "x" * 5000: "y" * 5000,
        }

    script.answers[path] = hostile
    openid.go_through()
    told = openid.told()
    for planted in (secret, CODE, "CANARY-refresh", "CANARY-session", "eyJ", "BEGIN PRIVATE"):
        assert planted not in told, planted
    for planted in ("CANARY-of", "CANARY-inside", "CANARY-deeper"):
        assert planted not in told, planted
    assert "shown-of-an-object" in told
    assert len(json.dumps(steps_of())) < 20_000


def test_a_saml_request_in_the_providers_address_is_not_read(openid: TrialRunner) -> None:
    settings = openid.guest.connection.settings
    address = "https://id.example/authorize?SAMLRequest=AAAA"
    Connection.objects.update(settings={**settings, "authorization_endpoint": address})
    answer = openid.start(openid.make())
    assert answer["location"].startswith(f"{address}&")
    assert ["SAMLRequest", "…"] in steps_of()[-1]["sent"]


def test_an_answer_full_of_secrets_is_neither_shown_nor_slow() -> None:
    """A provider may send some thousand values with names of secrets, and long lists."""
    tokens = {f"{number}_token": f"secret-{number:06d}" for number in range(6000)}
    answer = {"list": ["text"] * 10_000, "note": "see secret-005999", "name": "Ada", **tokens}
    redactor = Redactor(["our-own-secret"])
    with within(0.2):
        redactor.learn_from(answer)
        facts = redactor.facts(answer)
    assert "secret-" not in json.dumps(facts)
    assert "Ada" not in json.dumps(facts)


def test_long_answers_do_not_fill_the_database() -> None:
    redactor = Redactor([])
    answer = {f"member-{number}": f"{number} " * 100 for number in range(50)}
    found = [redactor.facts(answer) for _each in range(30)]
    assert len(json.dumps(found, ensure_ascii=False)) < 2 * MOST_SHOWN
    assert found[0][49][1].startswith("49 49")
    assert found[-1] == [["…", ""]]


HOSTILE = [
    ({"data": {"url": "https://x"}}, b""),
    (["Ada"], b""),
    (5, b""),
    ("a\u0007\u202eb\0b\ud800" + "x" * 10_000, b"\\u0007"),
    ("a\u0007b", b"\x07\xe6\x9d"),
]


@pytest.mark.parametrize("provider", ["wechat_web", "openid_connect", "alipay", "wecom", "saml"])
def test_hostile_answers_end_in_a_result(
    project: Project, as_editor: Client, settings: Any, provider: str
) -> None:
    with guest_at(provider, project, settings) as guest:
        for shown, raw in HOSTILE:
            guest.begin_again()
            guest.script.shown, guest.script.raw = shown, raw
            page = TrialRunner(as_editor, guest).go_through()
            assert page.status_code == 200
            assert Trial.objects.first().finished_at
        for status in ("500 Internal Server Error", "404 Not Found"):
            guest.begin_again()
            guest.script.status = dict.fromkeys(guest.script.answers, status)
            discovery_cache.clear()
            cache.clear()
            runner = TrialRunner(as_editor, guest)
            answer = runner.start(runner.make())
            if "portal.test" not in answer["location"]:
                answer = runner.come_back()
            assert runner.see_result(answer).status_code == 200
            assert Trial.objects.first().finished_at


class TestDraft:
    def test_the_draft_is_tried_and_the_live_values_stay(
        self, runner: TrialRunner, project: Project, owner: User
    ) -> None:
        connection = runner.guest.connection
        page = runner.portal.get(runner.path).content.decode()
        assert 'name="source"' not in page
        values = {**connection.settings, "client_id": "a-new-client"}
        save_draft(
            connection,
            proposal=proposal(
                alias=connection.alias,
                settings=values,
                secrets={"client_secret": "CANARY-of-the-draft"},
            ),
            actor=owner,
        )
        page = runner.portal.get(runner.path).content.decode()
        assert 'name="source"' in page
        result = runner.go_through().content.decode()
        token = next(each for each in runner.guest.script.heard if "token" in each.path)
        assert token.form["client_id"] == "a-new-client"
        assert token.form["client_secret"] == "CANARY-of-the-draft"
        assert "CANARY" not in runner.told()
        assert "draft based on revision 1" in result
        event = Event.objects.get(action="connection:tried")
        assert event.changes["values"] == [None, "draft"]
        connection = Connection.objects.get()
        assert has_successful_trial(connection, fingerprint_of_values(draft_candidate(connection)))
        assert not has_successful_trial(
            connection, fingerprint_of_values(live_candidate(connection))
        )
        # What is live can be tried as well.
        answer = runner.portal.post(runner.path, {"way": "here", "source": "live"})
        assert answer.status_code == 302
        assert Trial.objects.first().source == "live"

    def test_a_connection_that_was_never_published(self, runner: TrialRunner) -> None:
        Connection.objects.update(is_unpublished=True, enabled=False)
        assert 'name="source"' not in runner.portal.get(runner.path).content.decode()
        assert "The sign-in works." in runner.go_through().content.decode()
        assert Trial.objects.get().source == "draft"

    def test_a_failure_counts_for_nothing(self, runner: TrialRunner) -> None:
        runner.go_through({"error": "access_denied"})
        assert not SuccessfulTrial.objects.exists()
