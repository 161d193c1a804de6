"""Every mistake of a developer is recorded for the application's page, and nothing secret is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from applications.models import Application, DeveloperError, Grant, SigningKey, Token
from applications.protocol.developer_errors import MISTAKES, record_mistake
from applications.services import ApplicationFields, add_application
from projects.models import User
from tests.applications.test_code_flow import CALLBACK, VERIFIER, ask, redeem, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.cast import client_of, sign_in_as
from tests.rows import each_row

Shop = tuple[Application, str]
FORM = "application/x-www-form-urlencoded"

AUTHORIZATIONS: list[tuple[str, dict[str, str]]] = [
    ("redirect_uri_unknown", {"redirect_uri": CALLBACK + "/other"}),
    ("redirect_uri_missing", {"redirect_uri": ""}),
    ("response_type", {"response_type": ""}),
    ("response_type", {"response_type": "token"}),
    ("response_type", {"response_type": "code id_token"}),
    ("scope", {"scope": "profile"}),
    ("scope", {"scope": ""}),
    ("pkce_missing", {"code_challenge": "", "code_challenge_method": ""}),
    ("request_object", {"request": "e30.e30."}),
    ("request_object", {"request_uri": "https://shop.example/request"}),
    ("authorization_parameter", {"code_challenge_method": "plain"}),
    ("authorization_parameter", {"code_challenge_method": ""}),
    ("authorization_parameter", {"code_challenge": "short"}),
    ("authorization_parameter", {"max_age": "-1"}),
    ("authorization_parameter", {"max_age": "1e3"}),
    ("authorization_parameter", {"claims": "[]"}),
    ("authorization_parameter", {"claims": "{" * 4000}),
    ("authorization_parameter", {"claims": '{"userinfo": 1}'}),
    ("authorization_parameter", {"prompt": "none login"}),
    ("authorization_parameter", {"response_mode": "fragment"}),
    ("authorization_parameter", {"nonce": "n" * 1001}),
    ("authorization_parameter", {"login_hint": "a" * 4097}),
    ("connection_unusable", {"connection": "unknown"}),
]


@each_row("cause, given", AUTHORIZATIONS, undo=True)
def test_in_an_authorization_request(
    shop: Shop, person: User, cause: str, given: dict[str, str]
) -> None:
    response = ask(sign_in_as(person), shop[0], **given)
    assert [each.cause for each in DeveloperError.objects.all()] == [cause]
    if cause.startswith("redirect_uri"):
        assert response.status_code == 400
        assert "Location" not in response
    else:
        told = returned(response)
        assert told["error"] in {
            "invalid_request",
            "invalid_scope",
            "request_not_supported",
            "request_uri_not_supported",
            "unauthorized_client",
            "unsupported_response_type",
        }
        assert told["state"] == "a&b=c %"
        assert told["iss"] == shop[0].project.issuer
        assert "code" not in told
    assert Grant.objects.count() == 0


def test_a_repeated_parameter(shop: Shop, person: User) -> None:
    query = urlencode([("client_id", shop[0].client_id), ("state", "a"), ("state", "b")])
    response = sign_in_as(person).get(f"/oauth2/authorize?{query}")
    assert response.status_code == 400
    assert DeveloperError.objects.get().cause == "parameter_repeated"


def late() -> None:
    Grant.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))


def used() -> None:
    Grant.objects.update(redeemed_at=timezone.now())


def without_challenge() -> None:
    Grant.objects.update(code_challenge="")


def blocked() -> None:
    User.objects.filter(project__isnull=False).update(is_active=False)


def nothing() -> None:
    pass


CODES: list[tuple[str, Any, dict[str, str], int]] = [
    ("secret_missing", nothing, {"client_secret": ""}, 401),
    ("secret_wrong", nothing, {"client_secret": "mkcs_wrong"}, 401),
    ("secret_wrong", nothing, {"client_secret": "x" * 10_000}, 401),
    ("grant_type", nothing, {"grant_type": "password"}, 400),
    ("code_missing", nothing, {"code": ""}, 400),
    ("code_missing", nothing, {"grant_type": "refresh_token"}, 400),
    ("code_unknown", nothing, {"code": "unknown"}, 400),
    ("code_unknown", nothing, {"code": "'\"; --"}, 400),
    ("code_expired", late, {}, 400),
    ("code_used", used, {}, 400),
    ("redirect_uri_differs", nothing, {"redirect_uri": CALLBACK + "/"}, 400),
    ("verifier_missing", nothing, {"code_verifier": ""}, 400),
    ("verifier_wrong", nothing, {"code_verifier": "w" * 43}, 400),
    ("verifier_unexpected", without_challenge, {}, 400),
    ("person_blocked", blocked, {}, 400),
    ("refresh_unknown", nothing, {"grant_type": "refresh_token", "refresh_token": "x"}, 400),
]


@pytest.mark.parametrize(("cause", "change", "given", "status"), CODES)
def test_in_a_token_request(
    shop: Shop, person: User, cause: str, change: Any, given: dict[str, str], status: int
) -> None:
    code = returned(ask(sign_in_as(person), shop[0]))["code"]
    change()
    server = client_of(shop[0].project.host)
    form = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK, **given}
    response = redeem(server, shop, **form)
    assert response.status_code == status, response.content
    assert response["Cache-Control"] == "no-store"
    assert response.json()["error"]
    assert ("WWW-Authenticate" in response) == (status == 401)
    error = DeveloperError.objects.get()
    assert error.cause == cause
    assert Token.objects.count() == 0
    kept = str(error.facts)
    assert code not in kept
    assert shop[1] not in kept


def test_codes_and_refresh_tokens_of_another_application(
    shop: Shop, person: User, owner: User
) -> None:
    fields = ApplicationFields(name="Other", redirect_uris=[CALLBACK])
    other, secret = add_application(shop[0].project, fields, actor=owner)
    assert secret is not None
    code = returned(ask(sign_in_as(person), shop[0]))["code"]
    server = client_of(shop[0].project.host)
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    refused = redeem(server, (other, secret.value), **sent)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert DeveloperError.objects.get().cause == "code_of_another_application"
    tokens = redeem(server, shop, **sent).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = redeem(server, (other, secret.value), **refresh)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert DeveloperError.objects.get().count == 2
    assert redeem(server, shop, **refresh).status_code == 200


@each_row(
    "cause, send",
    [
        ("method", lambda client, path, basic: client.get(path, headers=basic)),
        (
            "method",
            lambda client, path, basic: client.post(
                path, "{}", content_type="application/json", headers=basic
            ),
        ),
        (
            "two_methods",
            lambda client, path, basic: client.post(
                path, "client_secret=x", content_type=FORM, headers=basic
            ),
        ),
    ],
    undo=True,
)
@each_row("path", ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"], undo=True)
def test_in_how_a_request_is_sent(shop: Shop, cause: str, send: Any, path: str) -> None:
    basic = basic_header(shop)
    response = send(client_of(shop[0].project.host), path, basic)
    assert response.status_code in {400, 405}
    assert response.json()["error"] == "invalid_request"
    assert DeveloperError.objects.get().cause == cause


def basic_header(shop: Shop) -> dict[str, str]:
    from base64 import b64encode

    joined = f"{shop[0].client_id}:{shop[1]}".encode()
    return {"Authorization": f"Basic {b64encode(joined).decode()}"}


@pytest.mark.parametrize("kind", ["browser", "native"])
def test_a_secret_of_an_application_that_has_none(shop: Shop, owner: User, kind: str) -> None:
    fields = ApplicationFields(name="App", kind=kind, redirect_uris=[CALLBACK])
    app, _none = add_application(shop[0].project, fields, actor=owner)
    server = client_of(shop[0].project.host)
    assert redeem(server, (app, "mkcs_x"), code="x").status_code == 401
    assert DeveloperError.objects.get().cause == "secret_unexpected"


def test_refresh_tokens_where_there_are_none(shop: Shop, person: User) -> None:
    Application.objects.update(refresh_tokens="never")
    server = client_of(shop[0].project.host)
    response = redeem(server, shop, grant_type="refresh_token", refresh_token="x")
    assert response.status_code == 400
    assert DeveloperError.objects.get().cause == "refresh_not_allowed"


def test_a_replaced_refresh_token_later(shop: Shop, person: User) -> None:
    server = client_of(shop[0].project.host)
    code = returned(ask(sign_in_as(person), shop[0]))["code"]
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    old = redeem(server, shop, **sent).json()["refresh_token"]
    refresh = {"grant_type": "refresh_token", "refresh_token": old}
    new = redeem(server, shop, **refresh).json()
    Token.objects.filter(replaced_at__isnull=False).update(
        replaced_at=F("replaced_at") - timedelta(seconds=31)
    )
    assert redeem(server, shop, **refresh).json() == {"error": "invalid_grant"}
    assert DeveloperError.objects.get().cause == "refresh_used"
    refresh["refresh_token"] = new["refresh_token"]
    assert redeem(server, shop, **refresh).status_code == 400
    bearer = {"Authorization": f"Bearer {new['access_token']}"}
    assert server.get("/oauth2/userinfo", headers=bearer).status_code == 401


def test_each_mistake_of_the_table_is_made_above() -> None:
    made = {cause for cause, *_rest in [*AUTHORIZATIONS, *CODES]}
    made |= {
        "pushed_request",
        "post_logout_redirect_uri_unknown",
        "parameter_repeated",
        "code_of_another_application",
        "method",
        "two_methods",
        "secret_unexpected",
        "refresh_not_allowed",
        "refresh_used",
    }
    assert made == set(MISTAKES)


def test_one_row_per_cause_counts(shop: Shop) -> None:
    record_mistake(shop[0], "scope", message="first")
    record_mistake(shop[0], "scope", message="second")
    row = DeveloperError.objects.get()
    assert (row.count, row.facts) == (2, {"message": "second"})
    with pytest.raises(ValueError, match="not in the table"):
        record_mistake(shop[0], "other")
    record_mistake(Application(pk=None), "scope")
    assert DeveloperError.objects.count() == 1


def test_a_stranger_learns_nothing(shop: Shop, client: Client) -> None:
    server = client_of(shop[0].project.host)
    unknown = redeem(server, (Application(client_id="a" * 24), "x"), code="x")
    wrong = redeem(server, (shop[0], "x"), code="x")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.content == wrong.content


def test_a_signing_key_that_does_not_open_leaves_the_code_usable(shop: Shop, person: User) -> None:
    code = returned(ask(sign_in_as(person), shop[0]))["code"]
    server = client_of(shop[0].project.host)
    keys = list(shop[0].project.signing_keys.all())
    for key in keys:
        SigningKey.objects.filter(pk=key.pk).update(ciphertext=b"\0" * 50)
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    response = redeem(server, shop, **sent)
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
    for key in keys:
        SigningKey.objects.filter(pk=key.pk).update(ciphertext=key.ciphertext)
    assert redeem(server, shop, **sent).status_code == 200
