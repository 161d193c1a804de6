"""What a provider sends is checked before anything is computed with it; see `untrusted`."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.cache import cache
from django.test import Client

from connections.models import SignIn
from connections.protocols.oidc import id_tokens
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.oidc.metadata import is_address
from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import email_claim
from connections.protocols.public_keys import is_usable
from connections.protocols.saml.metadata import is_proved_by_host
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.http import client as http_client
from core.untrusted import BadInput, load_json, split_url
from projects.models import Project
from tests.connections.servers import serving
from tests.connections.test_openid_connect import assert_refused, signed_in
from tests.openid import (
    CLIENT_ID,
    KEY,
    OTHER_KEY,
    Guest,
    OpenID,
    connect,
    jwk,
    openid_settings,
)
from tests.processor_time import within
from tests.rows import each_row

DISCOVERY = "/.well-known/openid-configuration"
ADD = "/projects/acme/connections/add/openid_connect/"
# Unicode sorts combining marks of two classes by inserting one after the other: 120,000 of them
# take `urlsplit` 15 seconds.
MARKS = "\u0315\u0300" * 60_000
ADDRESSES = [
    f"https://{MARKS}/",
    f"https://idp.example/{MARKS}",
    f"{MARKS}://idp.example/",
    "https://idp.example/" + "x" * 481,
    "https://" + "a." * 127 + "example/",
    "https://idp.example\\@evil.example/",
    "https://evil.example\\.idp.example/",
    'https://idp.example/"><script>',
    "https://idp.example/a b",
    "https://idp.example/\n",
    "https://idp.example/\0",
    "https://idp.example/\ud800",
    "https://[::1",
    "https://[x]/",
    "https://",
    "https:idp.example",
    "https://idp.example:99999/",
    "https://idp.example:0/",
    "//idp.example/",
    "javascript:alert(1)",
    "",
    5,
    None,
    ["https://idp.example/"],
]
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000, "-" + "1" * 5000]
DOCUMENTS = [
    "[" * 33 + "]" * 33,
    "[" * 100_000,
    '{"a":' * 900 + "1" + "}" * 900,
    "[" + "1," * 20_000 + "1]",
    "[" + "[]," * 60_000 + "1]",
    "1" * 200_000,
    "0." + "1" * 200_000,
    *NUMBERS,
    '"\\ud800',
    "",
]


@pytest.fixture
def guest(project: Project, provider: OpenID) -> Guest:
    connection = connect(project, "openid_connect", **openid_settings(provider.origin))
    return Guest(project, provider, connection)


# --- addresses --------------------------------------------------------------------------------


@each_row("address", ADDRESSES)
def test_71_what_is_no_address_is_refused_before_it_is_parsed(address: Any) -> None:
    with within(0.5):
        with pytest.raises(BadInput):
            split_url(address)
        assert safe_picture(address, {"idp.example"}) == ""
        if isinstance(address, str):
            assert not is_address(address)


def test_an_address_as_providers_have_them_is_taken() -> None:
    url = "HTTPS://Idp.example:8443/a/{id}/~x;y=1?q=%41&r=[1]|2"

    assert split_url(url).hostname == "idp.example"
    assert split_url("https://" + "a" * 58 + "/" + "x" * 433).port is None


@pytest.mark.parametrize(
    "name",
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"],
)
@pytest.mark.parametrize("address", [ADDRESSES[0], *ADDRESSES[3:8]], ids=range(6))
def test_71_a_hostile_discovery_document_is_an_error_of_the_form_and_a_page(
    guest: Guest, as_editor: Client, name: str, address: str
) -> None:
    provider = guest.provider
    document = {**provider.document(), name: address}
    provider.raw[DISCOVERY] = json.dumps(document, ensure_ascii=False).encode()
    typed = {
        "issuer": provider.origin,
        "client_id": CLIENT_ID,
        "client_secret": "a secret of the provider",
        "scopes": "openid",
        "alias": "another",
        "enabled": "on",
    }

    with within(1):
        answer = as_editor.post(ADD, typed)
        pressed = guest.press()

    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"issuer"}
    assert "location" not in pressed.headers
    assert SignIn.objects.get().cause == "discovery"


def test_71_an_address_that_a_class_takes_from_an_answer_is_checked_as_well() -> None:
    with (
        within(0.5),
        http_client.new_session() as session,
        pytest.raises(http_client.RequestFailed),
    ):
        session.get(f"https://{MARKS}/")


@each_row("entity_id", ["http://[", "https://idp.example\\", f"https://{MARKS}"])
def test_71_an_entity_id_that_is_no_address_proves_nothing(entity_id: str) -> None:
    settings = {"entity_id": entity_id, "metadata_url": "https://idp.example/metadata"}

    with within(0.5):
        assert not is_proved_by_host(settings)


# --- JSON -------------------------------------------------------------------------------------


@each_row("document", DOCUMENTS)
def test_72_json_that_is_deep_or_huge_or_no_number_is_refused(document: str) -> None:
    with within(1), pytest.raises(BadInput):
        load_json(document)


def test_json_as_providers_send_it_is_read() -> None:
    document = {"a": [1, -2.5e10, True, None, {"b": "好\ud83d"}], "n": int("9" * 300)}

    assert load_json(json.dumps(document).encode()) == document
    assert load_json(b"[" * 32 + b"]" * 32)
    assert load_json('{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys", "/userinfo"])
@pytest.mark.parametrize("extra", [*NUMBERS, "[" * 500 + "]" * 500], ids=range(8))
def test_72_wherever_such_json_stands_it_is_a_page(guest: Guest, path: str, extra: str) -> None:
    provider = guest.provider
    provider.raw["/token"] = b""
    guest.press()
    documents = {
        DISCOVERY: provider.document,
        "/token": provider.tokens,
        "/keys": lambda: {"keys": provider.keys},
        "/userinfo": lambda: provider.profile,
    }
    for each, told in documents.items():
        provider.raw[each] = json.dumps(told()).encode()
    provider.raw[path] = provider.raw[path][:-1] + f', "more": {extra}}}'.encode()
    discovery_cache.clear()
    cache.clear()

    assert_refused(guest.come_back(), "keys_unusable" if path == "/keys" else "malformed")


def test_72_a_deep_discovery_document_is_an_error_of_the_form(
    provider: OpenID, project: Project, as_editor: Client
) -> None:
    document = json.dumps(provider.document())[:-1] + ', "more": ' + "[" * 900 + "]" * 900 + "}"
    provider.raw[DISCOVERY] = document.encode()

    answer = as_editor.post(ADD, {"issuer": provider.origin, "client_id": CLIENT_ID})

    assert answer.status_code == 200
    assert "issuer" in answer.context["form"].errors


@pytest.mark.parametrize("body", [b'{"id": NaN}', b'{"id": 1e999}', b"[" * 500 + b"]" * 500])
def test_72_the_classes_of_allauth_read_json_by_the_same_rules(settings: Any, body: bytes) -> None:
    label = "Content-Type: application/json; charset=punycode\r\n"
    with serving(lambda peer: peer.answer(body, headers=label)) as server:
        settings.MENKOU_PRIVATE_ORIGINS = (server.origin,)
        with http_client.new_session() as session:
            answer = session.get(server.origin)

    assert answer.text == body.decode()
    with pytest.raises(BadInput):
        answer.json()


# --- keys -------------------------------------------------------------------------------------


def number(value: int) -> str:
    content = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def odd(bits: int) -> int:
    return (1 << (bits - 1)) + 12345


BAD_KEYS: list[Any] = [
    # With a private half, PyJWT looks for the primes: that took more than two minutes.
    jwk(KEY, n=number(odd(60_000)), d=number(odd(59_000))),
    jwk(KEY, n=number(odd(16_384))),
    jwk(KEY, n=number(odd(1_000_000))),
    jwk(KEY, e=number(odd(2_047))),
    jwk(KEY, e="Ag"),
    jwk(KEY, e=""),
    jwk(KEY, n=5),
    jwk(KEY, n="!"),
    jwk(KEY, kty="oct", k="AAAA"),
    jwk(KEY, kty=["RSA"]),
    jwk(KEY, kid=["first"]),
    jwk(KEY, kid="x" * 100_000),
    jwk(KEY, alg={"a": 1}),
    jwk(KEY, issuer=["x"]),
    jwk(KEY, issuer="{tenantid}" * 10_000),
    {"kty": "EC", "crv": "secp256k1", "x": "A" * 43, "y": "A" * 43},
    {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
    {"kty": "EC", "crv": "brainpool", "x": "A" * 100_000, "y": ""},
    {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
    {"kty": "RSA"},
    None,
    "key",
    [],
]


@pytest.mark.parametrize("bad", BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_73_a_bad_key_costs_nothing_and_hides_no_good_one(guest: Guest, bad: Any) -> None:
    guest.provider.keys = [bad]
    with within(1):
        assert guest.sign_in().status_code == 400
    assert SignIn.objects.get().cause == "id_token"

    discovery_cache.clear()
    cache.clear()
    guest.provider.keys = [bad, jwk(KEY)]
    with within(1):
        signed_in(guest.sign_in())


def test_73_of_thousands_of_keys_only_some_are_tried(guest: Guest) -> None:
    guest.provider.kid = ""
    public = {name: value for name, value in jwk(OTHER_KEY).items() if name in {"kty", "n", "e"}}
    guest.provider.keys = [public] * 500

    with within(1):
        assert_refused(guest.sign_in(), "id_token")


def test_keys_without_a_name_are_tried_until_one_fits(guest: Guest) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    named = [jwk(OTHER_KEY), json.loads(jwt.algorithms.ECAlgorithm.to_jwk(curve)), jwk(KEY)]
    guest.provider.keys = [
        {name: value for name, value in each.items() if name != "kid"} for each in named
    ]
    signed_in(guest.sign_in())

    guest.provider.kid = ""
    signed_in(guest.sign_in())


def test_two_keys_may_have_one_name(guest: Guest) -> None:
    guest.provider.keys = [jwk(OTHER_KEY), jwk(KEY)]

    signed_in(guest.sign_in())


def test_a_key_of_another_name_is_not_tried(guest: Guest) -> None:
    guest.provider.keys = [jwk(KEY, kid="second")]

    assert_refused(guest.sign_in(), "id_token")


def test_strong_keys_are_usable() -> None:
    large = rsa.RSAPublicNumbers(65537, odd(8192)).public_key()
    assert is_usable(KEY.public_key())
    assert is_usable(large)
    assert not is_usable(rsa.RSAPublicNumbers(65537, odd(8200)).public_key())
    assert not is_usable(ec.generate_private_key(ec.SECP256K1()).public_key())


# --- ID tokens --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["b64"], "b64": True},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"zip": "DEF"},
        {"kid": "x" * 501},
        {"more": [[[[]]]] * 8_000},
    ],
)
def test_74_a_header_that_asks_for_more_is_refused(guest: Guest, header: dict[str, Any]) -> None:
    provider = guest.provider
    provider.keys = [{name: value for name, value in jwk(KEY).items() if name != "kid"}]
    guest.press()
    claims = jwt.decode(provider.id_token(), options={"verify_signature": False})
    provider.token["id_token"] = jwt.encode(
        claims, KEY, algorithm="RS256", headers={"kid": "first", **header}
    )

    guest.come_back()

    assert SignIn.objects.get().cause in {"id_token_form", "malformed"}


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [1e308, -1, 10**17, "1900000000", True, [], {}])
def test_74_a_time_that_is_none_is_refused(guest: Guest, name: str, value: Any) -> None:
    guest.provider.told[name] = value

    assert_refused(guest.sign_in(), "id_token_claim")


@each_row("token", ["." * 16_000, "a.b.c.d", "..", "a.b", f"{'A' * 8000}.{'A' * 8000}.", "é.é.é"])
def test_74_what_is_no_token_is_refused(token: str) -> None:
    with within(0.5), pytest.raises(id_tokens.SignInFailed):
        id_tokens.decode_unverified(token)


@pytest.mark.parametrize("nonce", ["\ud800", "é", "x" * 5000, 5, ["x"]])
def test_74_an_odd_nonce_is_refused_as_such(guest: Guest, nonce: Any) -> None:
    guest.press()
    guest.provider.told["nonce"] = nonce

    assert_refused(guest.come_back(), "nonce")


# --- claims -----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["ada@\ud800.example", "ada@example.com\0", "a" * 250_000])
def test_75_an_address_that_cannot_be_stored_is_none(guest: Guest, address: str) -> None:
    with within(0.5):
        assert email_claim({"email": address, "email_verified": True}) == ("", False)
    guest.provider.profile["email"] = address

    assert signed_in(guest.sign_in()).address == ""


@each_row(
    "changes",
    [
        {"namespace": "n" * 201},
        {"subject": "s" * 257},
        {"subject": "s\0"},
        {"keys": (("n", "v\ud800"),)},
        {"keys": (("n" * 201, "v"),)},
    ],
)
def test_75_claims_that_the_database_would_refuse_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises((BadInput, SignInFailed)):
        Claims(**{"namespace": "n", "subject": "s", **changes})


@each_row("value", ["n" * 501, "n\0", "n\ud800", 5, None, {"a": 1}])
@each_row("name", ["name", "picture", "address"])
def test_75_what_is_only_shown_is_dropped_from_claims(name: str, value: Any) -> None:
    claims = Claims(namespace="n", subject="s", address_verified=True, **{name: value})

    assert getattr(claims, name) == ""
    assert claims.address_verified is False
