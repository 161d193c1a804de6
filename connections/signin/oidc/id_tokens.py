"""ID tokens: signed by the provider, for us, now, for this very sign-in, about somebody.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jwt
from django.utils.crypto import constant_time_compare

from connections.signin.failures import SignInFailed
from connections.signin.oidc.kept import PAUSE_SECONDS, kept
from connections.signin.reading import required

# Never HS256, for which whoever knows the client secret could sign; never none.
ALGORITHMS = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
SMALLEST_RSA_KEY = 2048
LEEWAY_SECONDS = 60
MOST_KEYS = 50
SUBJECT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


def verified(
    token: str, *, issuers: Sequence[str], audience: str, nonce: str | None, keys_url: str
) -> dict[str, Any]:
    """Return what the ID token says; raises SignInFailed or NoAnswer.

    A nonce of None is for providers that are known to repeat none.
    """
    if not token:
        raise SignInFailed("id_token_missing")
    told = decoded(token, issuers=issuers, audience=audience, keys_url=keys_url)
    refuse_other_party(told, audience)
    if nonce is not None:
        refuse_other_sign_in(told, nonce)
    told["sub"] = subject_of(told)
    return told


def decoded(token: str, *, issuers: Sequence[str], audience: str, keys_url: str) -> dict[str, Any]:
    """Return the claims of a token whose signature, issuer, audience and time are right."""
    try:
        header = jwt.get_unverified_header(token)
        key = signing_key(header, keys_url, issuers)
        return jwt.decode(
            token,
            key,
            algorithms=[header["alg"]],
            audience=audience,
            issuer=list(issuers),
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", "sub"]},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise SignInFailed("clock") from None
    except jwt.InvalidIssuerError:
        raise SignInFailed("issuer") from None
    except jwt.InvalidAudienceError:
        raise SignInFailed("audience") from None
    except jwt.PyJWTError:
        raise SignInFailed("id_token") from None


def signing_key(header: Mapping[str, Any], keys_url: str, issuers: Sequence[str]) -> Any:
    """Return the provider's key that the header names, new ones included; raises SignInFailed."""
    for within in (None, PAUSE_SECONDS):
        options: dict[str, Any] = {} if within is None else {"within": within}
        document = kept.get(keys_url, check_keys, **options)
        found = next(fitting(document, header, issuers), None)
        if found is not None:
            return found
    raise SignInFailed("id_token")


def fitting(
    document: Mapping[str, Any], header: Mapping[str, Any], issuers: Sequence[str]
) -> Iterator[Any]:
    """Return the keys that may have signed a token with this header for one of the issuers."""
    algorithm, kid = header.get("alg"), header.get("kid")
    for each in document["keys"][:MOST_KEYS]:
        if not isinstance(each, dict) or algorithm not in ALGORITHMS.get(str(each.get("kty")), ()):
            continue
        if each.get("use", "sig") != "sig" or each.get("alg", algorithm) != algorithm:
            continue
        if kid is not None and each.get("kid") != kid:
            continue
        if not signs_for(each, issuers):
            continue
        key = jwt.PyJWK(each, algorithm=algorithm).key
        if getattr(key, "key_size", SMALLEST_RSA_KEY) >= SMALLEST_RSA_KEY or each["kty"] != "RSA":
            yield key


def signs_for(key: Mapping[str, Any], issuers: Sequence[str]) -> bool:
    """Whether a key that says whose it is, as Microsoft's do, is of one of the issuers.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
    """
    issuer = key.get("issuer")
    if not isinstance(issuer, str):
        return True
    shape = re.escape(issuer).replace(r"\{tenantid\}", "[0-9a-f-]{36}")
    return any(re.fullmatch(shape, each) for each in issuers)


def check_keys(document: dict[str, Any]) -> None:
    """Raise SignInFailed unless the document is a set of keys."""
    if not isinstance(document.get("keys"), list):
        raise SignInFailed("malformed")


def refuse_other_party(told: Mapping[str, Any], audience: str) -> None:
    """Where a token is for several, or says to whom it was given, that must be us."""
    several = isinstance(told["aud"], list) and len(told["aud"]) > 1
    if (several or "azp" in told) and told.get("azp") != audience:
        raise SignInFailed("audience")


def refuse_other_sign_in(told: Mapping[str, Any], nonce: str) -> None:
    """A token must repeat what this very sign-in asked it to."""
    if not nonce or not constant_time_compare(str(told.get("nonce", "")), nonce):
        raise SignInFailed("nonce")


def subject_of(told: Mapping[str, Any]) -> str:
    """Return the person's id; raises SignInFailed where it is missing or unusable."""
    try:
        return required(told, "sub", SUBJECT)
    except SignInFailed:
        raise SignInFailed("no_subject") from None
