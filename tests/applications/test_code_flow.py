"""The code flow from end to end: sign-in page, code, tokens, userinfo, refresh."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.models import Application, DeveloperError, Grant
from applications.services import ApplicationFields, add_application
from projects.models import Project, User
from tests.cast import client_of, make_connection, sign_in_as
from tests.wechat import WeChat

CALLBACK = "https://shop.example/callback"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def shop(project: Project, owner: User) -> tuple[Application, str]:
    fields = ApplicationFields(name="Shop", redirect_uris=[CALLBACK], idp_claim=True)
    application, secret = add_application(project, fields, actor=owner)
    assert secret is not None
    return application, secret.value


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li", address="li@example.com", password="!")


def ask(client: Client, application: Application, **given: Any) -> Any:
    sent = {
        "client_id": application.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email offline_access",
        "state": "a&b=c %",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **given,
    }
    return client.get(f"/oauth2/authorize?{urlencode({k: v for k, v in sent.items() if v})}")


def returned(response: Any) -> dict[str, str]:
    url = response["Location"]
    assert url.startswith(CALLBACK + "?"), url
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def redeem(client: Client, shop: tuple[Application, str], **given: str) -> Any:
    application, secret = shop
    form = {
        "grant_type": "authorization_code",
        "client_id": application.client_id,
        "client_secret": secret,
        **given,
    }
    return client.post(
        "/oauth2/token", urlencode(form), content_type="application/x-www-form-urlencoded"
    )


def test_a_person_with_a_session_is_signed_in_at_once(
    shop: tuple[Application, str], person: User
) -> None:
    application, _secret = shop
    browser, server = sign_in_as(person), client_of(application.project.host)
    with CaptureQueriesContext(
        database,
    ) as asked:
        response = ask(browser, application)
    assert response.status_code == 303, response.content
    assert len(asked) <= 4, asked.captured_queries
    sent = returned(response)
    project = Project.objects.get()
    assert sent["state"] == "a&b=c %"
    assert sent["iss"] == project.issuer
    with CaptureQueriesContext(database) as asked:
        response = redeem(
            server, shop, code=sent["code"], code_verifier=VERIFIER, redirect_uri=CALLBACK
        )
    tokens = response.json()
    assert response.status_code == 200, tokens
    assert response["Cache-Control"] == "no-store"
    assert len(asked) <= 6, asked.captured_queries
    keys = {each["kid"]: each for each in server.get("/oauth2/jwks").json()["keys"]}
    kid = jwt.get_unverified_header(tokens["id_token"])["kid"]
    claims = jwt.decode(
        tokens["id_token"],
        jwt.PyJWK(keys[kid]),
        algorithms=["RS256"],
        audience=application.client_id,
        issuer=project.issuer,
    )
    assert claims["sub"] == str(person.pk)
    assert claims["nonce"] == "n-1"
    assert "name" not in claims
    with CaptureQueriesContext(database) as asked:
        response = server.get(
            "/oauth2/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
        )
    assert len(asked) <= 2
    told = response.json()
    assert told["email"] == "li@example.com"
    assert told["email_verified"] is False
    assert told["name"] == "Li"
    again = redeem(
        server, shop, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    once_more = redeem(
        server, shop, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    assert again["refresh_token"] == once_more["refresh_token"] != tokens["refresh_token"]
    assert again["access_token"] != once_more["access_token"]


def test_somebody_without_a_session_signs_in_first(
    shop: tuple[Application, str], wechat: WeChat
) -> None:
    application, _secret = shop
    make_connection(application.project)
    browser = client_of(application.project.host)
    page = browser.get(ask(browser, application)["Location"])
    text = page.content.decode()
    assert "Sign in to Shop" in text
    assert "REQUESTID" not in text
    assert Grant.objects.count() == 0


def test_a_wrong_redirect_uri_shows_a_page_and_is_recorded(
    shop: tuple[Application, str], person: User
) -> None:
    application, _secret = shop
    response = ask(sign_in_as(person), application, redirect_uri=CALLBACK + "/x")
    assert response.status_code == 400
    assert "Location" not in response
    error = DeveloperError.objects.get()
    assert error.cause == "redirect_uri_unknown"
    assert error.facts["received"] == CALLBACK + "/x"
    assert json.dumps(error.facts)
