"""Claims of a user by the standard claims.

https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.protocols.pictures import https_picture
from connections.protocols.profiles import Names, email_claim, is_true, name_of
from connections.values.claims import Claims

NAMES: Names = ("name", ("given_name", "family_name"), "nickname", "preferred_username", "email")


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims."""
    return person(namespace, answer)


def parse_claims_with_texts(
    settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]
) -> Claims:
    """Return the user's claims, at a provider that may send `email_verified` as a text."""
    return person(namespace, {**answer, "email_verified": is_true(answer.get("email_verified"))})


def person(namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims, with a picture that may be on any host."""
    address, verified = email_claim(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, NAMES),
        picture=https_picture(answer.get("picture")),
        address=address,
        address_verified=verified,
    )
