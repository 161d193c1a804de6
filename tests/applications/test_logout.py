"""Sign-outs that applications ask for: the certification's modules under their own names.

https://openid.net/specs/openid-connect-rpinitiated-1_0.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from applications import services
from applications.models import Application, DeveloperError, Grant, LogoutRequest
from connections.models import EndUserSession
from projects.models import Project, User
from tests.applications.test_code_flow import CALLBACK, VERIFIER, ask, redeem, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.cast import client_of, sign_in_as
from tests.rows import each_row

Shop = tuple[Application, str]
AFTER = "https://shop.example/after"
STATE = "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~ ö"


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in_as(person)


@pytest.fixture
def signed_in(shop: Shop, browser: Client, owner: User) -> dict[str, str]:
    """The tokens of a person who has signed in to an application with a registered target."""
    services.change_application(shop[0], {"post_logout_redirect_uris": [AFTER]}, actor=owner)
    return sign_in(shop, browser)


def sign_in(shop: Shop, browser: Client) -> dict[str, str]:
    code = returned(ask(browser, shop[0]))["code"]
    server = client_of(shop[0].project.host)
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    tokens: dict[str, str] = redeem(server, shop, **sent).json()
    return tokens


def sign_out(browser: Client, **sent: str) -> Any:
    """Send a request and follow it on our own host."""
    return follow(browser, browser.get(f"/oauth2/logout?{urlencode(sent)}"))


def follow(browser: Client, response: Any) -> Any:
    while response.status_code == 303 and response["Location"].startswith("/"):
        response = browser.get(response["Location"])
    return response


def confirm(browser: Client, page: Any) -> Any:
    path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    return browser.post(path, headers={"Sec-Fetch-Site": "same-origin"})


def is_signed_in(browser: Client, shop: Shop) -> bool:
    return "code" in returned(ask(browser, shop[0], prompt="none"))


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(shop: Shop) -> None:
    document = client_of(shop[0].project.host).get("/.well-known/openid-configuration").json()
    assert document["end_session_endpoint"] == f"{document['issuer']}/oauth2/logout"
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


def test_oidcc_rp_initiated_logout(shop: Shop, browser: Client, signed_in: dict[str, str]) -> None:
    response = sign_out(
        browser,
        id_token_hint=signed_in["id_token"],
        post_logout_redirect_uri=AFTER,
        state=STATE,
    )
    parts = urlsplit(response["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == AFTER
    assert parse_qs(parts.query) == {"state": [STATE]}
    assert returned(ask(browser, shop[0], prompt="none"))["error"] == "login_required"


def test_oidcc_rp_initiated_logout_no_state(
    shop: Shop, browser: Client, signed_in: dict[str, str]
) -> None:
    hint = signed_in["id_token"]
    response = sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert response["Location"] == AFTER
    assert not is_signed_in(browser, shop)


def tampered(hint: str) -> str:
    header, body, _signature = hint.split(".")
    unsigned = jwt.utils.base64url_encode(b'{"alg":"none"}').decode()
    return f"{unsigned}.{body}."


def foreign(hint: str) -> str:
    claims = jwt.decode(hint, options={"verify_signature": False})
    kid = jwt.get_unverified_header(hint)["kid"]
    return jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": kid})


# What is sent beside the right target and a state, and whether the target is sent at all.
PAGES: dict[str, Callable[[str], dict[str, str]]] = {
    "bad-post-logout-redirect-uri": lambda hint: {
        "id_token_hint": hint,
        "post_logout_redirect_uri": AFTER + "/other",
        "state": "s",
    },
    "modified-id-token-hint": lambda hint: {
        "id_token_hint": tampered(hint),
        "post_logout_redirect_uri": AFTER,
        "state": "s",
    },
    "no-id-token-hint": lambda hint: {"post_logout_redirect_uri": AFTER, "state": "s"},
    "no-params": lambda hint: {},
    "only-state": lambda hint: {"state": "s"},
    "query-added-to-post-logout-redirect-uri": lambda hint: {
        "id_token_hint": hint,
        "post_logout_redirect_uri": AFTER + "?foo=bar",
        "state": "s",
    },
    "bad-id-token-hint": lambda hint: {
        "id_token_hint": foreign(hint),
        "post_logout_redirect_uri": AFTER,
        "state": "s",
    },
}


@pytest.mark.parametrize("module", PAGES, ids=lambda each: f"oidcc-rp-initiated-logout-{each}")
def test_a_page(shop: Shop, browser: Client, signed_in: dict[str, str], module: str) -> None:
    page = sign_out(browser, **PAGES[module](signed_in["id_token"]))
    assert page.status_code == 200
    if b"<form" in page.content:
        # Without a valid hint the person is asked, and nobody is redirected afterwards.
        assert is_signed_in(browser, shop)
        page = confirm(browser, page)
        assert page.status_code == 200
    assert "You are signed out" in page.content.decode()
    assert "Location" not in page
    assert not is_signed_in(browser, shop)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(
    shop: Shop, browser: Client, signed_in: dict[str, str]
) -> None:
    page = sign_out(browser, id_token_hint=signed_in["id_token"], state="s")
    assert "You are signed out" in page.content.decode()
    assert not is_signed_in(browser, shop)


def test_a_wrong_target_is_told_to_the_developers(
    browser: Client, signed_in: dict[str, str]
) -> None:
    sign_out(
        browser, id_token_hint=signed_in["id_token"], post_logout_redirect_uri=AFTER + "/other"
    )
    error = DeveloperError.objects.get()
    assert error.cause == "post_logout_redirect_uri_unknown"
    assert error.facts["received"] == AFTER + "/other"


@pytest.mark.parametrize("again", ["with a hint", "by client_id", "by POST"])
def test_without_a_session_it_still_redirects(
    shop: Shop, browser: Client, signed_in: dict[str, str], again: str
) -> None:
    sent = {"id_token_hint": signed_in["id_token"], "post_logout_redirect_uri": AFTER}
    sign_out(browser, **sent)
    if again == "by client_id":
        sent = {"client_id": shop[0].client_id, "post_logout_redirect_uri": AFTER}
    if again == "by POST":
        response = follow(browser, browser.post("/oauth2/logout", sent))
    else:
        response = sign_out(browser, **sent)
    assert response["Location"] == AFTER


def test_a_post_of_another_website_has_no_cookie_and_goes_on_by_get(
    shop: Shop, browser: Client, signed_in: dict[str, str]
) -> None:
    sent = {"id_token_hint": signed_in["id_token"], "post_logout_redirect_uri": AFTER}
    first = client_of(shop[0].project.host).post("/oauth2/logout", sent)
    assert first.status_code == 303
    assert follow(browser, first)["Location"] == AFTER
    assert not is_signed_in(browser, shop)
    assert signed_in["id_token"] not in first["Location"]


def test_client_id_and_target_redirect_after_the_question(
    shop: Shop, browser: Client, signed_in: dict[str, str]
) -> None:
    page = sign_out(browser, client_id=shop[0].client_id, post_logout_redirect_uri=AFTER)
    assert "Shop asks to sign you out." in page.content.decode()
    path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    forged = browser.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 200
    assert is_signed_in(browser, shop)
    assert confirm(browser, page)["Location"] == AFTER
    assert not is_signed_in(browser, shop)


def test_a_hint_of_another_person_asks_first(
    shop: Shop, signed_in: dict[str, str], project: Project
) -> None:
    other = sign_in_as(User.objects.create(project=project, name="Wang", password="!"))
    page = sign_out(other, id_token_hint=signed_in["id_token"], post_logout_redirect_uri=AFTER)
    assert "You are signed in as Wang." in page.content.decode()
    assert is_signed_in(other, shop)


def test_an_expired_hint_is_as_good(
    shop: Shop, browser: Client, owner: User, signed_in: dict[str, str]
) -> None:
    services.change_application(shop[0], {"id_token_seconds": 1}, actor=owner)
    hint = sign_in(shop, browser)["id_token"]
    claims = jwt.decode(hint, options={"verify_signature": False})
    while timezone.now().timestamp() < claims["exp"] + 1:
        pass
    response = sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert response["Location"] == AFTER


@pytest.mark.parametrize("whose", ["another application", "another project"])
def test_a_hint_of(
    shop: Shop,
    browser: Client,
    signed_in: dict[str, str],
    owner: User,
    project: Project,
    other_project: Project,
    whose: str,
) -> None:
    home = project if whose == "another application" else other_project
    fields = services.ApplicationFields(name="Other", post_logout_redirect_uris=[AFTER])
    other, _secret = services.add_application(home, fields, actor=owner)
    if whose == "another application":
        sent = {"client_id": other.client_id}
    else:
        browser = sign_in_as(User.objects.create(project=home, name="Wang", password="!"))
        sent = {}
    hint = signed_in["id_token"]
    page = sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=AFTER, **sent)
    assert page.status_code == 200
    assert b"<form" in page.content
    assert "Location" not in confirm(browser, page)


def test_tokens_end_with_the_session_unless_they_are_for_absence(
    shop: Shop, browser: Client, signed_in: dict[str, str]
) -> None:
    server = client_of(shop[0].project.host)
    code = returned(ask(browser, shop[0], scope="openid"))["code"]
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    present = redeem(server, shop, **sent).json()
    sign_out(browser, id_token_hint=signed_in["id_token"])
    for tokens, expected in ((present, 401), (signed_in, 200)):
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert server.get("/oauth2/userinfo", headers=bearer).status_code == expected
    assert EndUserSession.objects.count() == 0
    assert Grant.objects.filter(revoked_at=None).count() == 1


@each_row(
    "query", ["", "request=unknown", "request=" + "a" * 32, "request=" + "ö" * 2000], undo=True
)
def test_an_unknown_question_is_answered_by_a_page(shop: Shop, query: str) -> None:
    page = client_of(shop[0].project.host).get(f"/oauth2/logout/continue?{query}")
    assert page.status_code == 200
    assert LogoutRequest.objects.count() == 0
