"""Many requests at the same moment, over HTTP: what must happen once happens once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings

from applications.models import Grant, Token
from projects.models import Project, User
from tests.applications.later import let_pass
from tests.applications.relying_party import RelyingParty, Visit, register
from tests.cast import sign_in_as
from tests.connections.concurrent import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 8


class Wire:
    """The server, as websites and browsers reach it; each call is a connection of its own."""

    def __init__(self, url: str, project: Project) -> None:
        self.url = url
        self.host = {"Host": project.host}

    def post(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        return requests.post(
            self.url + path, data=form, headers={**self.host, **headers}, timeout=60
        )

    def get(self, path: str, query: dict[str, str], **headers: str) -> requests.Response:
        return requests.get(
            self.url + path,
            params=query,
            headers={**self.host, **headers},
            allow_redirects=False,
            timeout=60,
        )


@pytest.fixture
def wire(live_server: Any, project: Project, settings: Any) -> Wire:
    settings.ALLOWED_HOSTS = ["*"]
    return Wire(live_server.url, project)


@pytest.fixture
def shop(project: Project) -> RelyingParty:
    return register(
        project, method="client_secret_post", pkce_optional=True, refresh_tokens="always"
    )


def redemption(shop: RelyingParty, wire: Wire, code: str) -> Callable[[], requests.Response]:
    fields, _headers = shop.credentials()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": shop.callback}
    return lambda: wire.post("/oauth2/token", {**fields, **form})


def refreshment(shop: RelyingParty, wire: Wire, token: str) -> Callable[[], requests.Response]:
    fields, _headers = shop.credentials()
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return lambda: wire.post("/oauth2/token", {**fields, **form})


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(each.status_code for each in answers)


def test_one_of_eight_redemptions_of_a_code_succeeds(
    shop: RelyingParty, signed_in: Visit, wire: Wire
) -> None:
    for _round in range(3):
        code = shop.send(signed_in, shop.question()).query["code"]

        answers = all_at_once([redemption(shop, wire, code)] * AT_ONCE)

        assert statuses(answers) == {200: 1, 400: AT_ONCE - 1}
        errors = {each.json()["error"] for each in answers if each.status_code == 400}
        assert errors == {"invalid_grant"}
        # The others may have been the thief, or the first one was.
        (tokens,) = [each.json() for each in answers if each.status_code == 200]
        assert shop.userinfo(tokens["access_token"]).status_code == 401
        assert shop.refresh(tokens["refresh_token"]).status_code == 400
    assert Token.objects.count() == 2 * 3


def test_eight_uses_of_a_refresh_token_give_one_successor(
    shop: RelyingParty, signed_in: Visit, wire: Wire
) -> None:
    token = shop.sign_in(signed_in).tokens["refresh_token"]
    for _round in range(3):
        answers = all_at_once([refreshment(shop, wire, token)] * AT_ONCE)

        assert statuses(answers) == {200: AT_ONCE}
        told = [each.json() for each in answers]
        (successor,) = {each["refresh_token"] for each in told}
        assert successor != token
        access_tokens = {each["access_token"] for each in told}
        assert len(access_tokens) == AT_ONCE
        for each in access_tokens:
            assert shop.userinfo(each).status_code == 200
        token = successor
    assert Token.objects.filter(kind="refresh").count() == 1 + 3


def test_a_replay_among_eight_revokes_the_family(
    shop: RelyingParty, signed_in: Visit, wire: Wire
) -> None:
    old = shop.sign_in(signed_in).tokens["refresh_token"]
    new = shop.check_tokens(shop.refresh(old))["refresh_token"]
    let_pass(seconds=60)
    uses = [refreshment(shop, wire, each) for each in (old, new)]

    answers = all_at_once(uses * (AT_ONCE // 2))

    assert statuses(answers).keys() <= {200, 400}
    assert {each.status_code for each in answers[::2]} == {400}
    given = [new, *(each.json()["refresh_token"] for each in answers if each.status_code == 200)]
    for token in given:
        assert shop.refresh(token).status_code == 400
    assert Grant.objects.get().revoked_at is not None


def test_a_revocation_among_refreshes_leaves_nothing_valid(
    shop: RelyingParty, signed_in: Visit, wire: Wire
) -> None:
    tokens = shop.sign_in(signed_in).tokens
    fields, _headers = shop.credentials()
    revocation = {**fields, "token": tokens["refresh_token"]}

    answers = all_at_once(
        [
            refreshment(shop, wire, tokens["refresh_token"]),
            lambda: wire.post("/oauth2/revoke", revocation),
        ]
        * (AT_ONCE // 2)
    )

    assert {each.status_code for each in answers[1::2]} == {200}
    assert {each.status_code for each in answers[::2]} <= {200, 400}
    given = [tokens, *(each.json() for each in answers[::2] if each.status_code == 200)]
    for each in given:
        assert shop.userinfo(each["access_token"]).status_code == 401
        assert shop.refresh(each["refresh_token"]).status_code == 400


def test_eight_tabs_get_eight_codes(shop: RelyingParty, person: User, wire: Wire) -> None:
    client = sign_in_as(person)
    name = django_settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}"

    answers = all_at_once(
        [lambda: wire.get("/oauth2/authorize", shop.question(), Cookie=cookie)] * AT_ONCE
    )

    assert statuses(answers) == {303: AT_ONCE}
    assert len({each.headers["location"].split("code=")[1] for each in answers}) == AT_ONCE
    assert Grant.objects.count() == AT_ONCE


# --- limits ---------------------------------------------------------------------------------------

ALLOWED = 5


@pytest.mark.parametrize("browser", ["a stranger", "somebody with a session"])
def test_the_limit_of_authorization_requests_is_exact(
    browser: str, shop: RelyingParty, person: User, wire: Wire, settings: Any
) -> None:
    settings.MENKOU_LIMIT_AUTHORIZATIONS = ALLOWED
    headers = {}
    if browser != "a stranger":
        name = settings.SESSION_COOKIE_NAME
        headers["Cookie"] = f"{name}={sign_in_as(person).cookies[name].value}"

    def ask() -> list[requests.Response]:
        return [wire.get("/oauth2/authorize", shop.question(), **headers) for _time in range(2)]

    answers = sum(all_at_once([ask] * AT_ONCE), [])

    assert statuses(answers) == {303: ALLOWED, 429: 2 * AT_ONCE - ALLOWED}
    for each in answers:
        if each.status_code == 429:
            assert 0 < int(each.headers["retry-after"]) <= 600 // ALLOWED
            assert "no-store" in each.headers["cache-control"]


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"])
def test_the_limit_of_token_requests_is_exact(
    path: str, shop: RelyingParty, signed_in: Visit, wire: Wire, settings: Any
) -> None:
    tokens = shop.sign_in(signed_in).tokens
    # What came before has not been forgotten.
    settings.MENKOU_LIMIT_TOKENS = ALLOWED
    fields, _headers = shop.credentials()
    form = {**fields, "grant_type": "refresh_token", "refresh_token": "x", "token": "y"}

    def ask() -> list[requests.Response]:
        return [wire.post(path, form) for _time in range(2)]

    answers = sum(all_at_once([ask] * AT_ONCE), [])

    counted = statuses(answers)
    assert counted[429] == 2 * AT_ONCE - ALLOWED
    for each in answers:
        if each.status_code == 429:
            assert each.json()["error"] == "temporarily_unavailable"
            assert 0 < int(each.headers["retry-after"]) <= 600 // ALLOWED
            assert each.headers["cache-control"] == "no-store"
    # Reading needs no attempt, so who is signed in stays so.
    assert shop.userinfo(tokens["access_token"]).status_code == 200


def test_a_limit_is_one_of_the_project(
    shop: RelyingParty, other_project: Project, person: User, wire: Wire, settings: Any
) -> None:
    settings.MENKOU_LIMIT_AUTHORIZATIONS = 1
    rival = register(other_project, pkce_optional=True)
    there = Wire(wire.url, other_project)

    first = [wire.get("/oauth2/authorize", shop.question()) for _time in range(2)]
    second = [there.get("/oauth2/authorize", rival.question()) for _time in range(2)]

    assert statuses(first) == statuses(second) == {303: 1, 429: 1}
