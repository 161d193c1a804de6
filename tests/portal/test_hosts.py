"""Error pages, headers, cookies: what every host does whoever asks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from portal.devtools.folders import ROOT
from projects.models import Project, Role, User
from tests.cast import PASSWORD, client_of, make_connection, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row
from tests.wechat import Visitor

PORTAL, TENANT = "portal.test", "acme.login.test"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
PORTALS = {**POLICY, "form-action": "'self'"}


def policy(answer: Any) -> dict[str, str]:
    directives = answer.headers["content-security-policy"].split(";")
    return dict(directive.strip().split(" ", 1) for directive in directives)


class TestErrorPages:
    @LANGUAGES
    @pytest.mark.parametrize("host", [PORTAL, TENANT])
    def test_a_page_that_is_not_there_names_the_hosts_own_project_only(
        self, project: Project, host: str, language: str
    ) -> None:
        answer = client_of(host).get("/nowhere", headers={"accept-language": language})
        page = Page(answer)
        assert answer.status_code == 404
        assert page.one("h1").text == said_in(language, "Page not found")
        assert page.one("html").attributes["lang"] == language
        assert ("Acme" in page.text) is (host == TENANT)
        for name in ("acme", "Menkou", "Django", "nowhere"):
            assert name not in page.text

    @each_row(
        "host",
        ["unknown.login.test", "login.test", "evil.example", "PORTAL.test.evil", "portal"],
        undo=True,
    )
    def test_a_host_that_is_nobodys_is_a_plain_404(self, project: Project, host: str) -> None:
        for path in ("/", "/login", "/projects/", "/nowhere"):
            answer = client_of(host).get(path)
            assert (answer.status_code, answer.content) == (404, b"Not found.\n")
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"

    def test_a_host_that_is_nobodys_is_no_error_of_ours_before_tenants_are_looked_up_either(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True
        for host in ("evil.example", "x_y", "portal.test:port"):
            answer = client_of(host).get("/login")
            assert (answer.status_code, answer.content) == (404, b"Not found.\n")
        assert [each for each in caplog.records if each.name != "menkou.access"] == []

    @LANGUAGES
    def test_too_small_a_role_is_told_so(
        self, as_viewer: Client, owner: User, language: str
    ) -> None:
        answer = as_viewer.get(
            "/projects/acme/connections/add/", headers={"accept-language": language}
        )
        assert answer.status_code == 403
        page = Page(answer)
        assert page.one("h1").text == said_in(language, "You do not have permission")
        needed = said_in(
            language,
            "This page needs the role %(needed)s or a higher one. Your role in this project is "
            "%(role)s.",
        )
        roles = {
            "needed": said_in(language, Role.EDITOR.label),
            "role": said_in(language, Role.VIEWER.label),
        }
        assert needed % roles in page.text
        assert owner.name in page.one("main").text
        # The portal is still around it.
        assert page.one(class_="switcher")

    @LANGUAGES
    @pytest.mark.parametrize("path", ["/nowhere", "/projects/beta/", "/projects/acme/nowhere/"])
    def test_a_page_that_is_not_there_leaves_the_portal_around_it(
        self, as_viewer: Client, other_project: Project, path: str, language: str
    ) -> None:
        answer = as_viewer.get(path, headers={"accept-language": language})
        page = Page(answer)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert page.one("h1").text == said_in(language, "Page not found")
        assert page.one("nav", aria_label=said_in(language, "Main menu"))
        assert other_project.name not in page.text

    @LANGUAGES
    @pytest.mark.parametrize(
        ("host", "path"),
        [(PORTAL, "/projects/acme/connections/wechat_web/switch/"), (TENANT, "/logout")],
    )
    def test_the_address_of_a_button_says_what_it_is(
        self, as_owner: Client, host: str, path: str, language: str
    ) -> None:
        browser = as_owner if host == PORTAL else client_of(host)
        headers = {"accept-language": language, "accept": "text/html,*/*;q=0.8"}
        answer = browser.get(path, headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        title = said_in(language, "This address cannot be opened")
        assert Page(answer).one("h1").text == title
        assert browser.get(path).content == b""

    @LANGUAGES
    def test_a_request_that_cannot_be_read_is_told_so(
        self, as_owner: Client, language: str
    ) -> None:
        fields = {f"field{number}": "x" for number in range(400)}
        answer = as_owner.post("/projects/create/", fields, headers={"accept-language": language})
        assert answer.status_code == 400
        title = "Bad request"
        assert Page(answer).one("h1").text == said_in(language, title)

    @LANGUAGES
    def test_one_that_is_too_long_is_told_so_too(self, as_owner: Client, language: str) -> None:
        fields = {"name": "x" * 1_000_000}
        answer = as_owner.post("/projects/create/", fields, headers={"accept-language": language})
        page = Page(answer)
        assert answer.status_code == 413
        assert page.one("h1").text == said_in(language, "The upload is too large")
        assert page.one("html").attributes["lang"] == language

    @LANGUAGES
    def test_one_of_too_many_fields_is_told_so_too(self, as_owner: Client, language: str) -> None:
        fields = {f"field{number}": "x" for number in range(301)}
        answer = as_owner.post("/projects/create/", fields, headers={"accept-language": language})
        page = Page(answer)
        assert answer.status_code == 400
        assert page.one("h1").text == said_in(language, "Bad request")
        assert page.one("html").attributes["lang"] == language

    @pytest.mark.parametrize(
        "fields", [{"name": "x" * 1_000_000}, {f"f{i}": "" for i in range(301)}]
    )
    def test_strangers_cannot_fill_the_log_with_what_is_refused(
        self, as_owner: Client, caplog: pytest.LogCaptureFixture, fields: dict[str, str]
    ) -> None:
        answer = as_owner.post("/projects/create/", fields)
        assert answer.status_code in {400, 413}
        assert [(each.name, each.exc_info) for each in caplog.records] == [("menkou.access", None)]

    @LANGUAGES
    def test_what_breaks_is_told_without_what_broke(
        self, as_owner: Client, project: Project, language: str
    ) -> None:
        make_connection(project)
        Connection.objects.update(settings=["written by no release of ours"])
        as_owner.raise_request_exception = False
        answer = as_owner.get(
            "/projects/acme/connections/wechat_web/", headers={"accept-language": language}
        )
        page = Page(answer)
        assert answer.status_code == 500
        assert page.one("h1").text == said_in(language, "Something went wrong")
        assert "Traceback" not in page.source
        assert "release" not in page.text

    @pytest.mark.parametrize("host", [PORTAL, TENANT])
    def test_error_pages_are_kept_nowhere(self, project: Project, host: str) -> None:
        answer = client_of(host).get("/nowhere")
        assert answer.headers["cache-control"] == "no-store"


class TestHeaders:
    def test_45_the_portals_policy_is_exact(self, as_owner: Client) -> None:
        for path in ("/projects/", "/projects/acme/", "/nowhere"):
            assert policy(as_owner.get(path)) == PORTALS
        assert policy(client_of(PORTAL).get("/login")) == PORTALS

    @pytest.mark.parametrize("path", ["/login", "/signup"])
    def test_45_the_sign_in_page_lets_a_form_lead_to_the_provider(
        self, project: Project, path: str
    ) -> None:
        assert policy(client_of(TENANT).get(path)) == POLICY

    def test_the_end_users_page_shows_pictures_of_its_own_provider_and_no_other(
        self, project: Project, visitor: Visitor
    ) -> None:
        make_connection(project)
        visitor.sign_in("LI")
        assert policy(visitor.client.get("/account")) == {
            **POLICY,
            "img-src": "'self' data: https://thirdwx.qlogo.cn https://wx.qlogo.cn",
        }

    @each_row(
        "host, path",
        [
            (PORTAL, "/login"),
            (PORTAL, "/nowhere"),
            (TENANT, "/login"),
            (TENANT, "/nowhere"),
            (TENANT, "/sso/oauth2/callback/wechat_web?code=x&state=y"),
        ],
        undo=True,
    )
    def test_the_others_are_on_every_page(self, project: Project, host: str, path: str) -> None:
        make_connection(project)
        headers = client_of(host).get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        # A browser app signs people in in another window.
        opener = "same-origin" if host == PORTAL else "unsafe-none"
        assert headers["cross-origin-opener-policy"] == opener
        assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])

    def test_pages_of_the_portal_are_kept_nowhere(self, as_owner: Client) -> None:
        for path in ("/projects/", "/projects/acme/", "/projects/acme/settings/"):
            assert "no-store" in as_owner.get(path).headers["cache-control"]

    def test_no_page_has_a_script_or_a_style_that_the_policy_would_stop(
        self, as_owner: Client, project: Project
    ) -> None:
        make_connection(project)
        pages = [
            as_owner.get("/projects/"),
            as_owner.get("/projects/acme/connections/"),
            as_owner.get("/projects/acme/connections/add/wechat_web/"),
            as_owner.get("/projects/acme/connections/wechat_web/"),
            client_of(PORTAL).get("/login"),
            client_of(TENANT).get("/login"),
            client_of(TENANT).get("/nowhere"),
        ]
        for answer in pages:
            page = Page(answer)
            assert not list(page.every("style"))
            for element in page.every():
                assert not [name for name in element.attributes if name.startswith("on")]
                assert "style" not in element.attributes
                for name in ("src", "action", "formaction"):
                    assert not re.match("https?:|//", element.attributes.get(name, ""))
            for script in page.every("script"):
                assert script.attributes["src"].startswith("/static/")
                assert script.text == ""
            for sheet in page.every("link"):
                assert sheet.attributes["href"].startswith(("/static/", "data:"))


class TestCookies:
    def test_those_of_the_portal_are_closed_to_scripts_and_other_sites(self, owner: User) -> None:
        client = client_of(PORTAL)
        client.get("/login?lang=en")
        client.post("/login", {"login": owner.email, "password": PASSWORD})
        assert set(client.cookies) == {
            "menkou_csrf",
            "menkou_known_browser",
            "menkou_language",
            "menkou_session",
        }
        for cookie in client.cookies.values():
            assert cookie["httponly"] is True
            assert cookie["samesite"] == "Lax"
            assert (cookie["path"], cookie["domain"], cookie["secure"]) == ("/", "", "")

    @pytest.mark.parametrize("path", ["/login", "/signup"])
    def test_the_sign_in_page_sets_none_and_asks_for_none(
        self, project: Project, path: str, django_assert_num_queries: Any
    ) -> None:
        make_connection(project)
        person = User(project=project)
        person.set_unusable_password()
        person.save()
        known = sign_in_as(person)
        with django_assert_num_queries(2) as seen:
            answer = known.get(path)
        assert not answer.cookies
        assert "set-cookie" not in answer.headers
        assert not [each for each in seen.captured_queries if "session" in each["sql"]]
        stranger = client_of(TENANT).get(path)
        assert stranger.content == answer.content

    def test_the_choice_of_a_language_is_the_only_one_it_ever_sets(self, project: Project) -> None:
        client = client_of(TENANT)
        client.get("/login?lang=zh-hans")
        assert {name: cookie.value for name, cookie in client.cookies.items()} == {
            "menkou_language": "zh-hans"
        }


class TestQueries:
    """A list of three is asked for in as many statements as a list of one."""

    CONNECTIONS = 8
    CATALOGUE = 7
    CONNECTION = 15
    OVERVIEW = 14
    PROJECTS = 3
    SIGN_IN_PAGE = 2

    @pytest.mark.parametrize("rows", [1, 3])
    def test_connections(
        self, as_viewer: Client, project: Project, viewer: User, rows: int, counted: Any
    ) -> None:
        self.connections(project, viewer, rows)
        assert counted(as_viewer, "/projects/acme/connections/") == self.CONNECTIONS

    @pytest.mark.parametrize("rows", [1, 3])
    def test_overview(
        self, as_owner: Client, project: Project, owner: User, rows: int, counted: Any
    ) -> None:
        self.connections(project, owner, rows)
        for each in project.connections.all():
            each.hours.create(
                hour=timezone.now(), started=1, failed=1, causes={"x": {"count": 1}}, latency=[1]
            )
        assert counted(as_owner, "/projects/acme/") == self.OVERVIEW

    @pytest.mark.parametrize("rows", [1, 3])
    def test_catalogue(
        self, as_editor: Client, project: Project, editor: User, rows: int, counted: Any
    ) -> None:
        self.connections(project, editor, rows)
        assert counted(as_editor, "/projects/acme/connections/add/") == self.CATALOGUE

    @pytest.mark.parametrize("rows", [1, 3])
    def test_sign_ins_of_a_connection(
        self, as_viewer: Client, project: Project, owner: User, rows: int, counted: Any
    ) -> None:
        connection = make_connection(project, actor=owner)
        for number in range(rows):
            person = User(project=project, name=f"Person {number}")
            person.set_unusable_password()
            person.save()
            project.sign_ins.create(
                connection=connection,
                reference=f"{number:010}",
                outcome="ok",
                user=person,
                started_at=timezone.now(),
            )
        assert counted(as_viewer, "/projects/acme/connections/wechat_web/") == self.CONNECTION

    @pytest.mark.parametrize("rows", [1, 3])
    def test_projects(self, as_owner: Client, owner: User, rows: int, counted: Any) -> None:
        for number in range(1, rows):
            project = Project.objects.create(slug=f"more-{number}", name=f"More {number}")
            project.memberships.create(user=owner, role="viewer")
        assert counted(as_owner, "/projects/") == self.PROJECTS

    @pytest.mark.parametrize("rows", [1, 3])
    @pytest.mark.parametrize("path", ["/login", "/signup"])
    def test_sign_in_page(
        self, project: Project, owner: User, rows: int, path: str, counted: Any
    ) -> None:
        self.connections(project, owner, rows)
        assert counted(client_of(TENANT), path) == self.SIGN_IN_PAGE

    @staticmethod
    def connections(project: Project, actor: User, rows: int) -> None:
        for number in range(rows):
            make_connection(project, alias=f"wechat{number}", actor=actor)

    @pytest.fixture
    def counted(self, django_assert_max_num_queries: Any) -> Any:
        def count(client: Client, path: str) -> int:
            with django_assert_max_num_queries(100) as seen:
                assert client.get(path).status_code == 200
            return len(seen.captured_queries)

        return count


PRODUCTION = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

client = Client(headers={"host": "portal.example.com"})
answer = client.get("/healthz?lang=en", secure=True)
plain = client.get("/login")
try:
    patterns = resolve("/patterns/") is not None
except Resolver404:
    patterns = False
print(json.dumps({
    "set-cookie": answer.cookies.output(header="").strip(),
    "hsts": answer.headers["strict-transport-security"],
    "redirect": [plain.status_code, plain.headers["location"]],
    "names": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME,
              settings.LANGUAGE_COOKIE_NAME, settings.BROWSER_COOKIE_NAME,
              settings.KNOWN_BROWSER_COOKIE_NAME, settings.LAST_USED_COOKIE_NAME],
    "secure": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE,
               settings.LANGUAGE_COOKIE_SECURE],
    "reach": [settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN,
              settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH],
    "debug": settings.DEBUG,
    "patterns": patterns,
}))
"""


def test_in_production_cookies_are_bound_to_https_and_to_their_host(keyset: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MENKOU_ENV": "production",
        "SECRET_KEY": "long enough for production and known to nobody but this very test",
        "DATABASE_URL": "postgres://nobody@nowhere.invalid/none",
        "MENKOU_KEYSET_FILE": str(keyset),
        "MENKOU_PORTAL_HOST": "portal.example.com",
        "MENKOU_PROJECT_DOMAIN": "login.example.com",
    }
    run = subprocess.run(
        [sys.executable, "-c", PRODUCTION],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    name, _, attributes = told.pop("set-cookie").partition("; ")
    assert name == "__Host-menkou_language=en"
    assert set(re.sub(r"expires=[^;]+; ", "", attributes).split("; ")) == {
        "HttpOnly",
        "Max-Age=31536000",
        "Path=/",
        "SameSite=Lax",
        "Secure",
    }
    assert told == {
        "hsts": "max-age=31536000",
        "redirect": [301, "https://portal.example.com/login"],
        "names": [
            "__Host-menkou_session",
            "__Host-menkou_csrf",
            "__Host-menkou_language",
            "__Host-menkou_signin",
            "__Host-menkou_known_browser",
            "__Host-menkou_last_used",
        ],
        "secure": [True, True, True],
        "reach": [None, None, "/", "/"],
        "debug": False,
        "patterns": False,
    }
