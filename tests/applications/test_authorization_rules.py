"""Rules of RFC 9700, RFC 7636, RFC 8252, RFC 9207 and OAuth 2.1 for authorization requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from applications.models import AuthorizationRequest, Grant
from projects.models import Project
from tests.applications.later import let_pass
from tests.applications.relying_party import (
    CALLBACK,
    VERIFIER,
    RelyingParty,
    Visit,
    challenge_of,
    register,
)
from tests.cast import client_of
from tests.rows import each_row

HOST = "https://shop.example"
EVERY_OTHER_FAULT = {
    "response_type": "token",
    "scope": "profile",
    "prompt": "none login",
    "code_challenge_method": "plain",
    "request": "x",
}


def page_of(party: RelyingParty, visit: Visit, **changes: Any) -> Any:
    """Expect a page instead of a redirect, and return the response."""
    arrival = party.send(visit, party.question(**changes))
    assert arrival.is_page, arrival
    assert arrival.pages == 0
    return arrival.response


# --- the order of checks (RFC 9700, 4.11) ---------------------------------------------------------


@each_row(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "a" * 24},
        {"client_id": "\0" * 24},
        {"client_id": "a" * 4000},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "https://thief.example/"},
        {"redirect_uri": "https://thief.example/", "prompt": "none"},
    ],
    undo=True,
)
def test_nobody_is_redirected_before_client_and_redirect_uri_are_known(
    changes: dict[str, str | None], party: RelyingParty, signed_in: Visit
) -> None:
    for others in ({}, EVERY_OTHER_FAULT):
        response = page_of(party, signed_in, **{**others, **changes})

        assert response.status_code == 400
        assert "thief.example" not in response.content.decode()
    assert AuthorizationRequest.objects.count() == 0


@each_row("name", ["client_id", "redirect_uri", "state", "scope", "response_type"], undo=True)
def test_a_repeated_parameter_is_refused(name: str, party: RelyingParty, signed_in: Visit) -> None:
    assert ask_twice(party, signed_in, name).status_code == 400


@each_row("name", ["nonce", "prompt", "max_age", "code_challenge"], undo=True)
def test_any_other_repeated_parameter_is_sent_back(
    name: str, party: RelyingParty, signed_in: Visit
) -> None:
    assert "error=invalid_request" in ask_twice(party, signed_in, name)["Location"]


def ask_twice(party: RelyingParty, visit: Visit, name: str) -> Any:
    """Send a request in which one of the parameters stands twice."""
    question = {"max_age": "9", "prompt": "none", **challenge_of(VERIFIER), **party.question()}
    query = urlencode([*question.items(), (name, question[name])])
    response = visit.client.get(f"{party.endpoint('authorization_endpoint')}?{query}")
    assert "code=" not in response.get("Location", "")
    return response


@each_row(
    "changes, error",
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "x" * 2000}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"claims": "no JSON"}, "invalid_request"),
        ({"claims": "[" * 4000}, "invalid_request"),
        ({"claims": '{"userinfo": []}'}, "invalid_request"),
        ({"nonce": "n" * 4000}, "invalid_request"),
        ({"login_hint": "l" * 5000}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"prompt": "none", "max_age": "0"}, "login_required"),
        ({"prompt": "none", "claims": '{"id_token": {"sub": {"value": "x"}}}'}, "login_required"),
        ({"prompt": "none", "id_token_hint": "no.token.ofours"}, "login_required"),
    ],
    undo=True,
)
def test_every_other_fault_is_sent_back(
    changes: dict[str, str], error: str, party: RelyingParty, signed_in: Visit
) -> None:
    let_pass(seconds=5)
    party.refused(signed_in, error, **changes)
    # The character set of an error description is checked with each of them.
    party.refused(signed_in, error, **{"state": None, **changes})


# --- redirect URIs (RFC 9700, 2.1) ----------------------------------------------------------------


@each_row(
    "value",
    [
        f"{HOST}/callback/",
        f"{HOST}/callback/../callback",
        f"{HOST}/callback?",
        f"{HOST}/callback?x=1",
        f"{HOST}/callback#",
        f"{HOST}/callback#x",
        f"{HOST}/Callback",
        f"{HOST}/c%61llback",
        f"{HOST}:443/callback",
        "HTTPS://shop.example/callback",
        "https://SHOP.example/callback",
        "https://shop.example./callback",
        "https://www.shop.example/callback",
        "https://shop.example.thief.example/callback",
        "https://shop.example@thief.example/callback",
        "https://thief.example\\@shop.example/callback",
        "http://shop.example/callback",
        "//shop.example/callback",
        "/callback",
        " https://shop.example/callback",
        "https://shop.example/callback\n",
        "https://shop.example/callback\0",
        "javascript:alert(1)//https://shop.example/callback",
    ],
    undo=True,
)
def test_a_redirect_uri_matches_as_text(value: str, party: RelyingParty, signed_in: Visit) -> None:
    assert page_of(party, signed_in, redirect_uri=value).status_code == 400


def test_a_redirect_uri_keeps_its_own_query(project: Project, visit: Visit) -> None:
    party = register(project, redirect_uris=[f"{HOST}/callback?shop=1&x=%26"], pkce=True)

    arrival = party.send(visit, party.question())

    assert arrival.response["Location"].startswith(f"{HOST}/callback?shop=1&x=%26&")
    assert arrival.query["shop"] == "1"


def test_a_websites_loopback_port_is_part_of_its_redirect_uri(
    project: Project, signed_in: Visit
) -> None:
    party = register(project, redirect_uris=["http://127.0.0.1:8900/callback"], pkce=True)

    page_of(party, signed_in, redirect_uri="http://127.0.0.1:8901/callback")


def test_a_wildcard_is_for_development_and_one_label(project: Project, signed_in: Visit) -> None:
    preview = "https://*.preview.shop.example/callback"
    party = register(project, redirect_uris=[preview], is_development=True, pkce=True)
    party.callback = "https://pull-7.preview.shop.example/callback"

    assert party.sign_in(signed_in).pages == 0
    for label in ("a.b", "", "thief.example/", "thief.example#", "user@", "*"):
        page_of(party, signed_in, redirect_uri=preview.replace("*", label))


# --- PKCE (RFC 7636; RFC 9700, 2.1.1) -------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [{"kind": "website"}, {"kind": "browser"}, {"kind": "native"}], ids=str
)
def test_a_request_without_pkce_is_refused(
    kind: dict[str, str], project: Project, signed_in: Visit
) -> None:
    party = register(project, **kind)

    party.refused(signed_in, "invalid_request")
    party.pkce = True
    assert party.sign_in(signed_in).pages == 0


def test_a_public_application_cannot_leave_pkce_out(project: Project, signed_in: Visit) -> None:
    for kind in ("browser", "native"):
        register(project, kind=kind, pkce_optional=True).refused(signed_in, "invalid_request")


@each_row(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": "short"},
        {"code_challenge": "+" * 43},
        {"code_challenge": "a" * 44},
    ],
    undo=True,
)
def test_only_s256_is_accepted(
    changes: dict[str, str | None], party: RelyingParty, signed_in: Visit
) -> None:
    party.refused(signed_in, "invalid_request", **{**challenge_of(VERIFIER), **changes})


def test_a_method_without_a_challenge_is_refused(party: RelyingParty, signed_in: Visit) -> None:
    party.refused(signed_in, "invalid_request", code_challenge_method="S256")


# --- native apps (RFC 8252) -----------------------------------------------------------------------

LOOPBACK = ["http://127.0.0.1/callback", "http://[::1]/callback"]
CLAIMED = "https://app.example/claimed"
OWN_SCHEME = "com.example.app:/callback"


@pytest.fixture
def app(project: Project) -> RelyingParty:
    """A desktop app with all kinds of redirect URIs."""
    return register(
        project, kind="native", redirect_uris=[CLAIMED, OWN_SCHEME, *LOOPBACK], pkce=True
    )


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1:51004/callback",
        "http://[::1]:61023/callback",
        "http://127.0.0.1/callback",
        CLAIMED,
        OWN_SCHEME,
    ],
)
def test_a_native_app_is_reached_at_any_port_and_by_its_own_scheme(
    value: str, app: RelyingParty, visit: Visit
) -> None:
    app.callback = value

    assert app.sign_in(visit).pages == 1


@each_row(
    "value",
    [
        "http://127.0.0.1:1/other",
        "http://127.0.0.2:1/callback",
        "http://127.0.0.1:1@thief.example/callback",
        "http://127.0.0.1.thief.example/callback",
        "http://localhost:1/callback",
        "https://127.0.0.1/callback",
        "https://app.example:8443/claimed",
        "com.example.app:/other",
        "com.example.other:/callback",
    ],
    undo=True,
)
def test_nobody_else_is_reached(value: str, app: RelyingParty, signed_in: Visit) -> None:
    page_of(app, signed_in, redirect_uri=value)


@pytest.mark.parametrize(
    ("value", "pages"),
    [(CLAIMED, 0), (OWN_SCHEME, 1), ("http://127.0.0.1:51004/callback", 1)],
)
def test_an_app_that_another_app_can_pretend_to_be_is_not_approved_silently(
    value: str, pages: int, app: RelyingParty, party: RelyingParty, visit: Visit
) -> None:
    """RFC 8252, 8.6."""
    party.sign_in(visit)
    app.callback = value

    assert app.sign_in(visit).pages == pages
    if pages:
        app.refused(visit, "login_required", prompt="none")


# --- what is sent (RFC 9700, 4.2, 4.12 and 4.16; RFC 9207) ----------------------------------------


def test_every_answer_can_be_kept_by_nobody_and_framed_by_nobody(
    party: RelyingParty, visit: Visit
) -> None:
    path = party.endpoint("authorization_endpoint")
    requests = {
        "sign in": visit.client.get(path, party.question()),
        "refused": visit.client.get(path, party.question(prompt="none")),
        "page": visit.client.get(path, party.question(redirect_uri="https://thief.example/")),
    }
    requests["login"] = visit.client.get(requests["sign in"]["Location"])
    requests["continue"] = visit.client.get("/oauth2/continue?application=a&request=b")

    for name, response in requests.items():
        # The sign-in page has neither code nor claims.
        assert name == "login" or "no-store" in response["Cache-Control"], name
        assert response["X-Frame-Options"] == "DENY", name
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"], name
        if name != "login":
            assert response["Referrer-Policy"] in {"no-referrer", "same-origin"}, name


def test_no_third_party_learns_of_a_request_from_the_sign_in_page(
    party: RelyingParty, visit: Visit
) -> None:
    path = party.endpoint("authorization_endpoint")
    login = visit.client.get(path, party.question())["Location"]

    response = visit.client.get(login)

    assert response["Referrer-Policy"] in {"no-referrer", "same-origin"}
    text = response.content.decode()
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text


@pytest.mark.parametrize("post", [False, True])
def test_redirects_forget_the_form(post: bool, party: RelyingParty, signed_in: Visit) -> None:
    arrival = party.send(signed_in, party.question(), post=post)

    assert {each.status_code for each in signed_in.seen[-2:]} <= {200, 302, 303}
    assert arrival.response.status_code in {302, 303}
    if post:
        assert signed_in.seen[-2].status_code == 303


def test_a_form_of_another_website_gets_no_code_for_its_visitor(
    party: RelyingParty, signed_in: Visit
) -> None:
    """The form is answered in the same way whether a session's cookie comes with it or not."""
    before = Grant.objects.count()
    for browser in (signed_in.client, client_of(party.project.host)):
        response = browser.post(
            party.endpoint("authorization_endpoint"),
            party.question(),
            headers={"origin": "https://shop.example"},
        )
        assert response.status_code == 303
        assert response["Location"].startswith("/oauth2/continue?")
    assert Grant.objects.count() == before


@each_row("method", ["put", "delete", "patch", "options"], undo=True)
def test_other_methods_are_refused(method: str, party: RelyingParty, signed_in: Visit) -> None:
    client: Client = signed_in.client
    response = getattr(client, method)(party.endpoint("authorization_endpoint"))

    assert response.status_code == 405
    assert "Access-Control-Allow-Origin" not in response


def test_the_callback_is_where_the_code_goes(party: RelyingParty, signed_in: Visit) -> None:
    assert party.sign_in(signed_in).pages == 0
    assert Grant.objects.latest("pk").redirect_uri == CALLBACK
