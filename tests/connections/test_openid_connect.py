"""OpenID Connect: what is signed, for us, now, for this sign-in, signs in; nothing else does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache

from connections.models import Identity, PendingSignIn, SignIn
from connections.protocols.oidc import discovery_cache as keeping
from connections.protocols.oidc.discovery_cache import DiscoveryCache, discovery_cache
from connections.protocols.oidc.metadata import DISCOVERY as DOCUMENT
from connections.secrets import seal_secret
from projects.models import Project, User
from tests.connections.sign_in_assertions import (
    assert_allauth_keeps_nothing,
    assert_nobody_is_known,
)
from tests.openid import (
    ABSENT,
    CLIENT_ID,
    CLIENT_SECRET,
    KEY,
    OTHER_KEY,
    Guest,
    OpenID,
    connect,
    jwk,
    openid_settings,
)

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def guest(project: Project, provider: OpenID) -> Guest:
    connection = connect(project, "openid_connect", **openid_settings(provider.origin))
    return Guest(project, provider, connection)


def assert_refused(answer: Any, cause: str) -> None:
    assert answer.status_code in {400, 403, 503}
    assert SignIn.objects.get().cause == cause
    assert_nobody_is_known()


def signed_in(answer: Any) -> User:
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account")
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


def test_a18_whoever_the_provider_names_is_signed_in_and_nothing_is_left_with_allauth(
    guest: Guest,
) -> None:
    guest.provider.profile["email_verified"] = True

    person = signed_in(guest.sign_in())

    assert (person.name, person.address, person.address_verified) == (
        "Ada",
        "ada@example.com",
        True,
    )
    identity = Identity.objects.get()
    assert (identity.namespace, identity.subject) == (
        f"oidc:{guest.provider.origin}",
        "person-1",
    )
    assert_allauth_keeps_nothing()


def test_the_redirect_has_state_nonce_and_s256_and_the_exchange_the_verifier(guest: Guest) -> None:
    answer = guest.press()
    guest.come_back()

    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == (
        f"{guest.provider.origin}/authorize"
    )
    (asked,) = [each.form for each in guest.provider.asked if each.path == "/token"]
    digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(guest.query["nonce"]) >= 32
    assert guest.query == {
        "client_id": CLIENT_ID,
        "redirect_uri": "http://acme.login.test/sso/oauth2/callback/openid_connect",
        "response_type": "code",
        "scope": "openid profile email",
        "state": guest.query["state"],
        "nonce": guest.query["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    pending = PendingSignIn.objects.get()
    assert (pending.pkce_verifier, pending.nonce) == ("", "")


def test_a4_42_the_visitors_query_changes_nothing_of_the_redirect(guest: Guest) -> None:
    guest.press(
        "?auth_params=client_id%3Devil%26redirect_uri%3Dhttps://evil%26nonce%3Dx&scope=admin"
    )

    assert guest.query["client_id"] == CLIENT_ID
    assert guest.query["redirect_uri"].startswith("http://acme.login.test/")
    assert guest.query["scope"] == "openid profile email"
    assert guest.query["nonce"] != "x"


@pytest.mark.parametrize(
    ("methods", "in_header"),
    [
        (ABSENT, True),
        (["client_secret_basic", "client_secret_post"], True),
        (["client_secret_post"], False),
    ],
)
def test_the_secret_travels_as_the_provider_takes_it(
    guest: Guest, methods: Any, *, in_header: bool
) -> None:
    guest.provider.discovery["token_endpoint_auth_methods_supported"] = methods

    signed_in(guest.sign_in())

    (asked,) = [each for each in guest.provider.asked if each.path == "/token"]
    expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert (f"Basic {expected}" in asked.head) == in_header
    assert (asked.form.get("client_secret") == CLIENT_SECRET) != in_header


BOTH = ["client_secret_basic", "client_secret_post"]


@pytest.mark.parametrize("methods", [ABSENT, BOTH, BOTH[:1], BOTH[1:]])
def test_a_method_that_was_chosen_is_used_whatever_the_provider_announces(
    guest: Guest, methods: Any
) -> None:
    guest.provider.discovery["token_endpoint_auth_methods_supported"] = methods
    guest.connection.settings["secret_in_body"] = True
    guest.connection.save()

    signed_in(guest.sign_in())

    (asked,) = [each for each in guest.provider.asked if each.path == "/token"]
    assert asked.form["client_secret"] == CLIENT_SECRET
    assert "authorization:" not in asked.head.lower()


@pytest.mark.parametrize(
    ("methods", "error", "status", "cause"),
    [
        (BOTH, "invalid_client", "401 Unauthorized", "client_method"),
        (BOTH, "unauthorized_client", "401 Unauthorized", "client_method"),
        (BOTH, "unauthorized_client", "400 Bad Request", "unauthorized_client"),
        (BOTH, "invalid_grant", "400 Bad Request", "invalid_grant"),
        (BOTH[:1], "invalid_client", "401 Unauthorized", "invalid_client"),
    ],
)
def test_a_client_that_is_refused_is_told_of_the_other_method(
    guest: Guest, methods: list[str], error: str, status: str, cause: str
) -> None:
    guest.provider.discovery["token_endpoint_auth_methods_supported"] = methods
    guest.provider.token = {"error": error, "access_token": ABSENT}
    guest.provider.status["/token"] = status

    guest.sign_in()

    failed = SignIn.objects.get()
    assert failed.cause == cause
    if cause == "client_method":
        assert failed.facts["expected"] == "client_secret_basic, client_secret_post"


@pytest.mark.parametrize("secret", ["a+b/c=", "ä:ö%20", "pass word", "~!*'()"])
def test_basic_credentials_are_form_encoded_first(guest: Guest, secret: str) -> None:
    """RFC 6749, section 2.3.1."""
    name = "app:1 ü&x"
    guest.connection.settings["client_id"] = guest.provider.audience = name
    guest.connection.save()
    seal_secret(guest.connection, field="client_secret", value=secret, actor=None)  # type: ignore[arg-type]

    signed_in(guest.sign_in())

    (asked,) = [each for each in guest.provider.asked if each.path == "/token"]
    (sent,) = re.findall(r"(?i)authorization: basic (\S+)", asked.head)
    pair = base64.b64decode(sent).decode().split(":")
    assert [unquote_plus(each) for each in pair] == [name, secret]


# --- the ID token -----------------------------------------------------------------------------


@pytest.mark.parametrize("nonce", [ABSENT, "another", "", None, 5])
def test_a3_32_a_missing_or_foreign_nonce_is_refused(guest: Guest, nonce: Any) -> None:
    guest.provider.told["nonce"] = nonce

    absent = nonce is ABSENT or not nonce
    assert_refused(guest.sign_in(), "nonce_missing" if absent else "nonce")


@pytest.mark.parametrize(("told", "cause"), [({}, "nonce"), ({"nonce": ABSENT}, "nonce_missing")])
def test_a_sign_in_that_lost_its_nonce_is_refused(
    guest: Guest, told: dict[str, Any], cause: str
) -> None:
    guest.press()
    PendingSignIn.objects.update(nonce="")
    guest.provider.told |= told

    assert_refused(guest.come_back(), cause)


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ABSENT}, "id_token_claim"),
        ({"aud": "another-client"}, "audience"),
        ({"aud": [CLIENT_ID, "another-client"]}, "authorized_party"),
        ({"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}, "authorized_party"),
        ({"azp": "another-client"}, "authorized_party"),
        ({"aud": ABSENT}, "id_token_claim"),
        ({"exp": 1_700_000_000}, "clock"),
        ({"exp": ABSENT}, "id_token_claim"),
        ({"exp": "soon"}, "id_token_claim"),
        ({"iat": 4_000_000_000}, "clock"),
        ({"nbf": 4_000_000_000}, "clock"),
        ({"sub": ABSENT}, "id_token_claim"),
    ],
)
def test_an_id_token_for_somebody_else_or_another_time_is_refused(
    guest: Guest, told: dict[str, Any], cause: str
) -> None:
    guest.provider.told.update(told)

    assert_refused(guest.sign_in(), cause)


@pytest.mark.parametrize("ahead", [-600, 600])
def test_59_a_clock_ten_minutes_off_is_told_as_such(guest: Guest, ahead: int) -> None:
    now = int(time.time()) + ahead
    guest.provider.told.update(iat=now, exp=now + 300)

    assert_refused(guest.sign_in(), "clock")


@pytest.mark.parametrize(
    "subject", ["", " ", "x" * 256, "a\0b", True, 0, 1.5, None, ["a"], " a", "a\u200b", "a\ufffd"]
)
def test_a12_a_subject_that_cannot_be_kept_is_refused(guest: Guest, subject: Any) -> None:
    guest.provider.told["sub"] = subject
    guest.provider.discovery["userinfo_endpoint"] = ABSENT

    answer = guest.sign_in()

    assert SignIn.objects.get().cause in {"no_subject", "id_token_claim"}
    assert answer.status_code == 503
    assert_nobody_is_known()


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("x" * 255, "x" * 255),
        (5, "5"),
        (10**200, str(10**200)),
        ("0", "0"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("ä" * 255, "ä" * 255),
        ("e\u0301", "e\u0301"),
        ("a|b@c", "a|b@c"),
    ],
)
def test_every_subject_of_the_standard_is_kept_exactly(
    guest: Guest, subject: Any, kept: str
) -> None:
    guest.provider.told["sub"] = subject
    guest.provider.profile = {"sub": subject, "name": "Ada"}

    assert signed_in(guest.sign_in()).identities.get().subject == kept


def test_a_refused_subject_is_described_in_history(guest: Guest) -> None:
    guest.provider.told["sub"] = "x" * 256

    assert_refused(guest.sign_in(), "no_subject")

    facts = SignIn.objects.get().facts
    assert (facts["field"], facts["received"]) == ("sub", "string, length 256")
    assert "255" in facts["expected"]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"given_name": "Ada", "family_name": "Lovelace"}, "Ada Lovelace"),
        ({"given_name": "Ada", "family_name": None}, "Ada"),
        ({"given_name": "雷", "family_name": "李"}, "李雷"),
        ({"given_name": "さくら", "family_name": "山田"}, "山田さくら"),
        ({"given_name": "철수", "family_name": "김"}, "김철수"),
        ({"name": "A. L.", "given_name": "Ada", "family_name": "Lovelace"}, "A. L."),
        ({"given_name": {}, "family_name": 5, "nickname": "ada"}, "ada"),
    ],
)
def test_a_given_and_a_family_name_make_a_name(
    guest: Guest, told: dict[str, Any], name: str
) -> None:
    guest.provider.profile = {"sub": "person-1", "email": "ada@example.com", **told}

    assert signed_in(guest.sign_in()).name == name


def test_a_later_sign_in_with_fewer_claims_keeps_name_and_address(guest: Guest) -> None:
    guest.provider.profile["email_verified"] = True
    signed_in(guest.sign_in())
    guest.provider.profile = {"sub": "person-1"}

    person = signed_in(guest.sign_in())

    assert (person.name, person.address, person.address_verified) == (
        "Ada",
        "ada@example.com",
        True,
    )

    guest.provider.profile = {"sub": "person-1", "email": "new@example.com"}

    person = signed_in(guest.sign_in())

    assert (person.address, person.address_verified) == ("new@example.com", False)


def test_a_token_signed_by_another_key_is_refused(guest: Guest) -> None:
    guest.provider.signing_key = OTHER_KEY

    assert_refused(guest.sign_in(), "id_token")


@pytest.mark.parametrize("secret", [CLIENT_SECRET, "x" * 8])
def test_a_token_signed_with_a_shared_secret_is_refused(guest: Guest, secret: str) -> None:
    guest.provider.signing_key, guest.provider.algorithm = secret * 4, "HS256"

    assert_refused(guest.sign_in(), "token_algorithm")


def test_an_unsigned_token_is_refused(guest: Guest) -> None:
    guest.provider.signing_key, guest.provider.algorithm = None, "none"

    assert_refused(guest.sign_in(), "token_algorithm")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", 5, ["a"], "x" * 20_000])
def test_a_damaged_token_is_refused(guest: Guest, token: Any) -> None:
    guest.provider.token["id_token"] = token

    guest.sign_in()

    assert SignIn.objects.get().cause in {"id_token_form", "malformed"}
    assert_nobody_is_known()


def test_no_id_token_is_refused(guest: Guest) -> None:
    guest.provider.token["id_token"] = ABSENT

    assert_refused(guest.sign_in(), "id_token_missing")


@pytest.mark.parametrize(
    ("kid", "keys"),
    [
        pytest.param("first", [jwk(KEY, kid=None)], id="the only key has none"),
        pytest.param("", [jwk(KEY)], id="the token has none"),
        pytest.param("", [jwk(OTHER_KEY), jwk(KEY, kid="second")], id="the second of two"),
        pytest.param(
            "first", [jwk(OTHER_KEY, kid=None), jwk(KEY, kid=None)], id="two without a kid"
        ),
        pytest.param("first", [jwk(OTHER_KEY), jwk(KEY)], id="two of one kid"),
        pytest.param("first", [{"kty": "oct", "k": "x"}, jwk(KEY, use=None)], id="no use"),
        pytest.param("first", [jwk(KEY, alg=None)], id="no alg"),
    ],
)
def test_every_key_that_could_have_signed_is_tried(
    guest: Guest, kid: str, keys: list[dict[str, Any]]
) -> None:
    guest.provider.kid, guest.provider.keys = kid, keys

    signed_in(guest.sign_in())


@pytest.mark.parametrize("changes", [{"kid": "other"}, {"use": "enc"}, {"alg": "PS256"}])
def test_a_key_that_cannot_have_signed_is_not_tried(guest: Guest, changes: dict[str, Any]) -> None:
    guest.provider.keys = [jwk(KEY, **changes)]

    assert_refused(guest.sign_in(), "id_token")


# --- encodings of the same message ------------------------------------------------------------


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    ("mark", "label"),
    [
        (b"\xef\xbb\xbf", ""),
        (b"", "Content-Type: text/html; charset=ISO-8859-1\r\n"),
        (b" \r\n", "Content-Type: application/json;charset=gbk\r\n"),
    ],
)
def test_a_byte_order_mark_and_a_wrong_label_change_nothing(
    guest: Guest, path: str, mark: bytes, label: str
) -> None:
    guest.press()
    answers = {
        "/keys": {"keys": guest.provider.keys},
        "/token": guest.provider.tokens(),
    }
    answer = answers.get(path, guest.provider.document())
    guest.provider.raw[path] = mark + json.dumps(answer).encode()
    guest.provider.headers[path] = label

    signed_in(guest.come_back())


def test_an_answer_that_is_not_utf_8_is_decoded_as_it_says(guest: Guest) -> None:
    guest.provider.raw["/userinfo"] = '{"sub": "person-1", "name": "李雷"}'.encode("gbk")
    guest.provider.headers["/userinfo"] = "Content-Type: application/json; charset=GB2312\r\n"

    assert signed_in(guest.sign_in()).name == "李雷"


@pytest.mark.parametrize(
    "members",
    [
        {"error": None, "error_description": None},
        {"error": ""},
        {"token_type": None},
        {"token_type": ABSENT},
        {"scope": None, "refresh_token": None},
        {"scope": ["openid"]},
    ],
)
def test_null_is_absent(guest: Guest, members: dict[str, Any]) -> None:
    guest.provider.token = members

    signed_in(guest.sign_in())


def test_a_list_of_one_audience_is_that_audience(guest: Guest) -> None:
    guest.provider.audience = [CLIENT_ID]

    signed_in(guest.sign_in())


def test_an_id_token_is_as_long_as_an_answer_can_be(guest: Guest) -> None:
    guest.provider.told["groups"] = ["g" * 100] * 1000

    signed_in(guest.sign_in())


def test_the_id_token_is_enough_without_userinfo(guest: Guest) -> None:
    guest.provider.token = {"access_token": ABSENT}

    assert_refused(guest.sign_in(), "malformed")
    assert SignIn.objects.get().facts["field"] == "access_token"

    SignIn.objects.all().delete()
    guest.provider.discovery["userinfo_endpoint"] = ABSENT
    discovery_cache.clear()
    cache.clear()

    signed_in(guest.sign_in())


@pytest.mark.parametrize("status", ["302 Found", "401 Unauthorized", "403 Forbidden"])
def test_tokens_count_only_with_a_status_of_success(guest: Guest, status: str) -> None:
    guest.provider.status["/token"] = status

    assert_refused(guest.sign_in(), "unexpected_status")
    assert guest.provider.calls("/userinfo") == 0


def signed_profile(guest: Guest, **changes: Any) -> bytes:
    """A userinfo answer as a JWT."""
    claims = {"iss": guest.provider.origin, "aud": CLIENT_ID, "sub": "person-1", "name": "Ada L."}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not ABSENT}
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "first"}).encode()


@pytest.mark.parametrize("aud", [CLIENT_ID, ["another", CLIENT_ID]])
def test_userinfo_may_be_a_signed_token(guest: Guest, aud: Any) -> None:
    guest.provider.headers["/userinfo"] = "Content-Type: application/jwt; charset=utf-8\r\n"
    guest.provider.raw["/userinfo"] = signed_profile(guest, aud=aud)

    assert signed_in(guest.sign_in()).name == "Ada L."


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"iss": ABSENT}, "id_token_claim"),
        ({"aud": ABSENT}, "id_token_claim"),
        ({"sub": "person-2"}, "sub_mismatch"),
        ({"sub": ABSENT}, "id_token_claim"),
        ({"exp": 1}, "clock"),
    ],
)
def test_a_signed_userinfo_of_somebody_else_is_refused(
    guest: Guest, changes: dict[str, Any], cause: str
) -> None:
    guest.provider.headers["/userinfo"] = "Content-Type: application/jwt\r\n"
    guest.provider.raw["/userinfo"] = signed_profile(guest, **changes)

    assert_refused(guest.sign_in(), cause)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256"])
def test_a_userinfo_token_that_the_provider_did_not_sign_is_refused(
    guest: Guest, algorithm: str
) -> None:
    key: Any = {"none": None, "HS256": CLIENT_SECRET * 3, "RS256": OTHER_KEY}[algorithm]
    claims = {"iss": guest.provider.origin, "aud": CLIENT_ID, "sub": "person-1"}
    guest.provider.headers["/userinfo"] = "Content-Type: application/jwt\r\n"
    guest.provider.raw["/userinfo"] = jwt.encode(claims, key, algorithm=algorithm).encode()

    cause = "id_token" if algorithm == "RS256" else "token_algorithm"
    assert_refused(guest.sign_in(), cause)


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")
def test_a_short_rsa_key_is_not_believed(guest: Guest) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    guest.provider.keys, guest.provider.signing_key = [jwk(short)], short

    assert_refused(guest.sign_in(), "id_token")


def test_a_key_for_encryption_is_not_believed(guest: Guest) -> None:
    guest.provider.keys = [jwk(KEY, use="enc")]

    assert_refused(guest.sign_in(), "id_token")


def test_a_new_key_is_found_at_once(guest: Guest) -> None:
    signed_in(guest.sign_in())
    guest.provider.keys = [jwk(KEY), jwk(OTHER_KEY, kid="second")]
    guest.provider.signing_key, guest.provider.kid = OTHER_KEY, "second"
    discovery_cache._asked.clear()
    later(11)

    signed_in(guest.sign_in())


def test_unknown_keys_make_us_ask_only_now_and_then(guest: Guest) -> None:
    guest.provider.kid = "unknown"

    for _attempt in range(3):
        guest.sign_in()

    assert guest.provider.calls("/keys") == 1


# --- the profile ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "cause"),
    [
        ({"sub": "person-2", "name": "Eve"}, "sub_mismatch"),
        ({"name": "Eve"}, "no_subject"),
        ({"sub": None}, "no_subject"),
        ({"sub": True}, "no_subject"),
        ({"sub": 1}, "sub_mismatch"),
        ({"sub": "x" * 500}, "no_subject"),
        ([], "malformed"),
        (None, "malformed"),
    ],
)
def test_a2_33_a12_a_profile_of_somebody_else_is_refused(
    guest: Guest, profile: Any, cause: str
) -> None:
    guest.provider.profile = profile

    assert_refused(guest.sign_in(), cause)


@pytest.mark.parametrize("proof", [False, "false", "true", None, 1, ABSENT, [True]])
def test_a1_34_only_json_true_proves_an_address(guest: Guest, proof: Any) -> None:
    guest.provider.told.update(email="victim@example.com", email_verified=True)
    guest.provider.profile = {
        name: value
        for name, value in {
            "sub": "person-1",
            "email": "ada@example.com",
            "email_verified": proof,
        }.items()
        if value is not ABSENT
    }

    person = signed_in(guest.sign_in())

    assert (person.address, person.address_verified) == ("ada@example.com", False)


def test_34_the_same_address_never_makes_two_people_one(
    guest: Guest, project: Project, provider: OpenID
) -> None:
    provider.profile["email_verified"] = True
    victim = signed_in(guest.sign_in())
    provider.told["sub"] = "person-2"
    provider.profile["sub"] = "person-2"

    assert signed_in(Guest(project, provider, guest.connection).sign_in()) != victim


def test_a13_nul_in_a_claim_is_no_crash(guest: Guest) -> None:
    guest.provider.profile["name"] = "A\0da"

    assert signed_in(guest.sign_in()).name == "A da"


def test_a14_59_a_profile_of_10_mb_is_refused(guest: Guest) -> None:
    guest.provider.raw["/userinfo"] = b'{"sub": "person-1", "x": "' + b"x" * 10_000_000 + b'"}'

    assert_refused(guest.sign_in(), "too_large")


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_profile_that_may_not_be_read_is_told_as_such(guest: Guest, status: str) -> None:
    guest.provider.status["/userinfo"] = status

    assert_refused(guest.sign_in(), "profile_refused")


def test_a12_an_absurd_lifetime_of_the_token_does_not_matter(guest: Guest) -> None:
    guest.provider.token["expires_in"] = "soon"

    signed_in(guest.sign_in())


# --- the callback -----------------------------------------------------------------------------


@pytest.mark.parametrize("issuer", ["https://evil.example", "{own}/", "{own}.evil.example"])
def test_31_an_answer_of_another_issuer_is_refused_before_the_code_is_sent(
    guest: Guest, issuer: str
) -> None:
    own = guest.provider.origin

    assert_refused(guest.sign_in(iss=issuer.format(own=own)), "issuer")

    assert guest.provider.calls("/token") == 0


def test_31_where_the_provider_says_its_name_it_must_be_there(guest: Guest) -> None:
    guest.provider.discovery["authorization_response_iss_parameter_supported"] = True

    assert_refused(guest.sign_in(), "issuer")
    SignIn.objects.all().delete()
    signed_in(guest.sign_in(iss=guest.provider.origin))


def test_30_the_state_of_one_connection_is_nothing_at_another(
    guest: Guest, project: Project, provider: OpenID
) -> None:
    other = connect(project, "openid_connect", "second", **openid_settings(provider.origin))
    guest.press()
    guest.connection = other

    assert guest.come_back().status_code == 400
    assert provider.calls("/token") == 0
    assert_nobody_is_known()


@pytest.mark.parametrize("state", ["", "x", "0" * 32])
def test_28_without_a_good_state_nothing_is_asked(guest: Guest, state: str) -> None:
    guest.press()

    assert guest.come_back(state=state).status_code == 400
    assert guest.provider.calls("/token") == 0


def test_39_a_connection_switched_off_in_between_signs_nobody_in(guest: Guest) -> None:
    guest.press()
    guest.connection.enabled = False
    guest.connection.save()

    assert_refused(guest.come_back(), "disabled")


def test_40_whoever_cancels_can_try_again_and_no_words_of_the_provider_are_shown(
    guest: Guest,
) -> None:
    guest.press()
    answer = guest.come_back(
        code="", error="access_denied", error_description="<script>alert(1)</script>"
    )

    assert answer.status_code == 200
    assert b"alert(1)" not in answer.content
    assert SignIn.objects.get().cause == "cancelled"
    signed_in(guest.sign_in())


@pytest.mark.parametrize(
    ("error", "cause", "code"),
    [
        ("invalid_client", "invalid_client", "invalid_client"),
        ("invalid_grant", "invalid_grant", "invalid_grant"),
        ("disabled", "unknown_code", "disabled"),
        ("<script>", "unknown_code", "script"),
        ({"a": 1}, "unknown_code", ""),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_an_error_of_the_exchange_is_known_whatever_its_status(
    guest: Guest, error: Any, cause: str, code: str, status: str
) -> None:
    guest.provider.token["error"] = error
    guest.provider.status["/token"] = status

    assert_refused(guest.sign_in(), cause)
    assert SignIn.objects.get().provider_code == code


def test_two_connections_of_one_issuer_know_the_same_person(
    guest: Guest, project: Project, provider: OpenID
) -> None:
    other = connect(project, "openid_connect", "second", **openid_settings(provider.origin))

    assert signed_in(guest.sign_in()) == signed_in(Guest(project, provider, other).sign_in())


def test_addresses_typed_by_hand_speak_for_nobody_elses_people(
    guest: Guest, project: Project, provider: OpenID
) -> None:
    typed = connect(
        project,
        "openid_connect",
        "typed",
        **openid_settings(
            provider.origin,
            authorization_endpoint=f"{provider.origin}/authorize",
            token_endpoint=f"{provider.origin}/token",
            jwks_uri=f"{provider.origin}/keys",
        ),
    )
    known = signed_in(guest.sign_in())
    provider.server.calls.clear()

    assert signed_in(Guest(project, provider, typed).sign_in()) != known

    assert provider.server.calls == ["/token"]
    assert Identity.objects.filter(namespace__startswith=f"connection:{typed.pk}:").exists()


# --- discovery --------------------------------------------------------------------------------


def later(seconds: float) -> None:
    """Let what is kept be older."""
    for url, copy in discovery_cache._copies.items():
        discovery_cache._copies[url] = keeping.Copy(copy.document, copy.fetched - seconds)
    discovery_cache._asked.clear()
    cache.clear()


BAD_DISCOVERY = [
    ({"raw": b"<html>"}, "not_json"),
    ({"raw": b"[]"}, "malformed"),
    ({"raw": b"{"}, "malformed"),
    ({"raw": b"x" * 300_000}, "too_large"),
    ({"status": "500 Oops"}, "http_status"),
    ({"status": "404 Gone"}, "unexpected_status"),
    ({"token_endpoint": ABSENT}, "discovery"),
    ({"jwks_uri": 5}, "discovery"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "discovery"),
    ({"token_endpoint": "http://idp.example/token"}, "discovery"),
    ({"issuer": "https://evil.example"}, "discovery_issuer"),
]


@pytest.mark.parametrize(("bad", "cause"), BAD_DISCOVERY)
def test_a15_59_bad_discovery_is_a_friendly_page_at_the_button(
    guest: Guest, bad: dict[str, Any], cause: str
) -> None:
    provider = guest.provider
    if "raw" in bad:
        provider.raw[DISCOVERY] = bad["raw"]
    elif "status" in bad:
        provider.status[DISCOVERY] = bad["status"]
    else:
        provider.discovery.update(bad)

    answer = guest.press()

    assert "location" not in answer.headers
    assert_refused(answer, cause)


def test_a15_discovery_and_keys_are_asked_for_once(guest: Guest, project: Project) -> None:
    for _time in range(3):
        signed_in(guest.sign_in())

    assert guest.provider.calls(DISCOVERY) == 1
    assert guest.provider.calls("/keys") == 1


def test_a15_other_processes_share_what_one_has_asked(guest: Guest) -> None:
    guest.press()
    url = f"{guest.provider.origin}{DISCOVERY}"

    assert DiscoveryCache().get(url, DOCUMENT)["issuer"] == guest.provider.origin
    assert guest.provider.calls(DISCOVERY) == 1


def test_a15_old_copies_serve_while_the_provider_is_away_but_not_for_ever(guest: Guest) -> None:
    signed_in(guest.sign_in())
    guest.provider.status.update({DISCOVERY: "500 Oops", "/keys": "500 Oops"})

    later(2 * 60 * 60)
    signed_in(guest.sign_in())
    later(24 * 60 * 60)

    assert guest.press().status_code == 503


def test_after_a_failure_old_copies_are_used_without_asking_each_time(guest: Guest) -> None:
    signed_in(guest.sign_in())
    guest.provider.status[DISCOVERY] = "500 Oops"
    later(2 * 60 * 60)

    for _time in range(3):
        guest.press()

    assert guest.provider.calls(DISCOVERY) == 2


def test_an_hour_later_what_changed_is_known(guest: Guest) -> None:
    guest.press()
    guest.provider.discovery["authorization_endpoint"] = f"{guest.provider.origin}/moved"
    later(61 * 60)

    assert urlsplit(guest.press().headers["location"]).path == "/moved"


def test_1_an_issuer_in_a_private_network_is_not_asked(guest: Guest, settings: Any) -> None:
    settings.MENKOU_PRIVATE_ORIGINS = ()

    assert_refused(guest.press(), "private_address")
    assert guest.provider.server.calls == []


def test_the_secret_is_in_no_answer_and_no_log(
    guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    guest.provider.token["error"] = "invalid_client"
    answer = guest.sign_in()

    assert CLIENT_SECRET not in answer.content.decode()
    assert CLIENT_SECRET not in caplog.text
    assert CLIENT_SECRET not in str(SignIn.objects.values().get())
