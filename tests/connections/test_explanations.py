"""A refusal names what was received and expected, and what the provider said, to administrators."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from connections.models import SignIn
from connections.protocols.messages import provider_message
from connections.protocols.oidc.announcements import (
    OwnRequest,
    compared_members,
    refusals,
    warnings,
)
from connections.protocols.oidc.claims import parse_claims
from portal.history.rows import story_url
from projects.models import Project
from tests.checks import said_after_check
from tests.connections.test_saml import Guest as SAMLGuest
from tests.connections.test_saml import connect as connect_saml
from tests.connections.test_saml import idp as idp
from tests.openid import ABSENT, CLIENT_ID, CLIENT_SECRET, Guest, OpenID, connect, openid_settings
from tests.rows import each_row
from tests.saml import NAMES, RSA_SHA1, SAML, SAMLP, SHA1, Answer, IdentityProvider

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def guest(project: Project, provider: OpenID) -> Guest:
    connection = connect(project, "openid_connect", **openid_settings(provider.origin))
    return Guest(project, provider, connection)


def explained(page: Any) -> tuple[str, dict[str, str]]:
    """The cause and the facts of the only sign-in; its page shows none of them."""
    record = SignIn.objects.get()
    text = page.content.decode()
    for name in ("received", "message"):
        assert not record.facts.get(name) or record.facts[name] not in text
    assert ("Try again" in text) == (record.outcome in {"retry", "temporary", "cancelled"})
    return record.cause, record.facts


EXPECTED = "RS256, ES256, ES384, ES512, EdDSA, PS256, PS384, PS512, RS384, RS512"
ORACLE = "https://identity.oraclecloud.com/"


@pytest.mark.parametrize(
    ("change", "cause", "field", "received", "expected"),
    [
        (
            {"told": {"aud": [CLIENT_ID, ORACLE]}},
            "authorized_party",
            "azp",
            f"aud: {CLIENT_ID}, {ORACLE}; azp: null",
            CLIENT_ID,
        ),
        ({"told": {"aud": [ORACLE]}}, "audience", "aud", ORACLE, CLIENT_ID),
        ({"told": {"exp": 1}}, "clock", "exp", "1970-01-01 00:00:01 UTC", None),
        ({"told": {"nonce": ABSENT}}, "nonce_missing", "nonce", "null", None),
        (
            {"algorithm": "HS256", "signing_key": CLIENT_SECRET * 4},
            "token_algorithm",
            "alg",
            "HS256",
            EXPECTED,
        ),
        ({"kid": "second"}, "id_token", "kid", "second", "first"),
        ({"profile": {"name": "x"}}, "no_subject", "sub", "null", None),
        ({"token": {"id_token": "a.b.c.d.e"}}, "id_token_encrypted", None, None, None),
        (
            {"token": {"id_token": ABSENT, "scope": "profile"}},
            "scope_missing",
            "scope",
            "profile",
            "openid",
        ),
    ],
)
def test_an_answer_of_openid_connect_that_is_refused(
    guest: Guest,
    change: dict[str, Any],
    cause: str,
    field: str | None,
    received: str | None,
    expected: str | None,
) -> None:
    for name, value in change.items():
        setattr(guest.provider, name, value)

    found, facts = explained(guest.sign_in())

    assert (found, facts.get("field"), facts.get("received")) == (cause, field, received)
    assert expected is None or facts["expected"] == expected


def test_userinfo_without_sub_names_the_address(guest: Guest) -> None:
    guest.provider.profile = {"name": "x"}
    guest.sign_in()

    facts = SignIn.objects.get().facts
    assert facts["request"] == f"GET {guest.provider.origin}/userinfo"
    assert facts["status"] == "200"


@pytest.mark.parametrize(
    ("status", "body", "cause", "outcome"),
    [
        ("404 Not Found", b"<html>", "keys_unusable", "config"),
        ("200 OK", b"<html>", "keys_unusable", "config"),
        ("200 OK", b"[]", "keys_unusable", "config"),
        ("503 Busy", b"", "keys_unavailable", "temporary"),
    ],
)
def test_keys_that_cannot_be_fetched_have_a_cause_and_a_step_of_their_own(
    guest: Guest, as_owner: Client, status: str, body: bytes, cause: str, outcome: str
) -> None:
    guest.provider.status["/keys"], guest.provider.raw["/keys"] = status, body

    found, facts = explained(guest.sign_in())

    record = SignIn.objects.get()
    assert (found, record.outcome) == (cause, outcome)
    assert facts["request"] == f"GET {guest.provider.origin}/keys"
    assert facts["status"] == status[:3]
    assert {*record.durations} - {"discovery"} == {"token", "keys"}
    story = as_owner.get(story_url(record.project, record)).content.decode()
    assert "Requested the keys of" in story
    assert "Requested the user&#x27;s profile" not in story


def test_a_step_is_only_what_was_requested(guest: Guest) -> None:
    guest.sign_in()
    guest.sign_in()

    first, second = [each.durations for each in SignIn.objects.order_by("pk")]
    assert {*first} - {"discovery"} == {"token", "keys", "userinfo"}
    assert {*second} == {"token", "userinfo"}


def test_an_issuer_that_differs_is_shown_beside_the_expected_one(guest: Guest) -> None:
    guest.press()
    cause, facts = explained(guest.come_back(iss="https://evil.example"))

    assert (cause, facts["field"], facts["received"], facts["expected"]) == (
        "issuer",
        "iss",
        "https://evil.example",
        guest.provider.origin,
    )


# --- what the provider says ---------------------------------------------------------------------


@each_row(
    "answer, message",
    [
        ({"error": "x", "error_description": "AADSTS1:\n no\u202e"}, "AADSTS1: no"),
        (
            {"error_description": "Gone.", "error_uri": "https://idp.example/errors/1"},
            "Gone. https://idp.example/errors/1",
        ),
        ({"error_response": {"msg": "Invalid", "sub_msg": "无效的令牌"}}, "无效的令牌"),
        ({"errcode": 40029, "errmsg": "invalid code"}, "invalid code"),
        ({"error": {"message": "Bad", "code": 1}}, "Bad"),
        ({"data": {"description": "参数错误", "error_code": 1}}, "参数错误"),
        ({"message": ["a"], "msg": 5, "error": "x"}, ""),
        ({"error_description": "code the-code-of-ada is unknown"}, "code [removed] is unknown"),
        ({"error_description": "client_secret=abc was wrong"}, "client_secret=[removed] was wrong"),
        ({"error_description": "for aGVsbG9Xb3JsZEhlbGxvV"}, "for [removed]"),
        ({"msg": "idTokenSigningAlgValuesSupported"}, "idTokenSigningAlgValuesSupported"),
        ({"error_description": "for ya29.a0AfH6SMBx4kQz81nP-0Lw"}, "for ya29.[removed]"),
        (
            {"error_description": "No_application_with_this_name in 72f988bf-86f1-41af-91ab-2d7c"},
            "No_application_with_this_name in 72f988bf-86f1-41af-91ab-2d7c",
        ),
        ({"error_description": "x" * 1000}, "x" * 300),
        ({"error_description": "x" * 298 + "the-code-of-ada"}, "x" * 298 + "[r"),
    ],
)
def test_a_message_is_one_short_line_without_secrets(answer: dict[str, Any], message: str) -> None:
    assert provider_message(answer, ["the-code-of-ada"]) == message


def test_the_messages_of_callback_and_token_endpoint_are_for_administrators(
    guest: Guest, as_owner: Client
) -> None:
    guest.press()
    said = {"error": "access_denied", "error_description": "Ada is not assigned", "code": ""}
    page = guest.come_back(**said)
    cancelled = SignIn.objects.get()
    assert (cancelled.cause, cancelled.facts) == ("cancelled", {"message": "Ada is not assigned"})
    assert "assigned" not in page.content.decode()

    state = guest.query["state"]
    verdict = f"Unknown code the-code for {CLIENT_SECRET} and {state}"
    guest.provider.raw["/token"] = b""
    guest.provider.token = {"error": "invalid_grant", "error_description": verdict}
    del guest.provider.raw["/token"]
    page = guest.sign_in()
    record = SignIn.objects.latest("pk")
    assert record.facts["message"].startswith("Unknown code [removed] for [removed] and")
    assert "Unknown" not in page.content.decode()
    story = as_owner.get(story_url(record.project, record)).content.decode()
    assert "Unknown code" in story


def test_a_refused_profile_says_why(guest: Guest) -> None:
    guest.provider.status["/userinfo"] = "401 Unauthorized"
    guest.provider.headers["/userinfo"] = (
        'WWW-Authenticate: Bearer error="x", error_description="No such audience"\r\n'
    )

    assert explained(guest.sign_in()) == (
        "profile_refused",
        {
            "message": "No such audience",
            "request": f"GET {guest.provider.origin}/userinfo",
            "status": "401",
        },
    )


# --- SAML ---------------------------------------------------------------------------------------


@pytest.fixture
def member(project: Project, idp: IdentityProvider) -> SAMLGuest:
    return SAMLGuest(connect_saml(project, idp), idp)


@pytest.mark.parametrize(
    ("codes", "message", "cause", "outcome"),
    [
        (["Responder", "AuthnFailed"], "User not assigned", "AuthnFailed", "policy"),
        (["Responder", "AuthnFailed"], "User canceled", "cancelled", "cancelled"),
        (["Responder", "AuthnFailed"], "ErrorCode nr25", "cancelled", "cancelled"),
        (["Responder", "RequestDenied"], "", "RequestDenied", "policy"),
        (["Responder", "NoPassive"], "", "NoPassive", "config"),
        (["Responder", "NoSupportedIDP"], "", "Responder", "config"),
        (["Requester"], "Unknown entity", "Requester", "config"),
        (["VersionMismatch"], "", "VersionMismatch", "config"),
        (["Mine"], "", "unknown_code", "config"),
    ],
)
def test_a_status_of_saml_is_named_with_its_message(
    member: SAMLGuest, codes: list[str], message: str, cause: str, outcome: str
) -> None:
    root = etree.fromstring(member.idp.document(member.press(), Answer()))
    root.remove(root.find("saml:Assertion", NAMES))
    status = root.find("samlp:Status", NAMES)
    for each in list(status):
        status.remove(each)
    place = status
    for code in codes:
        place = etree.SubElement(place, f"{{{SAMLP}}}StatusCode")
        place.set("Value", f"urn:oasis:names:tc:SAML:2.0:status:{code}")
    etree.SubElement(status, f"{{{SAMLP}}}StatusMessage").text = message

    found, facts = explained(member.post(base64.b64encode(etree.tostring(root)).decode()))

    assert (found, SignIn.objects.get().outcome) == (cause, outcome)
    assert facts["received"] == ", ".join(codes)
    assert facts.get("message", "") == message


def other_audience(root: Any) -> None:
    root.find(".//saml:Audience", NAMES).text = "https://other.example/metadata"


def encrypted_name(root: Any) -> None:
    subject = root.find(".//saml:Subject", NAMES)
    name = subject.find("saml:NameID", NAMES)
    place = etree.Element(f"{{{SAML}}}EncryptedID")
    subject.replace(name, place)
    data = "http://www.w3.org/2001/04/xmlenc#"
    etree.SubElement(place, f"{{{data}}}EncryptedData")


@pytest.mark.parametrize(
    ("answer", "cause", "received"),
    [
        (Answer(sign_assertion=False), "unsigned", None),
        (Answer(sign_alg=RSA_SHA1, digest_alg=SHA1), "algorithm", RSA_SHA1),
        (
            Answer(issuer="https://other.example/idp"),
            "issuer",
            "https://other.example/idp",
        ),
        (Answer(before=other_audience), "audience", "https://other.example/metadata"),
        (Answer(before=encrypted_name), "encrypted_part", None),
    ],
)
def test_a_response_of_saml_that_is_refused(
    member: SAMLGuest, answer: Answer, cause: str, received: str | None
) -> None:
    page = member.sign_in(answer)
    found, facts = explained(page)

    assert (found, facts.get("received")) == (cause, received)
    assert "same browser" not in page.content.decode()
    assert not SignIn.objects.get().durations


def test_white_space_around_addresses_and_ids_of_saml_is_collapsed(member: SAMLGuest) -> None:
    def spaced(root: Any) -> None:
        data = root.find(".//saml:SubjectConfirmationData", NAMES)
        for element, name in (
            (root, "Destination"),
            (root, "InResponseTo"),
            (data, "Recipient"),
            (data, "InResponseTo"),
        ):
            element.set(name, f" {element.get(name)}  ")

    assert member.sign_in(Answer(before=spaced)).status_code == 302


# --- what the provider announces ------------------------------------------------------------------

REQUEST = OwnRequest(scopes=["openid", "email"], pkce=True)


@each_row(
    "document, refused, warned",
    [
        ({}, [], []),
        ({"require_pushed_authorization_requests": True}, ["par_required"], []),
        ({"require_pushed_authorization_requests": "yes"}, [], []),
        ({"require_signed_request_object": True}, ["request_object_required"], []),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, ["token_algorithm"], []),
        ({"id_token_signing_alg_values_supported": ["HS256", "ES256"]}, [], []),
        ({"id_token_signing_alg_values_supported": []}, [], []),
        ({"id_token_encryption_alg_values_supported": ["RSA-OAEP"]}, [], []),
        ({"response_types_supported": ["id_token"]}, ["no_code_flow"], []),
        ({"response_types_supported": ["code id_token"]}, [], []),
        ({"response_modes_supported": ["form_post"]}, [], ["no_query_mode"]),
        ({"grant_types_supported": ["implicit"]}, [], ["no_code_grant"]),
        ({"code_challenge_methods_supported": ["plain"]}, [], ["no_s256"]),
        ({"scopes_supported": ["openid"]}, [], ["scope_unannounced"]),
        ({"scopes_supported": 5, "grant_types_supported": [5]}, [], []),
        ({"subject_types_supported": ["pairwise"], "claims_supported": ["sub"]}, [], []),
    ],
)
def test_announcements_are_compared_with_what_we_do(
    document: dict[str, Any], refused: list[str], warned: list[str]
) -> None:
    announced = compared_members(document)

    assert [each.cause for each in refusals(announced)] == refused
    assert [each.cause for each in warnings(announced, REQUEST)] == warned


def test_the_check_of_a_connection_is_not_green_where_nobody_can_sign_in(
    guest: Guest, as_owner: Client
) -> None:
    guest.provider.raw["/token"] = b'{"error": "invalid_grant"}'
    guest.provider.status["/token"] = "400 Bad Request"
    guest.provider.discovery["require_pushed_authorization_requests"] = True

    said = said_after_check(as_owner, "openid_connect")

    assert "Needs attention" in said
    assert "pushed authorization requests (PAR)" in said


@each_row(
    "url, kept",
    [
        ("https://cdn.example/a.png?x=1#y", "https://cdn.example/a.png?x=1"),
        ("http://cdn.example/a.png", ""),
        ("https://me:x@cdn.example/a.png", ""),
        ("data:image/png;base64,AA==", ""),
        ({"url": "https://x"}, ""),
    ],
)
def test_a_picture_of_a_typed_issuer_is_kept_for_applications(url: Any, kept: str) -> None:
    assert parse_claims({}, "oidc:x", {"sub": "1", "picture": url}).picture == kept


def test_our_own_page_shows_initials_in_its_place(guest: Guest) -> None:
    guest.provider.profile = {"sub": "person-1", "name": "Ada", "picture": "https://cdn.example/a"}
    guest.sign_in()

    person = SignIn.objects.get().user
    assert person is not None
    assert person.picture == "https://cdn.example/a"
    page = guest.client.get("/account")
    assert "cdn.example" not in page.content.decode() + str(page.headers)
