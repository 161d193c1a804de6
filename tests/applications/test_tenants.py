"""What belongs to one project, or to one application, is nothing at another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from applications.models import AuthorizationRequest, DeveloperError, Grant
from projects.models import Project, User
from tests.applications.relying_party import (
    FORM,
    RelyingParty,
    SignedIn,
    Visit,
    register,
)
from tests.cast import client_of, sign_in_as
from tests.openid import OpenID, connect, openid_settings
from tests.rows import each_row


@dataclass
class Tenant:
    """A project with a website, and somebody who is signed in to both."""

    party: RelyingParty
    visit: Visit
    given: SignedIn

    def code(self) -> str:
        """A code that is not redeemed yet."""
        return self.visit_for_code().query["code"]

    def visit_for_code(self, **changes: Any) -> Any:
        return self.party.send(self.visit, self.party.question(**changes))

    def works(self) -> bool:
        """Whether everything that was given still is what it was."""
        party, tokens = self.party, self.given.tokens
        userinfo = party.userinfo(tokens["access_token"])
        party.check_userinfo(userinfo, self.given.id_token["sub"])
        assert party.sign_in(self.visit).pages == 0
        party.check_tokens(party.refresh(tokens["refresh_token"]))
        return True


def tenant(project: Project, name: str, provider: OpenID) -> Tenant:
    """A tenant of whom everything looks like that of the other one."""
    party = register(project, name=name, pkce_optional=True, refresh_tokens="always")
    connect(project, "openid_connect", **openid_settings(provider.origin))
    visit = Visit(project, provider)
    return Tenant(party, visit, party.sign_in(visit))


@pytest.fixture
def shop(project: Project, provider: OpenID) -> Tenant:
    return tenant(project, "Demo Shop", provider)


@pytest.fixture
def rival(other_project: Project, provider: OpenID) -> Tenant:
    return tenant(other_project, "Rival", provider)


def as_shop_at(rival: Tenant, shop: Tenant) -> RelyingParty:
    """The shop's website, with its own credentials, at the other project's host."""
    party = RelyingParty(shop.party.application, shop.party.secret, method=shop.party.method)
    party.server = client_of(rival.party.project.host)
    party.metadata = rival.party.metadata
    return party


def invalid_grant(response: Any) -> bool:
    return (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def invalid_client(response: Any) -> bool:
    return (response.status_code, response.json()["error"]) == (401, "invalid_client")


def page(response: Any) -> bool:
    return response.status_code == 400 and "Location" not in response


def session_at(rival: Tenant, shop: Tenant) -> bool:
    """A session's cookie, carried to the other host, signs nobody in."""
    browser = Visit(rival.party.project)
    browser.client.cookies = shop.visit.client.cookies
    sent = rival.party.send(browser, rival.party.question(prompt="none")).query
    return sent["error"] == "login_required"


def hint_at(rival: Tenant, shop: Tenant) -> bool:
    """An id_token of the other project names nobody here."""
    question = rival.party.question(prompt="none", id_token_hint=shop.given.tokens["id_token"])
    return rival.party.send(rival.visit, question).query["error"] == "login_required"


def request_at(rival: Tenant, shop: Tenant) -> bool:
    """A stored request is continued at its own host only."""
    question = shop.party.question()
    start = client_of(shop.party.project.host).get("/oauth2/authorize", question)
    query = start["Location"].partition("?")[2]
    return page(rival.visit.get(f"/oauth2/continue?{query}"))


def press_for(rival: Tenant, shop: Tenant) -> bool:
    """A stored request of the other project does not become the end of a sign-in here."""
    start = client_of(shop.party.project.host).get("/oauth2/authorize", shop.party.question())
    target = f"/oauth2/continue?{start['Location'].partition('?')[2]}"
    browser = Visit(rival.party.project, rival.visit.provider)
    codes = Grant.objects.count()
    response = browser.sign_in("/sso/openid_connect/start", {"next": target})
    return page(browser.get(response["Location"])) and Grant.objects.count() == codes


TRIES: dict[str, Callable[[Tenant, Tenant], bool]] = {
    "authorize: application": lambda rival, shop: page(
        rival.visit.client.get("/oauth2/authorize", shop.party.question())
    ),
    "authorize by POST: application": lambda rival, shop: page(
        rival.visit.client.post(
            "/oauth2/authorize", urlencode(shop.party.question()), content_type=FORM
        )
    ),
    "authorize: session": session_at,
    "authorize: hint": hint_at,
    "continue: request": request_at,
    "continue: request as the end of a sign-in": press_for,
    "login: application": lambda rival, shop: (
        b"Demo Shop"
        not in rival.visit.get(
            f"/login?application={shop.party.application.client_id}&request={'a' * 32}"
        ).content
    ),
    "token: code": lambda rival, shop: invalid_grant(rival.party.redeem(shop.code())),
    "token: application": lambda rival, shop: invalid_client(
        as_shop_at(rival, shop).redeem(rival.code())
    ),
    "token: application and code": lambda rival, shop: invalid_client(
        as_shop_at(rival, shop).redeem(shop.code())
    ),
    "token: refresh token": lambda rival, shop: invalid_grant(
        rival.party.refresh(shop.given.tokens["refresh_token"])
    ),
    "token: application and refresh token": lambda rival, shop: invalid_client(
        as_shop_at(rival, shop).refresh(shop.given.tokens["refresh_token"])
    ),
    "userinfo: token": lambda rival, shop: (
        rival.party.userinfo(shop.given.tokens["access_token"]).status_code == 401
    ),
    "introspect: token": lambda rival, shop: (
        rival.party.post("introspection", token=shop.given.tokens["access_token"]).json()
        == {"active": False}
    ),
    "introspect: application": lambda rival, shop: invalid_client(
        as_shop_at(rival, shop).post("introspection", token=shop.given.tokens["access_token"])
    ),
    "revoke: token": lambda rival, shop: (
        rival.party.post("revocation", token=shop.given.tokens["refresh_token"]).content == b""
    ),
    "revoke: application": lambda rival, shop: invalid_client(
        as_shop_at(rival, shop).post("revocation", token=shop.given.tokens["refresh_token"])
    ),
    "jwks: keys": lambda rival, shop: not rival.party.keys().keys() & shop.party.keys().keys(),
}


@each_row("attempt", TRIES, undo=True)
def test_what_is_one_projects_is_nothing_at_another(
    attempt: str, shop: Tenant, rival: Tenant
) -> None:
    assert TRIES[attempt](rival, shop)

    assert shop.works()
    # A stranger's tries are no mistakes of the developer.
    assert not DeveloperError.objects.filter(application=shop.party.application).exists()


def test_a_person_of_two_projects_is_two(shop: Tenant, rival: Tenant) -> None:
    first, second = shop.given.id_token, rival.given.id_token

    for name in ("iss", "sub", "sid", "aud"):
        assert first[name] != second[name]


def test_an_id_token_of_another_project_does_not_verify(shop: Tenant, rival: Tenant) -> None:
    for key in rival.party.keys().values():
        if key["alg"] == "RS256":
            with pytest.raises(jwt.InvalidSignatureError):
                jwt.decode(
                    shop.given.tokens["id_token"],
                    jwt.PyJWK(key),
                    algorithms=["RS256"],
                    audience=shop.party.application.client_id,
                )


# --- two applications of one project --------------------------------------------------------------


@pytest.fixture
def cafe(project: Project) -> RelyingParty:
    """Another website of the shop's project."""
    return register(
        project,
        name="Cafe",
        redirect_uris=["https://cafe.example/callback"],
        pkce_optional=True,
    )


def test_what_is_one_applications_is_nothing_for_another(shop: Tenant, cafe: RelyingParty) -> None:
    tokens = shop.given.tokens
    codes = [shop.code(), shop.code()]

    assert invalid_grant(cafe.redeem(codes[0], redirect_uri=shop.party.callback))
    assert invalid_grant(cafe.refresh(tokens["refresh_token"]))
    assert cafe.post("revocation", token=tokens["refresh_token"]).status_code == 200
    secret, cafe.secret = cafe.secret, shop.party.secret
    assert invalid_client(cafe.redeem(codes[1]))
    cafe.secret = secret
    shop.party.check_tokens(shop.party.redeem(codes[0]))
    assert shop.works()


def test_a_redirect_uri_is_its_applications(shop: Tenant, cafe: RelyingParty) -> None:
    arrival = shop.visit_for_code(redirect_uri=cafe.callback)

    assert arrival.is_page
    assert arrival.response.status_code == 400


def test_a_stored_request_is_its_applications(shop: Tenant, cafe: RelyingParty) -> None:
    start = client_of(cafe.project.host).get("/oauth2/authorize", shop.party.question())
    request_id = start["Location"].partition("request=")[2]
    query = urlencode({"application": cafe.application.client_id, "request": request_id})

    assert page(shop.visit.get(f"/oauth2/continue?{query}"))
    assert AuthorizationRequest.objects.filter(completed_at=None).exists()


def test_a_connection_that_an_application_does_not_allow_is_no_sign_in_for_it(
    project: Project, provider: OpenID, shop: Tenant
) -> None:
    other = connect(project, "openid_connect", "staff", **openid_settings(provider.origin))
    staff = register(project, name="Staff", pkce_optional=True, connections=[other.alias])

    sent = staff.send(shop.visit, staff.question(prompt="none")).query
    page_shown = client_of(project.host).get(
        client_of(project.host).get("/oauth2/authorize", staff.question())["Location"]
    )

    assert sent["error"] == "login_required"
    assert b"/sso/staff/start" in page_shown.content
    assert b"/sso/openid_connect/start" not in page_shown.content
    assert staff.sign_in(shop.visit).pages == 1
    # By then it is a session of the connection that it allows.
    assert staff.sign_in(shop.visit).pages == 0


def test_an_operator_is_nobody_at_a_projects_host(
    project: Project, owner: User, shop: Tenant
) -> None:
    operator = sign_in_as(owner)
    browser = Visit(project)
    browser.client.cookies = operator.cookies

    sent = shop.party.send(browser, shop.party.question(prompt="none")).query

    assert sent["error"] == "login_required"
