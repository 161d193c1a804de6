"""The modules of the certification plans for Basic OP and Form Post OP, each under its own name.

https://gitlab.com/openid/conformance-suite, `oidcc-basic-certification-test-plan`, and
`oidcc-formpost-basic-certification-test-plan`, which has the same modules. A failure and a
warning of the suite both fail here, but for two warnings that we accept: `acr` is never sent, and
the profile has the claims that there are. Checks of every flow are in `relying_party`.
"""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from projects.models import Project
from tests.applications.later import let_pass
from tests.applications.relying_party import RelyingParty, Visit, encoded, register

INTERACTION_ERRORS = {"login_required", "interaction_required", "account_selection_required"}


@pytest.fixture(params=["", "form_post"], ids=["query", "form-post"])
def party(project: Project, request: pytest.FixtureRequest) -> RelyingParty:
    """The suite's `client`, in both plans."""
    return register(project, pkce_optional=True, response_mode=request.param)


@pytest.fixture
def other_party(party: RelyingParty, project: Project) -> RelyingParty:
    """The suite's `client2`."""
    return register(
        project,
        name="Other shop",
        redirect_uris=["https://other.example/callback"],
        pkce_optional=True,
        method="client_secret_post",
        response_mode=party.response_mode,
    )


def assert_page(party: RelyingParty, visit: Visit, **changes: Any) -> None:
    """Expect a page that tells about the fault, and no redirect."""
    arrival = party.send(visit, party.question(**changes))
    assert arrival.is_page
    assert arrival.response.status_code == 400
    assert b"<h1" in arrival.response.content


def unsigned(**claims: Any) -> str:
    """A request object without a signature (OpenID Connect Core 1.0, 6.1)."""
    header, body = ({"alg": "none"}, claims)
    return ".".join([*(encoded(json.dumps(part).encode()) for part in (header, body)), ""])


# --- response type and response mode --------------------------------------------------------------


def test_oidcc_server(party: RelyingParty, visit: Visit) -> None:
    first, second = party.sign_in(visit), party.sign_in(visit)

    assert first.pages == 1
    assert first.code != second.code
    assert first.tokens["access_token"] != second.tokens["access_token"]
    assert first.id_token["sub"] == second.id_token["sub"]


def test_oidcc_response_type_missing(party: RelyingParty, visit: Visit) -> None:
    sent = party.send(visit, party.question(response_type=None)).query

    assert sent["error"] in {"invalid_request", "unsupported_response_type"}


# --- id_token -------------------------------------------------------------------------------------


def test_oidcc_idtoken_signature(party: RelyingParty, visit: Visit) -> None:
    header = jwt.get_unverified_header(party.sign_in(visit).tokens["id_token"])

    assert header["alg"] == "RS256"
    assert header["kid"]


def test_oidcc_idtoken_unsigned(party: RelyingParty) -> None:
    assert "none" not in party.metadata["id_token_signing_alg_values_supported"]


# --- userinfo -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        pytest.param("get", id="oidcc-userinfo-get"),
        pytest.param("post-header", id="oidcc-userinfo-post-header"),
        pytest.param("post-body", id="oidcc-userinfo-post-body"),
    ],
)
def test_oidcc_userinfo(way: str, party: RelyingParty, visit: Visit) -> None:
    signed_in = party.sign_in(visit)

    response = party.userinfo(signed_in.tokens["access_token"], way)

    assert party.check_userinfo(response, signed_in.id_token["sub"]) == signed_in.userinfo


# --- nonce, scope, display ------------------------------------------------------------------------


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    party: RelyingParty, visit: Visit
) -> None:
    assert "nonce" not in party.sign_in(visit, nonce=None).id_token


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        pytest.param("openid profile", {"name"}, id="oidcc-scope-profile"),
        pytest.param("openid email", {"email", "email_verified"}, id="oidcc-scope-email"),
        # Not listed in scopes_supported: the suite skips these, and we ignore them.
        pytest.param("openid address", set(), id="oidcc-scope-address"),
        pytest.param("openid phone", set(), id="oidcc-scope-phone"),
        pytest.param(
            "openid profile email address phone",
            {"name", "email", "email_verified"},
            id="oidcc-scope-all",
        ),
    ],
)
def test_oidcc_scope(scope: str, claims: set[str], party: RelyingParty, visit: Visit) -> None:
    signed_in = party.sign_in(visit, scope=scope)

    assert signed_in.userinfo.keys() == {"sub", *claims}
    assert signed_in.userinfo.get("email_verified", False) is False
    assert not {"address", "phone"} & set(party.metadata["scopes_supported"])


def test_oidcc_alternate_happy_flow(party: RelyingParty, visit: Visit) -> None:
    question = party.question(scope="email openid")
    backwards = dict(reversed(question.items()))

    arrival = party.send(visit, backwards)
    tokens = party.check_tokens(party.redeem(arrival.query["code"]))
    claims = party.check_id_token(tokens, nonce=question["nonce"])
    told = party.check_userinfo(party.userinfo(tokens["access_token"]), claims["sub"])

    assert told.keys() == {"sub", "email", "email_verified"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"display": "page"}, id="oidcc-display-page"),
        pytest.param({"display": "popup"}, id="oidcc-display-popup"),
        pytest.param(
            {"extra": "foobar"}, id="oidcc-ensure-request-with-unknown-parameter-succeeds"
        ),
        pytest.param({"login_hint": "bob@example.com"}, id="oidcc-login-hint"),
        pytest.param({"ui_locales": "se"}, id="oidcc-ui-locales"),
        pytest.param({"claims_locales": "se"}, id="oidcc-claims-locales"),
        pytest.param({"acr_values": "1 2"}, id="oidcc-ensure-request-with-acr-values-succeeds"),
    ],
)
def test_oidcc(changes: dict[str, str], party: RelyingParty, visit: Visit) -> None:
    assert party.sign_in(visit, **changes).pages == 1


# --- prompt, max_age, hints -----------------------------------------------------------------------


def test_oidcc_prompt_login(party: RelyingParty, visit: Visit) -> None:
    party.sign_in(visit)
    let_pass(seconds=100)
    before = party.sign_in(visit)

    after = party.sign_in(visit, prompt="login")

    assert (before.pages, after.pages) == (0, 1)
    assert after.id_token["auth_time"] > before.id_token["auth_time"]
    assert after.id_token["sub"] == before.id_token["sub"]


def test_oidcc_prompt_none_not_logged_in(party: RelyingParty, visit: Visit) -> None:
    arrival = party.send(visit, party.question(prompt="none", state="s" * 128))

    assert arrival.query["error"] in INTERACTION_ERRORS
    assert arrival.pages == 0


def test_oidcc_prompt_none_logged_in(party: RelyingParty, visit: Visit) -> None:
    first = party.sign_in(visit)

    second = party.sign_in(visit, prompt="none")

    assert (first.pages, second.pages) == (1, 0)
    for name in ("sub", "auth_time"):
        assert first.id_token[name] == second.id_token[name]


def test_oidcc_max_age_1(party: RelyingParty, visit: Visit) -> None:
    party.sign_in(visit)
    let_pass(seconds=2)
    before = party.sign_in(visit)

    after = party.sign_in(visit, max_age=1)

    assert (before.pages, after.pages) == (0, 1)
    assert after.id_token["auth_time"] > before.id_token["auth_time"]


def test_oidcc_max_age_10000(party: RelyingParty, visit: Visit) -> None:
    first = party.sign_in(visit, max_age=15000)

    second = party.sign_in(visit, max_age=10000)

    assert (first.pages, second.pages) == (1, 0)
    assert first.id_token["auth_time"] == second.id_token["auth_time"]


def test_oidcc_id_token_hint(party: RelyingParty, visit: Visit) -> None:
    first = party.sign_in(visit)

    second = party.sign_in(visit, prompt="none", id_token_hint=first.tokens["id_token"])

    assert second.pages == 0
    for name in ("sub", "auth_time"):
        assert first.id_token[name] == second.id_token[name]


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(0, id="oidcc-codereuse"),
        pytest.param(30, id="oidcc-codereuse-30seconds"),
    ],
)
def test_oidcc_codereuse(seconds: int, party: RelyingParty, visit: Visit) -> None:
    signed_in = party.sign_in(visit)
    let_pass(seconds=seconds)

    response = party.redeem(signed_in.code)

    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/json")
    assert response.json()["error"] == "invalid_grant"
    assert party.userinfo(signed_in.tokens["access_token"]).status_code == 401


# --- requests -------------------------------------------------------------------------------------


def test_oidcc_ensure_registered_redirect_uri(party: RelyingParty, visit: Visit) -> None:
    assert_page(party, visit, redirect_uri=f"{party.callback}/longer")


def test_oidcc_ensure_post_request_succeeds(party: RelyingParty, visit: Visit) -> None:
    assert party.sign_in(visit, post=True).pages == 1
    assert party.sign_in(visit, post=True).pages == 0


def test_oidcc_server_client_secret_post(other_party: RelyingParty, visit: Visit) -> None:
    assert other_party.sign_in(visit).pages == 1


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    party: RelyingParty, visit: Visit
) -> None:
    party.refused(visit, "request_uri_not_supported", request_uri="https://shop.example/request")


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    party: RelyingParty, visit: Visit
) -> None:
    inside = unsigned(**party.question())

    party.refused(visit, "request_not_supported", request=inside, state=None, nonce=None)


def test_oidcc_claims_essential(party: RelyingParty, visit: Visit) -> None:
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})

    # check_id_token lets no name pass.
    assert party.sign_in(visit, claims=claims).userinfo["name"] == "Ada"


def test_oidcc_ensure_request_object_with_redirect_uri(party: RelyingParty, visit: Visit) -> None:
    inside = unsigned(**party.question())

    assert_page(party, visit, request=inside, redirect_uri=f"{party.callback}/longer")


# --- refresh tokens and PKCE ----------------------------------------------------------------------


def test_oidcc_refresh_token(
    party: RelyingParty, other_party: RelyingParty, visit: Visit, project: Project
) -> None:
    scope = "openid offline_access"
    first = party.sign_in(visit, scope=scope, prompt="consent")
    others = other_party.sign_in(visit, scope=scope, prompt="consent")
    let_pass(seconds=100)

    tokens = party.check_tokens(party.refresh(first.tokens["refresh_token"]))
    response = party.refresh(others.tokens["refresh_token"])

    claims = party.check_id_token(tokens, nonce=None)
    for name in ("iss", "sub", "aud", "sid"):
        assert claims[name] == first.id_token[name]
    assert claims["auth_time"] == first.id_token["auth_time"] - 100
    assert claims["iat"] >= first.id_token["iat"]
    party.check_userinfo(party.userinfo(tokens["access_token"]), claims["sub"])
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    # The owner's token was not hurt.
    other_party.check_tokens(other_party.refresh(others.tokens["refresh_token"]))


def test_oidcc_ensure_request_with_valid_pkce_succeeds(party: RelyingParty, visit: Visit) -> None:
    party.pkce = True

    assert party.sign_in(visit).pages == 1


# --- beyond the suite -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "asked"),
    [({}, None), ({"prompt": "login"}, "login"), ({"max_age": "0"}, "login")],
    ids=["nothing", "prompt", "max_age"],
)
def test_a_new_sign_in_is_one_at_the_provider(
    changes: dict[str, str], asked: str | None, party: RelyingParty, visit: Visit
) -> None:
    party.sign_in(visit, **changes)

    assert visit.asked[0].get("prompt") == asked
