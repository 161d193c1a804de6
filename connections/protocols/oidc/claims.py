"""Claims of a user by the standard claims.

https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import Names, email_claim, name_of
from connections.protocols.responses import text
from connections.values.claims import Claims

NAMES: Names = ("name", ("given_name", "family_name"), "nickname", "preferred_username", "email")


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims. The picture is dropped because it could be on any host."""
    return person(namespace, answer, ())


def person(namespace: str, answer: Mapping[str, Any], hosts: tuple[str, ...]) -> Claims:
    """Return the user's claims, with a picture from the hosts."""
    address, verified = email_claim(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, NAMES),
        picture=safe_picture(text(answer, "picture"), hosts),
        address=address,
        address_verified=verified,
    )
