"""Reads an id_token that an application sends as a hint (OpenID Connect Core 1.0, 3.1.2.1)."""

from __future__ import annotations

import jwt

from applications.models import SigningAlgorithm
from applications.protocol.discovery import public_keys
from projects.models import Project

LONGEST = 4096
UNKNOWN = "unknown"


def subject_of_hint(project: Project, hint: str) -> str:
    """Return the subject of an id_token that we have issued, also after it has expired.

    Returns `UNKNOWN`, which is nobody, for any other text. One statement.
    """
    if len(hint) > LONGEST or not hint.isascii():
        return UNKNOWN
    try:
        kid = jwt.get_unverified_header(hint).get("kid")
        known = next(each for each in public_keys(project) if each["kid"] == kid)
        claims = jwt.decode(
            hint,
            jwt.PyJWK(known),
            algorithms=[each.value for each in SigningAlgorithm],
            issuer=project.issuer,
            options={"verify_exp": False, "verify_aud": False, "require": ["sub", "iss"]},
        )
    except (jwt.PyJWTError, StopIteration, ValueError):
        return UNKNOWN
    subject = claims["sub"]
    return subject if isinstance(subject, str) else UNKNOWN
