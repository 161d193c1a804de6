"""Answers as forms, and pushed requests."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from applications import services
from applications.models import Application, AuthorizationRequest, DeveloperError
from projects.models import User
from tests.applications.test_code_flow import CALLBACK, CHALLENGE, VERIFIER, ask, redeem, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.cast import client_of, sign_in_as
from tests.rows import each_row

Shop = tuple[Application, str]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in_as(person)


@pytest.fixture
def server(shop: Shop) -> Client:
    return client_of(shop[0].project.host)


class TestFormPost:
    """https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html"""

    def fields(self, response: Any) -> dict[str, str]:
        assert response.status_code == 200
        assert "Location" not in response
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Frame-Options"] == "DENY"
        assert "form-action" not in response["Content-Security-Policy"]
        text = response.content.decode()
        assert f'action="{CALLBACK}"' in text
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def test_a_code(self, shop: Shop, browser: Client, server: Client) -> None:
        told = self.fields(ask(browser, shop[0], response_mode="form_post", state="<\"&'>"))
        assert set(told) == {"code", "state", "iss"}
        assert told["state"] == "<\"&'>"
        sent = {"code": told["code"], "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
        assert redeem(server, shop, **sent).status_code == 200

    @pytest.mark.parametrize(
        ("given", "error"),
        [({"prompt": "none"}, "login_required"), ({"scope": "email"}, "invalid_scope")],
    )
    def test_an_error(self, shop: Shop, server: Client, given: dict[str, str], error: str) -> None:
        told = self.fields(ask(server, shop[0], response_mode="form_post", **given))
        assert told["error"] == error
        assert "code" not in told

    def test_an_app_of_the_phone_gets_a_redirect(
        self, shop: Shop, owner: User, server: Client
    ) -> None:
        fields = services.ApplicationFields(
            name="App", kind="native", redirect_uris=["com.example.app:/callback"]
        )
        app, _none = services.add_application(shop[0].project, fields, actor=owner)
        response = ask(
            server, app, redirect_uri="com.example.app:/callback", response_mode="form_post"
        )
        assert response["Location"].startswith("com.example.app:/callback?error=invalid_request")


class TestPushedRequests:
    """RFC 9126."""

    def push(self, server: Client, shop: Shop, **given: str) -> Any:
        form = {
            "client_id": shop[0].client_id,
            "client_secret": shop[1],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **given,
        }
        form = {name: value for name, value in form.items() if value}
        return server.post("/oauth2/par", urlencode(form), content_type=FORM)

    def use(self, browser: Client, client_id: str, request_uri: str) -> Any:
        query = urlencode({"client_id": client_id, "request_uri": request_uri})
        return browser.get(f"/oauth2/authorize?{query}")

    def test_it_is_used_once(self, shop: Shop, browser: Client, server: Client) -> None:
        pushed = self.push(server, shop)
        assert (pushed.status_code, pushed["Cache-Control"]) == (201, "no-store")
        document = pushed.json()
        assert document["expires_in"] == 60
        assert document["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
        told = returned(self.use(browser, shop[0].client_id, document["request_uri"]))
        assert told["state"] == "s"
        sent = {"code": told["code"], "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
        assert redeem(server, shop, **sent).status_code == 200
        again = self.use(browser, shop[0].client_id, document["request_uri"])
        assert again.status_code == 400
        assert DeveloperError.objects.get().cause == "pushed_request"

    def test_a_person_without_a_session_signs_in_first(self, shop: Shop, server: Client) -> None:
        request_uri = self.push(server, shop).json()["request_uri"]
        response = self.use(server, shop[0].client_id, request_uri)
        assert response["Location"].startswith("/login?application=")

    def test_nothing_is_shown_if_nothing_may_be(self, shop: Shop, server: Client) -> None:
        request_uri = self.push(server, shop, prompt="none").json()["request_uri"]
        response = self.use(server, shop[0].client_id, request_uri)
        assert returned(response)["error"] == "login_required"

    def test_it_belongs_to_its_application_and_its_minute(
        self, shop: Shop, browser: Client, server: Client, owner: User
    ) -> None:
        fields = services.ApplicationFields(name="Other", redirect_uris=[CALLBACK])
        other, _secret = services.add_application(shop[0].project, fields, actor=owner)
        request_uri = self.push(server, shop).json()["request_uri"]
        assert self.use(browser, other.client_id, request_uri).status_code == 400
        row = AuthorizationRequest.objects.get()
        row.expires_at = row.created_at - timedelta(hours=1)
        row.save()
        assert self.use(browser, shop[0].client_id, request_uri).status_code == 400
        request_id = request_uri.rpartition(":")[2]
        query = urlencode({"application": shop[0].client_id, "request": request_id})
        assert browser.get(f"/oauth2/continue?{query}").status_code == 400

    @each_row(
        "given, status, error",
        [
            ({"client_secret": "mkcs_wrong"}, 401, "invalid_client"),
            ({"client_secret": ""}, 401, "invalid_client"),
            ({"redirect_uri": CALLBACK + "/x"}, 400, "invalid_request"),
            ({"scope": "profile"}, 400, "invalid_scope"),
            ({"code_challenge": "", "code_challenge_method": ""}, 400, "invalid_request"),
            ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, 400, "invalid_request"),
            ({"request": "e30.e30."}, 400, "request_not_supported"),
        ],
        undo=True,
    )
    def test_what_is_refused(
        self, shop: Shop, server: Client, given: dict[str, str], status: int, error: str
    ) -> None:
        response = self.push(server, shop, **given)
        assert (response.status_code, response.json()["error"]) == (status, error)
        assert AuthorizationRequest.objects.count() == 0
