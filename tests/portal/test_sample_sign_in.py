"""“Sign in as this application”: the whole sign-in from the portal, step by step."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from applications.models import Application, AuthorizationRequest, Grant, Token
from applications.services import ApplicationFields, add_application
from projects.models import Project, User
from tests.applications.test_logout import follow
from tests.cast import client_of, sign_in_as
from tests.rows import each_row

CALLBACK = "https://shop.example/callback"


@pytest.fixture
def shop(project: Project, owner: User) -> Application:
    fields = ApplicationFields(name="Shop", redirect_uris=[CALLBACK], refresh_tokens="always")
    return add_application(project, fields, actor=owner)[0]


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li", address="li@example.com", password="!")


def path_of(application: Application) -> str:
    return f"/projects/acme/applications/{application.client_id}/try/"


def begin(portal: Client, application: Application) -> str:
    """Press the button; return the path and query of the authorization request."""
    response = portal.post(path_of(application))
    assert response.status_code == 302
    url = response["Location"]
    assert url.startswith(f"http://{application.project.host}/oauth2/authorize?")
    assert set(parse_qs(urlsplit(url).query)) == {"client_id", "request_uri"}
    return url.removeprefix(f"http://{application.project.host}")


def go_through(browser: Client, path: str, person: User) -> str:
    """Sign in on the project's host as somebody; return where the browser is sent back."""
    page = follow(browser, browser.get(path))
    assert "Sign in to Shop" in page.content.decode()
    query = page.request["QUERY_STRING"]
    signed_in = sign_in_as(person)
    response = signed_in.get(f"/oauth2/continue?{query}")
    assert response.status_code == 303, response.content
    return str(response["Location"])


def test_it_shows_each_step_and_no_secret(
    as_owner: Client, shop: Application, person: User, project: Project
) -> None:
    back = go_through(client_of(project.host), begin(as_owner, shop), person)
    assert back.startswith(f"http://portal.test{path_of(shop)}end/?code=")
    code = parse_qs(urlsplit(back).query)["code"][0]
    page = as_owner.get(back.removeprefix("http://portal.test"), follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert "The sign-in works." in text
    assert text.count('class="card"') >= 6
    for shown in (str(person.pk), "li@example.com", "RS256", "authorization_code", "S256"):
        assert shown in text
    assert code not in text
    assert "mkat_" not in text
    assert "mkrt_" not in text
    # Nothing that was issued is valid any more.
    grant = Grant.objects.get()
    assert grant.revoked_at is not None
    assert Token.objects.filter(grant=grant).count() == 2


def test_a_reload_shows_nothing_twice(
    as_owner: Client, shop: Application, person: User, project: Project
) -> None:
    back = go_through(client_of(project.host), begin(as_owner, shop), person)
    path = back.removeprefix("http://portal.test")
    result = as_owner.get(path)["Location"]
    assert as_owner.get(result).status_code == 200
    for again in (path, result):
        response = as_owner.get(again)
        assert (response.status_code, response["Location"]) == (302, path_of(shop))


@each_row(
    "query",
    [
        "error=access_denied&error_description=No&state={state}&iss={iss}",
        "code=unknown&state={state}&iss={iss}",
        "code=unknown&state={state}&iss=https://evil.example",
        "code=unknown&state={state}",
        "state={state}&iss={iss}",
    ],
    undo=True,
)
def test_a_sign_in_that_fails_says_at_which_step(
    as_owner: Client, shop: Application, query: str
) -> None:
    begin(as_owner, shop)
    state = as_owner.session["menkou_sample_sign_in"]["state"]
    sent = query.format(state=state, iss=shop.project.issuer)
    text = as_owner.get(f"{path_of(shop)}end/?{sent}", follow=True).content.decode()
    assert "The sign-in did not succeed." in text
    assert text.count("Failed") == 1


@pytest.mark.parametrize("query", ["", "state=x", "code=x&state=" + "x" * 5000])
def test_what_was_not_begun_here_is_not_shown(
    as_owner: Client, shop: Application, query: str
) -> None:
    response = as_owner.get(f"{path_of(shop)}end/?{query}")
    assert response.status_code == 302
    begin(as_owner, shop)
    response = as_owner.get(f"{path_of(shop)}end/?{query}")
    assert response["Location"] == path_of(shop)


def test_its_redirect_uri_is_only_for_requests_of_the_portal(
    as_owner: Client, shop: Application, person: User, project: Project
) -> None:
    begin(as_owner, shop)
    stored: Any = AuthorizationRequest.objects.get()
    browser = sign_in_as(person)
    response = browser.get(
        "/oauth2/authorize",
        {
            "client_id": shop.client_id,
            "redirect_uri": stored.parameters["redirect_uri"],
            "response_type": "code",
            "scope": "openid",
            "is_sample": "true",
            "code_challenge": "a" * 43,
            "code_challenge_method": "S256",
        },
    )
    assert response.status_code == 400
    assert "Location" not in response
    assert Grant.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may(as_viewer: Client, shop: Application, method: str) -> None:
    assert getattr(as_viewer, method)(path_of(shop)).status_code == 403
