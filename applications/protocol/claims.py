"""What an application learns about a person (OpenID Connect Core 1.0, 5)."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from applications.models import Grant
from applications.tokens.grants import Redeemed

SCOPE_CLAIMS = {"profile": ("name", "picture"), "email": ("email", "email_verified")}
# What can also be asked for by name.
PERSON_CLAIMS = frozenset(name for names in SCOPE_CLAIMS.values() for name in names)
CLAIMS_SUPPORTED = [
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "email",
    "email_verified",
    "exp",
    "iat",
    "idp",
    "iss",
    "name",
    "nonce",
    "picture",
    "sid",
    "sub",
]


def person_claims(
    *, name: str, picture: str, address: str, address_verified: bool
) -> dict[str, Any]:
    """Return everything about a person that applications can ask for, without empty values."""
    claims: dict[str, Any] = {"name": name, "picture": picture, "email": address}
    claims = {key: value for key, value in claims.items() if value}
    if address:
        claims["email_verified"] = address_verified
    return claims


def wanted_names(scope: Collection[str], asked: Mapping[str, Any], place: str) -> set[str]:
    """Return the names of the claims that belong into `place`: userinfo or id_token.

    A scope asks for userinfo only, because every answer has an access token (5.4).
    """
    names = set(asked.get(place, ()))
    if place == "userinfo":
        for each in scope:
            names.update(SCOPE_CLAIMS.get(each, ()))
    return names


def userinfo(found: Any) -> dict[str, Any]:
    """Return the answer for an access token that `find_token` has found."""
    claims = person_claims(
        name=found.person_name,
        picture=found.person_picture,
        address=found.person_address,
        address_verified=found.person_address_verified,
    )
    names = wanted_names(found.token_scope.split(), found.claims, "userinfo")
    answer = {name: value for name, value in claims.items() if name in names}
    if found.idp_claim:
        answer["idp"] = found.idp
    return {"sub": str(found.user_id), **answer}


def id_token_claims(
    redeemed: Redeemed,
    *,
    issuer: str,
    client_id: str,
    seconds: int,
    access_token: str,
    with_nonce: bool,
    with_idp: bool,
    person: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the claims of an id_token (2), `person` being what `person_claims` returns."""
    grant, now = redeemed.grant, int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": str(grant.user_id),
        "aud": client_id,
        "iat": now,
        "exp": now + seconds,
        "auth_time": int(grant.auth_time.timestamp()),
        "sid": str(grant.sid),
        "amr": grant.amr,
        "at_hash": at_hash(access_token),
    }
    if with_nonce and grant.nonce:
        claims["nonce"] = grant.nonce
    if with_idp:
        claims["idp"] = grant.idp
    names = wanted_names((), grant.claims, "id_token")
    return {**{name: value for name, value in person.items() if name in names}, **claims}


def at_hash(access_token: str) -> str:
    """Return the hash that binds an access token to its id_token (3.1.3.6); SHA-256 for both."""
    digest = sha256(access_token.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def needs_person(grant: Grant) -> bool:
    """Whether the id_token has claims about the person."""
    return bool(grant.claims.get("id_token"))
