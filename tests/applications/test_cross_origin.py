"""Scripts of browser apps read the answers to their own requests, and others do not."""

from __future__ import annotations

from typing import Any

import pytest

from applications import redirect_uris as uris
from applications.models import Application
from applications.services import ApplicationFields, add_application
from projects.models import Project, User
from tests.applications.test_code_flow import VERIFIER, ask, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_developer_errors import FORM
from tests.cast import client_of, sign_in_as
from tests.rows import each_row

APP = "https://app.example"
CALLBACK = "https://shop.example/callback"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def app(project: Project, owner: User) -> Application:
    fields = ApplicationFields(name="App", kind="browser", redirect_uris=[CALLBACK, f"{APP}/back"])
    return add_application(project, fields, actor=owner)[0]


@pytest.fixture
def website(project: Project, owner: User) -> Application:
    fields = ApplicationFields(name="Shop", redirect_uris=["https://www.example/callback"])
    return add_application(project, fields, actor=owner)[0]


def preflight(project: Project, path: str, origin: str) -> Any:
    asked = {"Access-Control-Request-Method": "POST", "Origin": origin}
    return client_of(project.host).options(path, headers=asked)


@each_row("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo"])
@each_row(
    "origin, is_allowed",
    [
        (APP, True),
        ("https://shop.example", True),
        ("https://www.example", False),
        ("https://thief.example", False),
        ("http://app.example", False),
        ("https://app.example:8443", False),
        ("https://app.example.thief.example", False),
        ("null", False),
        ("https://" + "a" * 400, False),
    ],
)
def test_a_browser_asks_first(
    app: Application, website: Application, path: str, origin: str, is_allowed: bool
) -> None:
    response = preflight(app.project, path, origin)
    assert response.get(ALLOWED) == (origin if is_allowed else None)
    assert "Access-Control-Allow-Credentials" not in response
    assert "Origin" in response["Vary"]
    if is_allowed:
        assert response.status_code == 204
        assert "Authorization" in response["Access-Control-Allow-Headers"]


def test_a_browser_app_signs_somebody_in(app: Application, person: User) -> None:
    server = client_of(app.project.host)
    code = returned(ask(sign_in_as(person), app))["code"]
    form = f"client_id={app.client_id}&grant_type=authorization_code&code={code}"
    form += f"&code_verifier={VERIFIER}&redirect_uri={CALLBACK}"
    headers = {"Origin": APP}
    tokens = server.post("/oauth2/token", form, content_type=FORM, headers=headers)
    assert (tokens.status_code, tokens[ALLOWED]) == (200, APP)
    bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}", **headers}
    person_told = server.get("/oauth2/userinfo", headers=bearer)
    assert (person_told.status_code, person_told[ALLOWED]) == (200, APP)
    refused = server.get("/oauth2/userinfo", headers={**bearer, "Authorization": "Bearer x"})
    assert (refused.status_code, refused[ALLOWED]) == (401, APP)


def test_an_application_answers_its_own_origins_only(
    app: Application, website: Application, project: Project, owner: User
) -> None:
    fields = ApplicationFields(name="Other", kind="browser", redirect_uris=["https://b.example/"])
    other, _none = add_application(project, fields, actor=owner)
    server = client_of(project.host)
    for application, origin, is_allowed in (
        (app, APP, True),
        (other, APP, False),
        (website, APP, False),
        (website, "https://www.example", False),
    ):
        form = f"client_id={application.client_id}&grant_type=authorization_code&code=x"
        response = server.post("/oauth2/token", form, content_type=FORM, headers={"Origin": origin})
        assert (response.get(ALLOWED) == origin) == is_allowed


def test_no_script_reads_the_pages(app: Application) -> None:
    for path in ("/oauth2/authorize", "/oauth2/continue", "/login"):
        assert ALLOWED not in client_of(app.project.host).get(path, headers={"Origin": APP})
        assert ALLOWED not in preflight(app.project, path, APP)


@each_row(
    "uri, origin",
    [
        ("https://shop.example/callback?x=https://a.example", "https://shop.example"),
        ("https://Shop.Example:443/", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:80/callback", "http://localhost"),
        ("http://[::1]:5173/", "http://[::1]:5173"),
    ],
)
def test_origins(uri: str, origin: str) -> None:
    assert uris.origin_of(uri) == origin


def test_previews_of_a_development_application() -> None:
    preview = Application(
        kind="browser", is_development=True, redirect_uris=["https://*.preview.example/callback"]
    )
    assert uris.has_origin(preview, "https://a-1.preview.example")
    assert not uris.has_origin(preview, "https://a.b.preview.example")
    preview.is_development = False
    assert not uris.has_origin(preview, "https://a-1.preview.example")


@each_row(
    "path, policy",
    [
        ("/login", "unsafe-none"),
        ("/oauth2/authorize", "unsafe-none"),
        ("/oauth2/continue", "unsafe-none"),
        ("/oauth2/logout", "unsafe-none"),
        ("/account", "same-origin"),
    ],
    undo=True,
)
def test_a_window_of_an_app_stays_connected_through_a_sign_in(
    project: Project, path: str, policy: str
) -> None:
    """Else `signinPopup` of a browser app sees a closed window."""
    person = User.objects.create(project=project, name="Li", password="!")
    response = sign_in_as(person).get(path)
    assert response["Cross-Origin-Opener-Policy"] == policy
    assert client_of("portal.test").get("/login")["Cross-Origin-Opener-Policy"] == "same-origin"
