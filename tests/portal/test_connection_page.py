"""What stands beside the form: guide, values to copy, latest sign-ins, ribbon."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from connections.configured import definition_of
from connections.providers import catalogue
from connections.values.outcomes import Outcome
from projects.models import Project, User
from tests.cast import client_of, make_connection
from tests.portal.page_reader import Page
from tests.rows import each_row

ADD = "/projects/acme/connections/add/wechat_web/"
PAGE = "/projects/acme/connections/wechat_web/"
RIBBON = "Test endpoints: a simulator answers in place of WeChat."
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])


class TestGuide:
    @LANGUAGES
    def test_every_step_is_there_in_order_and_tied_to_its_field(
        self, as_editor: Client, language: str
    ) -> None:
        page = Page(as_editor.get(ADD, headers={"accept-language": language}))
        definition = catalogue.get("wechat_web")
        guide = page.one("aside", class_="guide")
        steps, appendix = guide.every("ol", class_="steps")
        with translation.override(language):
            expected = [(str(step.title), step.field) for step in definition.guide]
            further = [str(step.title) for step in definition.appendix]
        shown = [
            (step.one("h3").text, step.attributes.get("data-fills", ""))
            for step in steps.every("li", class_="step")
        ]
        assert shown == expected
        assert [title.text for title in appendix.every("h3")] == further
        assert {field for _title, field in shown if field} == {
            "client_id",
            "client_secret",
            "account_id",
        }
        assert {f"id_{field}" for _title, field in shown if field} <= set(page.by_id)

    @LANGUAGES
    def test_it_tells_what_an_administrator_must_know(
        self, as_editor: Client, language: str
    ) -> None:
        page = Page(as_editor.get(ADD, headers={"accept-language": language}))
        guide = page.one("aside", class_="guide").text
        for term in (
            "微信开放平台账号",
            "微信公众平台账号",
            "已通过",
            "AppID",
            "AppSecret",
            "原始ID",
            "网站应用名称",
            "英文名称",
            "网站应用简介",
            "英文简介",
            "应用官网",
            "网站应用图片",
            "28×28",
            "108×108",
            "网站信息登记表扫描件",
            "授权回调域",
        ):
            assert term in guide

    @each_row("provider", ["apple", "gitlab", "line", "microsoft"], undo=True)
    def test_where_there_is_no_room_its_steps_stand_between_the_fields_in_the_same_order(
        self, as_editor: Client, provider: str
    ) -> None:
        page = Page(as_editor.get(f"/projects/acme/connections/add/{provider}/"))
        inline = [
            title.text
            for guide in page.one("form", class_="stack").every("details", class_="inline-guide")
            for title in [*guide.every("summary"), *guide.every("h3")]
            if title.text != "Before you start"
        ]
        assert inline == [str(step.title) for step in catalogue.get(provider).guide]

    def test_its_links_open_wechats_platform_apart(self, as_editor: Client) -> None:
        guide = Page(as_editor.get(ADD)).one("aside", class_="guide")
        for link in guide.every("a"):
            assert link.attributes["href"] == "https://open.weixin.qq.com"
            assert link.attributes["target"] == "_blank"
            assert link.attributes["rel"] == "noopener noreferrer"

    def test_the_fields_carry_the_seeds_word_and_the_providers(self, as_editor: Client) -> None:
        page = Page(as_editor.get(ADD))
        labels = {
            label.attributes["for"]: label.text
            for label in page.every("label")
            if "for" in label.attributes
        }
        assert labels["id_client_id"] == "Client ID (AppID)"
        assert labels["id_client_secret"] == "Client Secret (AppSecret)"
        assert labels["id_account_id"] == "Account ID (原始ID)"
        assert labels["id_test_account"] == "Test account without unionid"


class TestCopies:
    @pytest.mark.parametrize(
        ("domain", "secure", "host", "url"),
        [
            ("login.test", True, "acme.login.test", "https://acme.login.test"),
            ("login.test", False, "acme.login.test", "http://acme.login.test"),
            ("localhost:8000", False, "acme.localhost", "http://acme.localhost:8000"),
        ],
    )
    def test_they_are_exactly_what_wechat_wants(
        self,
        as_editor: Client,
        project: Project,
        settings: Any,
        domain: str,
        *,
        secure: bool,
        host: str,
        url: str,
    ) -> None:
        settings.MENKOU_PROJECT_DOMAIN = domain
        make_connection(project)
        for path, alias in ((PAGE, "wechat_web"), (ADD, "wechat_web2")):
            page = Page(as_editor.get(path, secure=secure))
            assert self.copied(page, "callback-domain") == (
                "Authorized callback domain (授权回调域)",
                host,
            )
            assert self.copied(page, "callback-url") == (
                "Callback URL",
                f"{url}/sso/oauth2/callback/{alias}",
            )

    def test_the_callback_url_follows_the_alias_that_was_typed(self, as_editor: Client) -> None:
        page = Page(as_editor.post(ADD, {"alias": "mine"}))
        assert self.copied(page, "callback-url")[1].endswith("/sso/oauth2/callback/mine")

    def test_the_announced_address_is_answered(self, as_editor: Client, project: Project) -> None:
        make_connection(project)
        address = self.copied(Page(as_editor.get(PAGE)), "callback-url")[1]
        origin = f"http://{project.host}"
        assert address.startswith(f"{origin}/")
        answer = client_of(project.host).get(address.removeprefix(origin))
        # Nobody has begun a sign-in here, so it is refused: by the callback, not by a 404.
        assert answer.status_code == 400

    @staticmethod
    def copied(page: Page, name: str) -> tuple[str, str]:
        """Return the label of a value, and the value as shown, which is also what is copied."""
        box = page.with_id(name)
        value = box.one("button").attributes["data-copy"]
        assert box.one("code").text == value
        return box.one(class_="label").text, value


class TestButton:
    @LANGUAGES
    def test_the_preview_shows_the_label_of_each_language(
        self, as_editor: Client, project: Project, language: str
    ) -> None:
        make_connection(project, labels={"en": "Scan"})
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        figures = Page(as_editor.get(PAGE)).every("figure", class_="preview-button")
        assert [(each.attributes["lang"], each.text) for each in figures] == [
            ("en", "Scan"),
            ("zh-hans", "微信登录"),
        ]

    def test_it_is_the_button_of_the_sign_in_page(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project)
        as_editor.post(
            PAGE,
            {
                "client_id": "wx0123456789abcdef",
                "account_id": "gh_0123456789ab",
                "label_en": "Scan <me>",
                "enabled": "on",
            },
        )
        visitor = client_of(project.host)
        for mode in ("login", "signup"):
            for language, label in (("en", "Scan <me>"), ("zh-hans", "微信登录")):
                page = Page(visitor.get(f"/{mode}", headers={"accept-language": language}))
                assert [each.text for each in page.every(class_="provider-button")] == [label]
                (form,) = page.every("form")
                assert form.attributes["action"] == "/sso/wechat_web/start"


class TestLatestSignIns:
    CASES = [
        ("ok", "", "", "Signed in", "–", ""),
        (
            "cancelled",
            "cancelled",
            "",
            "Cancelled",
            "The user cancelled the sign-in on the provider's page.",
            "No action needed.",
        ),
        (
            "retry",
            "40029",
            "40029",
            "Not completed",
            "The authorization code was wrong, expired, or issued to another app.",
            "Make sure that users do not reload the page while they sign in.",
        ),
        (
            "config",
            "40125",
            "40125",
            "Needs attention",
            "WeChat does not accept the AppSecret.",
            "Enter the current AppSecret, or reset it at WeChat and enter the new one.",
        ),
        (
            "temporary",
            "-1",
            "-1",
            "Provider error",
            "WeChat reported that its system is busy.",
            "Usually temporary. If it continues, check WeChat's service status.",
        ),
        (
            "reject",
            "openid_mismatch",
            "",
            "Blocked for security",
            "The token and the profile from WeChat belong to different users.",
            "If it continues, check the proxies between this server and WeChat.",
        ),
        (
            "policy",
            "50002",
            "50002",
            "Not allowed",
            "WeChat has restricted this user's account.",
            "Only the user can resolve this with WeChat.",
        ),
    ]

    def test_all_outcomes_are_tried_here(self) -> None:
        assert [case[0] for case in self.CASES] == list(Outcome)

    def test_each_says_how_it_ended_why_and_what_to_do(
        self, as_viewer: Client, project: Project
    ) -> None:
        connection = make_connection(project)
        person = User(project=project, name="李雷😀")
        person.set_unusable_password()
        person.save()
        for number, (outcome, cause, code, *_texts) in enumerate(self.CASES):
            project.sign_ins.create(
                connection=connection,
                reference=f"7Q2MXK4R9{number}",
                outcome=outcome,
                cause=cause,
                provider_code=code,
                user=person if outcome == "ok" else None,
                started_at=timezone.now(),
            )

        rows = Page(as_viewer.get(PAGE)).one("table", class_="sign-ins").one("tbody").every("tr")
        shown = [[cell.text for cell in row.every("td")][1:] for row in rows]
        assert shown == [
            [
                label,
                "李雷😀" if outcome == "ok" else "–",
                " ".join(part for part in (cause, code, fix) if part),
                f"7Q2MX-K4R9{number} Details 7Q2MX-K4R9{number}",
            ]
            for number, (outcome, _cause, code, label, cause, fix) in reversed(
                list(enumerate(self.CASES))
            )
        ]

    @LANGUAGES
    def test_cause_and_fix_are_in_the_readers_language(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        connection = make_connection(project)
        project.sign_ins.create(
            connection=connection,
            reference="0000000000",
            outcome="config",
            cause="40125",
            started_at=timezone.now(),
        )
        text = Page(as_viewer.get(PAGE, headers={"accept-language": language})).text
        fault = definition_of(connection).faults["40125"]
        with translation.override(language):
            assert str(fault.cause) in text
            assert str(fault.remedy) in text
            assert str(Outcome.CONFIG.label) in text

    def test_the_latest_ten_of_this_connection_are_shown(
        self, as_viewer: Client, project: Project
    ) -> None:
        connection = make_connection(project)
        another = make_connection(project, alias="another")
        for number in range(12):
            for each, letter in ((connection, "A"), (another, "B")):
                project.sign_ins.create(
                    connection=each,
                    reference=f"{letter}{number:09}",
                    outcome="ok",
                    started_at=timezone.now(),
                )
        shown = Page(as_viewer.get(PAGE)).every(class_="reference")
        assert [each.text for each in shown] == [
            f"A0000-{number:05}" for number in reversed(range(2, 12))
        ]

    def test_each_leads_to_its_story_and_all_to_the_connections_history(
        self, as_viewer: Client, project: Project
    ) -> None:
        make_connection(project).sign_ins.create(
            project=project,
            alias="wechat_web",
            reference="7Q2MXK4R90",
            outcome="ok",
            started_at=timezone.now(),
        )
        links = Page(as_viewer.get(PAGE)).links
        assert links["Details 7Q2MX-K4R90"] == "/projects/acme/history/7Q2MXK4R90/"
        history = links["View all history of this connection"]
        assert history == "/projects/acme/history/?connection=wechat_web"
        assert "7Q2MX-K4R90" in Page(as_viewer.get(history)).text

    def test_nobody_yet_is_said(self, as_viewer: Client, project: Project) -> None:
        make_connection(project)
        assert "No sign-ins yet." in Page(as_viewer.get(PAGE)).text


class TestRibbon:
    PLACES = [
        ("portal.test", "/login"),
        ("portal.test", "/projects/"),
        ("portal.test", PAGE),
        ("acme.login.test", "/login"),
        ("acme.login.test", "/signup"),
    ]

    @pytest.mark.parametrize(("host", "path"), PLACES)
    @pytest.mark.parametrize("moved", ["", "WECHAT_OPEN_BASE_URL", "WECHAT_API_BASE_URL"])
    def test_it_is_on_every_page_where_an_endpoint_is_moved_and_on_no_other(
        self, as_owner: Client, project: Project, settings: Any, host: str, path: str, moved: str
    ) -> None:
        make_connection(project)
        if moved:
            setattr(settings, moved, "http://127.0.0.1:8800")
        client = as_owner if path.startswith("/projects/") else client_of(host)
        answer = client.get(path)
        assert answer.status_code == 200
        assert (RIBBON in Page(answer).text) is bool(moved)
