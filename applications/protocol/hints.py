"""Reads an id_token that an application sends as a hint (OpenID Connect Core 1.0, 3.1.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from applications.models import SigningAlgorithm
from applications.protocol.discovery import public_keys
from projects.models import Project

LONGEST = 4096
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Hint:
    """What an id_token of ours says."""

    subject: str
    # The client id of its application.
    audience: str


def subject_of_hint(project: Project, hint: str) -> str:
    """Return the subject of an id_token, or `UNKNOWN`, which is nobody. One statement."""
    found = read_hint(project, hint)
    return found.subject if found else UNKNOWN


def read_hint(project: Project, hint: str) -> Hint | None:
    """Return what an id_token says that we have issued, also after it has expired, or None.

    One statement.
    """
    if len(hint) > LONGEST or not hint.isascii():
        return None
    import jwt  # Installations without applications never need it.

    try:
        kid = jwt.get_unverified_header(hint).get("kid")
        known = next(each for each in public_keys(project) if each["kid"] == kid)
        claims = jwt.decode(
            hint,
            jwt.PyJWK(known),
            algorithms=[each.value for each in SigningAlgorithm],
            issuer=project.issuer,
            options={"verify_exp": False, "verify_aud": False, "require": ["sub", "iss", "aud"]},
        )
    except (jwt.PyJWTError, StopIteration, ValueError):
        return None
    subject, audience = claims["sub"], claims["aud"]
    if not (isinstance(subject, str) and isinstance(audience, str)):
        return None
    return Hint(subject, audience)
