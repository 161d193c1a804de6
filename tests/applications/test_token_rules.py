"""Rules of RFC 6749, RFC 6750, RFC 7636 and RFC 9700 for codes, tokens and their endpoints."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from applications.models import Application, ApplicationSecret, Grant, Token
from connections.models import EndUserSession
from projects.models import Project, User
from tests.applications.later import let_pass
from tests.applications.relying_party import (
    FORM,
    VERIFIER,
    RelyingParty,
    SignedIn,
    Visit,
    challenge_of,
    register,
)
from tests.rows import each_row

MINUTE, HOUR = 60, 3600


@pytest.fixture
def shop(project: Project) -> RelyingParty:
    """A website with PKCE, as by default, that asks for refresh tokens."""
    return register(project, pkce=True, scope="openid profile offline_access")


@pytest.fixture
def app(project: Project) -> RelyingParty:
    """A browser app that gets refresh tokens."""
    return register(
        project,
        name="App",
        kind="browser",
        redirect_uris=["https://app.example/callback"],
        refresh_tokens="always",
        pkce=True,
    )


def code_for(party: RelyingParty, visit: Visit, **changes: Any) -> str:
    """A code that is not redeemed yet."""
    return party.send(visit, party.question(**changes)).query["code"]


def error_of(response: Any, status: int = 400) -> str:
    """The error of a refusal, with what holds for all of them (RFC 6749, 5.2)."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    assert response["Cache-Control"] == "no-store"
    document = response.json()
    assert document.keys() <= {"error", "error_description"}
    assert document.get("error_description", "").isascii()
    return str(document["error"])


def is_valid(party: RelyingParty, access_token: str) -> bool:
    """Whether userinfo accepts an access token."""
    response = party.userinfo(access_token)
    assert response.status_code in {200, 401}
    return bool(response.status_code == 200)


# --- the code (RFC 6749, 4.1.2 and 4.1.3) ---------------------------------------------------------


@pytest.mark.parametrize(("seconds", "is_late"), [(40, False), (120, True)])
def test_a_code_is_valid_for_a_minute(
    seconds: int, is_late: bool, shop: RelyingParty, signed_in: Visit
) -> None:
    code = code_for(shop, signed_in)
    let_pass(seconds=seconds)

    response = shop.redeem(code)

    if is_late:
        assert error_of(response) == "invalid_grant"
        assert not Token.objects.exists()
    else:
        shop.check_tokens(response)


@each_row(
    "changes, error",
    [
        ({"code": None}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": "é" * 43}, "invalid_grant"),
        ({"code": "c" * 10_000}, "invalid_request"),
        ({"redirect_uri": "https://shop.example/other"}, "invalid_grant"),
        ({"redirect_uri": "https://shop.example/callback/"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": "v" * 129}, "invalid_grant"),
        ({"code_verifier": "ü" * 43}, "invalid_grant"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
    ],
    undo=True,
)
def test_a_wrong_token_request_is_refused_and_the_right_one_still_works(
    changes: dict[str, str | None], error: str, shop: RelyingParty, signed_in: Visit
) -> None:
    code = code_for(shop, signed_in)

    refused = shop.redeem(**{"code": code, **changes})

    assert error_of(refused) == error
    shop.check_tokens(shop.redeem(code))


def test_the_redirect_uri_may_be_left_out_with_pkce_only(
    shop: RelyingParty, party: RelyingParty, signed_in: Visit
) -> None:
    """OAuth 2.1, draft 16; RFC 6749, 4.1.3."""
    shop.check_tokens(shop.redeem(code_for(shop, signed_in), redirect_uri=None))

    assert error_of(party.redeem(code_for(party, signed_in), redirect_uri=None)) in {
        "invalid_grant",
        "invalid_request",
    }


def test_a_verifier_without_a_challenge_is_refused(party: RelyingParty, signed_in: Visit) -> None:
    """RFC 9700, 4.8: somebody has removed the challenge."""
    code = code_for(party, signed_in)

    assert error_of(party.redeem(code, code_verifier=VERIFIER)) == "invalid_grant"


@pytest.mark.parametrize("length", [43, 128])
def test_verifiers_have_43_to_128_characters(
    length: int, shop: RelyingParty, signed_in: Visit
) -> None:
    verifier = "-._~" + "v" * (length - 4)
    code = code_for(shop, signed_in, **challenge_of(verifier))

    shop.check_tokens(shop.redeem(code, code_verifier=verifier))


def test_a_code_belongs_to_its_application(
    shop: RelyingParty, app: RelyingParty, signed_in: Visit
) -> None:
    code = code_for(shop, signed_in)

    assert error_of(app.redeem(code, redirect_uri=shop.callback)) == "invalid_grant"
    shop.check_tokens(shop.redeem(code))


def test_a_replay_revokes_all_that_came_from_the_code(shop: RelyingParty, signed_in: Visit) -> None:
    first = shop.sign_in(signed_in)
    others = shop.sign_in(signed_in)
    second = shop.check_tokens(shop.refresh(first.tokens["refresh_token"]))

    assert error_of(shop.redeem(first.code)) == "invalid_grant"

    for tokens in (first.tokens, second):
        assert not is_valid(shop, tokens["access_token"])
        assert error_of(shop.refresh(tokens["refresh_token"])) == "invalid_grant"
    # Those of another sign-in are no concern of it.
    assert is_valid(shop, others.tokens["access_token"])
    shop.check_tokens(shop.refresh(others.tokens["refresh_token"]))


# --- refresh tokens (RFC 6749, 6; RFC 9700, 4.14) -------------------------------------------------


def test_refresh_tokens_are_given_to_those_who_ask(project: Project, signed_in: Visit) -> None:
    expected = {
        ("requested", "openid"): False,
        ("requested", "openid offline_access"): True,
        ("always", "openid"): True,
        ("never", "openid offline_access"): False,
    }
    given = {}
    for when, scope in expected:
        party = register(project, name=when, refresh_tokens=when, pkce=True)
        tokens = party.sign_in(signed_in, scope=scope).tokens
        given[when, scope] = "refresh_token" in tokens

    assert given == expected


def test_within_the_grace_the_old_token_gives_the_same_successor(
    shop: RelyingParty, signed_in: Visit
) -> None:
    old = shop.sign_in(signed_in).tokens["refresh_token"]
    first = shop.check_tokens(shop.refresh(old))
    let_pass(seconds=25)

    again = shop.check_tokens(shop.refresh(old))

    assert again["refresh_token"] == first["refresh_token"] != old
    assert again["access_token"] != first["access_token"]
    third = shop.check_tokens(shop.refresh(again["refresh_token"]))
    assert third["refresh_token"] not in {old, first["refresh_token"]}
    # What came before the predecessor is no part of the grace.
    assert is_valid(shop, third["access_token"])


def test_later_the_old_token_revokes_its_family(shop: RelyingParty, signed_in: Visit) -> None:
    old = shop.sign_in(signed_in).tokens
    new = shop.check_tokens(shop.refresh(old["refresh_token"]))
    other = shop.sign_in(signed_in).tokens
    let_pass(seconds=31)

    assert error_of(shop.refresh(old["refresh_token"])) == "invalid_grant"

    assert error_of(shop.refresh(new["refresh_token"])) == "invalid_grant"
    assert not is_valid(shop, new["access_token"])
    shop.check_tokens(shop.refresh(other["refresh_token"]))


def test_a_refresh_token_belongs_to_its_application(
    shop: RelyingParty, app: RelyingParty, signed_in: Visit
) -> None:
    tokens = shop.sign_in(signed_in).tokens

    assert error_of(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    shop.check_tokens(shop.refresh(tokens["refresh_token"]))


def test_scopes_can_be_narrowed_and_never_widened(shop: RelyingParty, signed_in: Visit) -> None:
    """RFC 6749, 6. The refresh token keeps what was granted."""
    token = shop.sign_in(signed_in).tokens["refresh_token"]

    narrow = shop.check_tokens(shop.refresh(token, scope="openid"))
    assert shop.userinfo(narrow["access_token"]).json().keys() == {"sub"}
    assert narrow["scope"] == "openid"
    refused = shop.refresh(narrow["refresh_token"], scope="openid email")
    assert error_of(refused) == "invalid_scope"
    wide = shop.check_tokens(shop.refresh(narrow["refresh_token"]))
    assert shop.userinfo(wide["access_token"]).json().keys() == {"sub", "name"}


def test_a_refresh_token_that_is_not_used_expires(shop: RelyingParty, signed_in: Visit) -> None:
    token = shop.sign_in(signed_in).tokens["refresh_token"]
    let_pass(days=29)
    used = shop.check_tokens(shop.refresh(token))["refresh_token"]
    let_pass(days=29)
    used = shop.check_tokens(shop.refresh(used))["refresh_token"]
    let_pass(days=31)

    assert error_of(shop.refresh(used)) == "invalid_grant"


@pytest.mark.parametrize("kind", ["website", "browser"])
def test_no_refresh_token_outlives_the_limit_of_the_first(
    kind: str, shop: RelyingParty, app: RelyingParty, signed_in: Visit
) -> None:
    """RFC 10017: rotation never extends the life of the first token."""
    party = shop if kind == "website" else app
    token = party.sign_in(signed_in).tokens["refresh_token"]
    for _turn in range(8):
        let_pass(days=20)
        token = party.check_tokens(party.refresh(token))["refresh_token"]
    let_pass(days=19)
    last = party.check_tokens(party.refresh(token))
    let_pass(days=2)

    assert error_of(party.refresh(last["refresh_token"])) == "invalid_grant"


def test_an_access_token_expires(shop: RelyingParty, signed_in: Visit) -> None:
    tokens = shop.sign_in(signed_in).tokens
    assert tokens["expires_in"] == HOUR
    let_pass(seconds=HOUR - 60)
    assert is_valid(shop, tokens["access_token"])
    let_pass(seconds=120)

    assert not is_valid(shop, tokens["access_token"])


def test_a_blocked_person_has_no_valid_token(
    shop: RelyingParty, signed_in: Visit, person: User
) -> None:
    tokens, code = shop.sign_in(signed_in).tokens, code_for(shop, signed_in)
    person.is_active = False
    person.save()

    assert not is_valid(shop, tokens["access_token"])
    assert error_of(shop.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert error_of(shop.redeem(code)) == "invalid_grant"
    assert shop.post("introspection", token=tokens["access_token"]).json() == {"active": False}
    shop.refused(signed_in, "login_required", prompt="none")


# --- what is stored (RFC 6819, 5.1.4.1) -----------------------------------------------------------


def test_codes_tokens_and_secrets_are_stored_as_hashes(
    shop: RelyingParty, signed_in: Visit
) -> None:
    given: SignedIn = shop.sign_in(signed_in)
    values = {
        "code": (given.code, Grant.objects.get().code_hash),
        "secret": (shop.secret, ApplicationSecret.objects.get().hash),
    }
    stored = set(Token.objects.values_list("hash", flat=True))

    for value, kept in values.values():
        assert kept == sha256(value.encode()).hexdigest()
    for name in ("access_token", "refresh_token"):
        assert sha256(given.tokens[name].encode()).hexdigest() in stored
    assert len(stored) == 2


# --- client authentication (RFC 6749, 2.3) --------------------------------------------------------


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.fixture
def ask(shop: RelyingParty, signed_in: Visit) -> Callable[..., Any]:
    """Redeem a new code of the shop with these credentials."""

    def asked(header: str | None = None, **fields: str | None) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code_for(shop, signed_in),
            "redirect_uri": shop.callback,
            "code_verifier": VERIFIER,
            **fields,
        }
        sent = urlencode({name: value for name, value in form.items() if value is not None})
        headers = {"Authorization": header} if header is not None else {}
        return shop.server.post("/oauth2/token", sent, content_type=FORM, headers=headers)

    return asked


def test_both_methods_of_client_authentication_work(
    shop: RelyingParty, ask: Callable[..., Any]
) -> None:
    client_id = shop.application.client_id

    shop.check_tokens(ask(basic(client_id, shop.secret)))
    shop.check_tokens(ask(client_id=client_id, client_secret=shop.secret))
    # The client id alone is no second method.
    shop.check_tokens(ask(basic(client_id, shop.secret), client_id=client_id))


def test_two_methods_at_once_are_refused(shop: RelyingParty, ask: Callable[..., Any]) -> None:
    client_id, secret = shop.application.client_id, shop.secret

    for fields in ({"client_secret": secret}, {"client_id": client_id, "client_secret": secret}):
        assert error_of(ask(basic(client_id, secret), **fields)) == "invalid_request"


def test_who_is_not_proven_is_challenged(
    shop: RelyingParty, app: RelyingParty, ask: Callable[..., Any]
) -> None:
    client_id, secret = shop.application.client_id, shop.secret
    wrong: list[tuple[str | None, dict[str, str]]] = [
        (None, {}),
        (None, {"client_id": client_id}),
        (None, {"client_id": client_id, "client_secret": ""}),
        (None, {"client_id": client_id, "client_secret": secret[:-1]}),
        (None, {"client_id": client_id, "client_secret": f"{secret}x"}),
        (None, {"client_id": "a" * 24, "client_secret": secret}),
        (None, {"client_id": app.application.client_id, "client_secret": secret}),
        (None, {"client_secret": secret}),
        (basic(client_id, secret[:-1]), {}),
        (basic(client_id, ""), {}),
        (basic("", ""), {}),
        (basic("a" * 24, secret), {}),
        ("Basic", {}),
        ("Basic !!!", {}),
        ("Basic " + b64encode(b"\xff\xfe:\xff").decode(), {}),
        ("Basic " + "A" * 5000, {}),
        (f"Bearer {secret}", {"client_id": client_id}),
        ("Digest x", {}),
    ]

    for header, fields in wrong:
        response = ask(header, **fields)
        assert error_of(response, 401) == "invalid_client", (header, fields)
        assert response["WWW-Authenticate"].startswith("Basic ")
    assert not Token.objects.exists()


def test_a_public_application_has_no_secret(app: RelyingParty, signed_in: Visit) -> None:
    app.check_tokens(app.redeem(code_for(app, signed_in)))
    refused = app.redeem(code_for(app, signed_in), client_secret="mkcs_x")

    assert app.secret == ""
    assert error_of(refused, 401) == "invalid_client"


def test_an_expired_secret_proves_nothing(shop: RelyingParty, signed_in: Visit) -> None:
    code = code_for(shop, signed_in)
    secret = ApplicationSecret.objects.get()
    secret.expires_at = secret.created_at - timedelta(minutes=1)
    secret.save()

    assert error_of(shop.redeem(code), 401) == "invalid_client"


@each_row(
    "path, method, content_type",
    [
        (f"/oauth2/{name}", method, content_type)
        for name in ("token", "revoke", "introspect")
        for method, content_type in (
            ("get", FORM),
            ("put", FORM),
            ("post", "application/json"),
            ("post", "multipart/form-data; boundary=x"),
            ("post", "text/plain"),
        )
    ],
    undo=True,
)
def test_only_forms_are_read(path: str, method: str, content_type: str, shop: RelyingParty) -> None:
    fields = {"client_id": shop.application.client_id, "client_secret": shop.secret}
    body = json.dumps(fields) if content_type.endswith("json") else urlencode(fields)

    response = shop.server.generic(method.upper(), path, body, content_type=content_type)

    assert response.status_code == (400 if method == "post" else 405)
    assert response["Cache-Control"] == "no-store"


def test_credentials_in_the_query_prove_nothing(shop: RelyingParty, signed_in: Visit) -> None:
    sent = {
        "grant_type": "authorization_code",
        "code": code_for(shop, signed_in),
        "redirect_uri": shop.callback,
        "code_verifier": VERIFIER,
        "client_id": shop.application.client_id,
        "client_secret": shop.secret,
    }

    response = shop.server.post(f"/oauth2/token?{urlencode(sent)}", "", content_type=FORM)

    assert response.status_code in {400, 401}
    assert not Token.objects.exists()


# --- bearer tokens (RFC 6750) ---------------------------------------------------------------------


def test_userinfo_wants_one_valid_access_token(shop: RelyingParty, signed_in: Visit) -> None:
    given = shop.sign_in(signed_in)
    access, refresh = given.tokens["access_token"], given.tokens["refresh_token"]
    path = "/oauth2/userinfo"
    bearer = {"Authorization": f"Bearer {access}"}
    form = urlencode({"access_token": access})

    refusals = {
        "nothing": (shop.server.get(path), 401),
        "the query": (shop.server.get(f"{path}?access_token={access}"), 401),
        "the query of a POST": (shop.server.post(f"{path}?access_token={access}"), 401),
        "both": (shop.server.post(path, form, content_type=FORM, headers=bearer), 400),
        "two": (shop.server.post(path, f"{form}&{form}", content_type=FORM), 400),
        "JSON": (
            shop.server.post(path, {"access_token": access}, content_type="application/json"),
            401,
        ),
        "a refresh token": (shop.userinfo(refresh), 401),
        "a code": (shop.userinfo(given.code), 401),
        "an id_token": (shop.userinfo(given.tokens["id_token"]), 401),
        "Basic": (shop.server.get(path, headers={"Authorization": f"Basic {access}"}), 401),
        "long": (shop.userinfo("x" * 5000), 401),
        "NUL": (shop.userinfo("mkat_%00"), 401),
    }

    for name, (response, status) in refusals.items():
        assert response.status_code == status, name
        assert response["WWW-Authenticate"].startswith("Bearer "), name
        assert response["Cache-Control"] == "no-store", name
        assert "Ada" not in response.content.decode(), name
    assert 'error="invalid_token"' in shop.userinfo("unknown")["WWW-Authenticate"]
    assert "error" not in refusals["nothing"][0]["WWW-Authenticate"]
    assert shop.server.put(path, headers=bearer).status_code == 405


# --- revocation and introspection (RFC 7009, RFC 7662) --------------------------------------------


def test_revoking_an_access_token_leaves_the_others(shop: RelyingParty, signed_in: Visit) -> None:
    tokens = shop.sign_in(signed_in).tokens

    for _time in range(2):
        assert shop.post("revocation", token=tokens["access_token"]).status_code == 200

    assert not is_valid(shop, tokens["access_token"])
    shop.check_tokens(shop.refresh(tokens["refresh_token"]))


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "unknown"])
def test_revoking_a_refresh_token_revokes_its_family(
    hint: str | None, shop: RelyingParty, signed_in: Visit
) -> None:
    tokens = shop.sign_in(signed_in).tokens
    new = shop.check_tokens(shop.refresh(tokens["refresh_token"]))

    response = shop.post("revocation", token=new["refresh_token"], token_type_hint=hint)

    assert response.status_code == 200
    for access in (tokens["access_token"], new["access_token"]):
        assert not is_valid(shop, access)
    assert error_of(shop.refresh(new["refresh_token"])) == "invalid_grant"


def test_revocation_needs_a_proof_and_tells_nothing(
    shop: RelyingParty, app: RelyingParty, signed_in: Visit
) -> None:
    token = shop.sign_in(signed_in).tokens["access_token"]
    secret, shop.secret = shop.secret, "wrong"
    refused = shop.post("revocation", token=token)
    assert error_of(refused, 401) == "invalid_client"
    shop.secret = secret

    # Another's token, and one that there is not, are answered alike.
    answers = [app.post("revocation", token=each) for each in (token, "unknown", "x" * 5000)]
    assert {(each.status_code, each.content) for each in answers} == {(200, b"")}
    assert is_valid(shop, token)
    assert error_of(shop.post("revocation")) == "invalid_request"


def test_introspection_is_for_websites(
    shop: RelyingParty, app: RelyingParty, signed_in: Visit, person: User
) -> None:
    tokens = shop.sign_in(signed_in).tokens

    told = shop.post("introspection", token=tokens["access_token"]).json()
    refused = app.post("introspection", token=tokens["access_token"])

    session = EndUserSession.objects.get()
    assert abs(told.pop("exp") - told.pop("iat") - HOUR) < MINUTE
    assert told.pop("sid") == str(session.sid)
    assert told == {
        "active": True,
        "client_id": shop.application.client_id,
        "scope": "openid profile offline_access",
        "sub": str(person.pk),
        "token_type": "Bearer",
    }
    assert error_of(refused, 401) == "invalid_client"
    for token in ("unknown", "", "x" * 5000):
        response = shop.post("introspection", token=token)
        assert response.status_code == 400 if not token else response.json() == {"active": False}
    shop.refresh(tokens["refresh_token"])
    replaced = shop.post("introspection", token=tokens["refresh_token"])
    assert replaced.json() == {"active": False}


# --- claims ---------------------------------------------------------------------------------------


def test_the_id_token_has_what_was_asked_for_there(shop: RelyingParty, signed_in: Visit) -> None:
    claims = json.dumps({"id_token": {"name": None, "auth_time": {"essential": True}}})
    question = shop.question(claims=claims, scope="openid")
    tokens = shop.redeem(shop.send(signed_in, question).query["code"]).json()
    payload = tokens["id_token"].split(".")[1]

    assert b'"name":"Ada"' in decode(payload).replace(b": ", b":")
    assert shop.userinfo(tokens["access_token"]).json().keys() == {"sub"}


def decode(part: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_only_the_person_that_the_website_names_is_accepted(
    shop: RelyingParty, signed_in: Visit, project: Project, person: User
) -> None:
    """OpenID Connect Core 1.0, 3.1.2.1 (id_token_hint) and 5.5.1 (the value of sub)."""
    hint = shop.sign_in(signed_in).tokens["id_token"]
    mine = json.dumps({"id_token": {"sub": {"value": str(person.pk)}}})
    assert shop.sign_in(signed_in, claims=mine, prompt="none").pages == 0
    other = User.objects.create(project=project, name="Bo", password="!")
    EndUserSession.objects.update(user=other)

    shop.refused(signed_in, "login_required", prompt="none", id_token_hint=hint)
    shop.refused(signed_in, "login_required", prompt="none", claims=mine)
    assert shop.sign_in(signed_in).id_token["sub"] == str(other.pk)


def test_an_old_hint_is_as_good_as_a_new_one(shop: RelyingParty, signed_in: Visit) -> None:
    Application.objects.update(id_token_seconds=0)
    hint = shop.redeem(code_for(shop, signed_in)).json()["id_token"]
    Application.objects.update(id_token_seconds=HOUR)

    assert shop.sign_in(signed_in, prompt="none", id_token_hint=hint).pages == 0


# --- the other kinds of application ---------------------------------------------------------------


@each_row(
    "fields",
    [
        {"signing_alg": "ES256"},
        {"kind": "browser"},
        {"kind": "native", "signing_alg": "ES256"},
        {"idp_claim": True},
    ],
    undo=True,
)
def test_all_kinds_of_application_pass_the_checks_of_every_flow(
    fields: dict[str, Any], project: Project, signed_in: Visit
) -> None:
    party = register(project, pkce=True, refresh_tokens="always", **fields)

    given = party.sign_in(signed_in)
    renewed = party.check_tokens(party.refresh(given.tokens["refresh_token"]))

    assert party.check_id_token(renewed, nonce=None)["sid"] == given.id_token["sid"]
    for name in ("auth_time", "sub", "amr"):
        assert party.check_id_token(renewed, nonce=None)[name] == given.id_token[name]
