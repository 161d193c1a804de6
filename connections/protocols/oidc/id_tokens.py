"""Verify ID tokens: signature, issuer, audience, times, nonce and subject.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
from django.utils.crypto import constant_time_compare

from connections.protocols.oidc.discovery_cache import Kind, discovery_cache
from connections.protocols.public_keys import is_usable
from connections.protocols.responses import parse_object, text_as_subject
from connections.values.facts import describe_json, fact_text
from connections.values.failures import SignInFailed
from core.http.client import MAX_BODY_BYTES, RequestFailed, Response
from core.untrusted import BadInput, load_json

# No HS256: everyone who knows the client secret could sign. No "none".
ALGORITHMS = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
KNOWN_ALGORITHMS = frozenset().union(*ALGORITHMS.values())
# The usual one first.
SORTED_ALGORITHMS = sorted(KNOWN_ALGORITHMS, key=lambda each: (each != "RS256", each))
# Causes of failed requests for keys that another attempt may not have.
PASSING_CAUSES = frozenset({"timeout", "http_status", "rate_limited", "busy"})
CURVES = {
    "ES256": {"P-256"},
    "ES384": {"P-384"},
    "ES512": {"P-521"},
    "EdDSA": {"Ed25519", "Ed448"},
}
# The members of a key that are kept, with the maximum length of each: 8192 bits of an RSA key are
# 1366 characters. Private members are dropped: PyJWT would compute with them, in the worst case for
# minutes.
KEY_MEMBERS = {
    "kty": 10,
    "use": 20,
    "alg": 20,
    "kid": 500,
    "issuer": 500,
    "n": 1400,
    "e": 20,
    "crv": 20,
    "x": 100,
    "y": 100,
}
LONGEST_KID = KEY_MEMBERS["kid"]
MOST_KEYS = 50
REQUIRED = ("iss", "aud", "exp", "iat", "sub")
# OpenID Connect Core, section 5.3.2.
REQUIRED_OF_PROFILE = ("iss", "aud", "sub")
# Headers that change how a token is interpreted. No provider needs them, and zip and b64 are not
# implemented here.
# https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
REFUSED_HEADERS = frozenset({"crit", "zip", "b64"})
LEEWAY_SECONDS = 60
# The last second of the year 9999, the maximum of Python's dates.
MAX_TIMESTAMP = 253402300799
TENANT = re.compile(r"[0-9a-f-]{36}")


def verify_id_token(
    token: str, *, issuers: Sequence[str], audience: str, nonce: str | None, keys_url: str
) -> dict[str, Any]:
    """Return the claims of the ID token; raises SignInFailed or RequestFailed.

    A nonce of None is for providers that do not return one.
    """
    if not token:
        raise SignInFailed("id_token_missing")
    claims = verify_claims(token, issuers=issuers, audience=audience, keys_url=keys_url)
    refuse_other_client(claims, audience)
    if nonce is not None:
        refuse_other_nonce(claims, nonce)
    claims["sub"] = subject_of(claims)
    return claims


def verify_claims(
    token: str,
    *,
    issuers: Sequence[str],
    audience: str,
    keys_url: str,
    required: Sequence[str] = REQUIRED,
) -> dict[str, Any]:
    """Return the claims of a token after checking signature, issuer, audience and times.

    A provider may replace its keys while ours are still cached, also under the same `kid`. So if no
    key fits, newer keys are fetched, but not more often than the cache allows.
    """
    header, claims = decode_unverified(token)
    refuse_invalid_times(claims)
    known: list[str] = []
    for document in key_sets(keys_url):
        for key in matching_keys(document, header, issuers):
            verified = verify_with_key(key, token, header["alg"], issuers, audience, required)
            if verified is not None:
                return verified
        known = [each.get("kid", "") for each in document["keys"]]
    raise SignInFailed("id_token", field="kid", received=header.get("kid", ""), expected=known)


def key_sets(url: str) -> Iterator[dict[str, Any]]:
    """Return the cached keys, then newer ones if they have changed."""
    try:
        document = discovery_cache.get(url, KEYS)
    except (RequestFailed, SignInFailed) as error:
        raise keys_failure(error) from None
    yield document
    newer = discovery_cache.newer(url, KEYS, document)
    if newer is not None:
        yield newer


def fetch_keys(url: str) -> None:
    """Fetch the provider's keys; raises SignInFailed if none of them is usable."""
    try:
        document = discovery_cache.get(url, KEYS)
    except (RequestFailed, SignInFailed) as error:
        raise keys_failure(error) from None
    if not document["keys"]:
        raise SignInFailed("keys_unusable", field="keys", received="", expected="RSA, EC, OKP")


def keys_failure(error: RequestFailed | SignInFailed) -> SignInFailed:
    """Return the failure for keys that could not be fetched."""
    code, facts = (error.code, error.facts) if isinstance(error, SignInFailed) else ("", {})
    cause = "keys_unavailable" if error.cause in PASSING_CAUSES else "keys_unusable"
    return SignInFailed(cause, code=code, **facts)


def decode_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims without verifying anything.

    Raises SignInFailed if this cannot be an ID token.
    """
    parts = token.split(".", 3) if token.isascii() and len(token) <= MAX_BODY_BYTES else []
    if len(parts) != 3:
        is_encrypted = len(parts) == 4 and parts[3].count(".") == 1
        raise SignInFailed("id_token_encrypted" if is_encrypted else "id_token_form")
    try:
        header, claims = (load_json(urlsafe_b64decode(f"{each}==")) for each in parts[:2])
    except (BadInput, ValueError):
        raise SignInFailed("id_token_form") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise SignInFailed("id_token_form")
    refuse_invalid_header(header)
    return header, claims


def refuse_invalid_header(header: Mapping[str, Any]) -> None:
    """Raise SignInFailed unless the header has the required members and no critical ones."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in KNOWN_ALGORITHMS:
        raise SignInFailed(
            "token_algorithm",
            field="alg",
            received=algorithm if isinstance(algorithm, str) else describe_json(algorithm),
            expected=SORTED_ALGORITHMS,
        )
    if kid is not None and not (isinstance(kid, str) and len(kid) <= LONGEST_KID):
        expected = f"string of up to {LONGEST_KID} characters"
        raise SignInFailed(
            "id_token_form", field="kid", received=describe_json(kid), expected=expected
        )
    refused = sorted(REFUSED_HEADERS.intersection(header))
    if refused:
        raise SignInFailed("id_token_form", field=refused[0])


def refuse_invalid_times(claims: Mapping[str, Any]) -> None:
    """Raise SignInFailed unless the times of a token are numbers that are valid times."""
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, 0)
        # Also refuses NaN and the infinities.
        if type(value) not in {int, float} or not 0 <= value <= MAX_TIMESTAMP:
            raise SignInFailed(
                "id_token_claim",
                field=name,
                received=describe_json(value),
                expected=f"number from 0 to {MAX_TIMESTAMP}",
            )


def verify_with_key(
    key: Any,
    token: str,
    algorithm: str,
    issuers: Sequence[str],
    audience: str,
    required: Sequence[str],
) -> dict[str, Any] | None:
    """Return the claims of a token, or None if the key did not sign it.

    Raises SignInFailed if the signature is right but the token is for another client or another
    time.
    """
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=list(issuers),
            leeway=LEEWAY_SECONDS,
            # PyJWT refuses a subject that is a number; `subject_of` checks it.
            options={"require": list(required), "verify_sub": False},
        )
    except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
        return None
    except jwt.ExpiredSignatureError:
        raise wrong_time(token, "exp") from None
    except jwt.ImmatureSignatureError:
        raise wrong_time(token, "nbf", "iat") from None
    except jwt.InvalidIssuerError:
        raise wrong_value(token, "issuer", "iss", list(issuers)) from None
    except jwt.InvalidAudienceError:
        raise wrong_value(token, "audience", "aud", audience) from None
    except jwt.MissingRequiredClaimError as error:
        raise SignInFailed("id_token_claim", field=error.claim, received="null") from None
    except jwt.PyJWTError:
        raise SignInFailed("id_token_claim") from None


def wrong_time(token: str, *names: str) -> SignInFailed:
    """Return the failure of a verified token whose time is over or has not come."""
    claims = decode_unverified(token)[1]
    name = max(names, key=lambda each: claims.get(each, 0))
    comparison = "after" if name == "exp" else "not after"
    return SignInFailed(
        "clock",
        field=name,
        received=utc_time(claims[name]),
        expected=f"{comparison} {utc_time(time.time())}",
    )


def utc_time(seconds: float) -> str:
    """Return a time of a token as administrators read it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def wrong_value(token: str, cause: str, name: str, expected: object) -> SignInFailed:
    """Return the failure of a verified token with a claim that is not the expected one."""
    received = decode_unverified(token)[1].get(name)
    return SignInFailed(cause, field=name, received=received, expected=expected)


def cacheable_keys(response: Response) -> dict[str, Any]:
    """Return the members of a key set to keep; raises SignInFailed."""
    keys = parse_object(response).get("keys")
    if not isinstance(keys, list):
        raise SignInFailed(
            "malformed", field="keys", received=describe_json(keys), expected="JSON array"
        )
    return {"keys": [each for each in map(public_members, keys) if each][:MOST_KEYS]}


def public_members(key: object) -> dict[str, str]:
    """Return the public members of a key, or {} if its type is not supported."""
    if not isinstance(key, dict):
        return {}
    members = {name: key[name] for name in KEY_MEMBERS if key.get(name) is not None}
    for name, value in members.items():
        if not isinstance(value, str) or len(value) > KEY_MEMBERS[name]:
            return {}
    signs = members.get("kty") in ALGORITHMS and members.get("use", "sig") == "sig"
    return members if signs else {}


# RFC 7517, section 8.5.2; most providers label their keys as plain JSON.
KEYS = Kind("openid-keys", cacheable_keys, "application/json, application/jwk-set+json")


def matching_keys(
    document: Mapping[str, Any], header: Mapping[str, Any], issuers: Sequence[str]
) -> Iterator[Any]:
    """Return the keys that may have signed a token with this header for one of the issuers.

    A key without a `kid` may have signed any token, and any key may have signed a token without
    one.
    """
    algorithm, kid = header["alg"], header.get("kid")
    for each in document["keys"]:
        if algorithm not in ALGORITHMS[each["kty"]] or each.get("alg", algorithm) != algorithm:
            continue
        if each["kty"] != "RSA" and each.get("crv") not in CURVES[algorithm]:
            continue
        if kid is not None and each.get("kid", kid) != kid:
            continue
        if not signs_for(each, issuers):
            continue
        try:
            key = jwt.PyJWK(each, algorithm=algorithm).key
        except jwt.PyJWTError:
            continue
        if is_usable(key):
            yield key


def signs_for(key: Mapping[str, Any], issuers: Sequence[str]) -> bool:
    """Whether a key with an `issuer` member, as Microsoft's have, belongs to one of the issuers.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
    """
    issuer = key.get("issuer")
    if issuer is None:
        return True
    before, placeholder, after = issuer.partition("{tenantid}")
    return any(
        each == issuer
        if not placeholder
        else each.startswith(before)
        and each.endswith(after)
        and TENANT.fullmatch(each[len(before) : len(each) - len(after)])
        for each in issuers
    )


def refuse_other_client(claims: Mapping[str, Any], audience: str) -> None:
    """Raise SignInFailed if a token with several audiences or an `azp` is not for this client."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != audience:
        raise SignInFailed(
            "authorized_party",
            field="azp",
            received=f"aud: {fact_text(claims['aud'])}; azp: {fact_text(claims.get('azp'))}",
            expected=audience,
        )


def refuse_other_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Raise SignInFailed unless the token has the nonce of this sign-in."""
    given = claims.get("nonce")
    if given in (None, ""):
        raise SignInFailed("nonce_missing", field="nonce", received=describe_json(given))
    if not nonce or not isinstance(given, str) or not given.isascii():
        raise SignInFailed("nonce")
    if not constant_time_compare(given, nonce):
        raise SignInFailed("nonce")


def subject_of(claims: Mapping[str, Any]) -> str:
    """Return the subject; raises SignInFailed if it is missing or not usable."""
    # "0" is an id like any other here: the standard has no number that could mean a missing one.
    return "0" if claims.get("sub") == "0" else text_as_subject(claims, "sub")
