"""Who somebody is by the standard claims.

https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.claims import Claims
from connections.pictures import safe_picture
from connections.signin.people import address_of, name_of
from connections.signin.reading import text

NAMES = ("name", "nickname", "preferred_username", "email")


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; without a picture, for it could be anywhere."""
    return person(namespace, answer, ())


def person(namespace: str, answer: Mapping[str, Any], hosts: tuple[str, ...]) -> Claims:
    """Return the person, with a picture from the hosts; raises SignInFailed for wrong types."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, NAMES, answer["sub"]),
        picture=safe_picture(text(answer, "picture"), hosts),
        address=address,
        address_verified=verified,
    )
