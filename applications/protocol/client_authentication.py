"""Which application sends a request, and whether it proves it (RFC 6749, 2.3)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest

from applications.models import Application
from applications.tokens.hashing import is_client_id, is_well_formed
from core.limits import rate as limits
from core.postgresql.commits import UNSYNCHRONIZED_FROM
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text
from projects.models import Project

LONGEST_HEADER = 1000

# Attempts and times of use may be lost when PostgreSQL crashes, so nobody waits for the disk. All
# requests of a website count at one row, and would wait for each other.
FIND_SQL = f"""
WITH {limits.TAKE_ATTEMPT_CTE}, used AS (
    UPDATE applications_applicationsecret AS secret SET last_used_at = now()
    FROM applications_application AS application
    WHERE secret.application_id = application.id AND application.project_id = %(project)s
    AND application.client_id = %(client_id)s AND secret.hash = %(secret)s
    AND (secret.expires_at IS NULL OR secret.expires_at > now())
    AND (secret.last_used_at IS NULL OR secret.last_used_at < now() - interval '1 minute')
    AND EXISTS (SELECT FROM counted)
)
SELECT EXISTS (SELECT FROM counted) AS within, application.*, EXISTS (
    SELECT FROM applications_applicationsecret AS secret
    WHERE secret.application_id = application.id AND secret.hash = %(secret)s
    AND (secret.expires_at IS NULL OR secret.expires_at > now())
) AS has_secret
FROM {UNSYNCHRONIZED_FROM}
LEFT JOIN applications_application AS application
    ON application.project_id = %(project)s AND application.client_id = %(client_id)s
"""  # noqa: S608 - all parts are ours


@dataclass(frozen=True)
class Credentials:
    """What a request says about its sender."""

    client_id: str = ""
    secret: str = field(default="", repr=False)
    # The cause of a refusal, if the credentials themselves cannot be used.
    problem: str = ""


@dataclass(frozen=True)
class Sender:
    """The application that a request names, and whether it is proven."""

    application: Application | None
    # Why it is not proven, or "": a key of `developer_errors.MISTAKES`.
    problem: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether the request may act for the application."""
        return self.application is not None and not self.problem


def identify(
    request: HttpRequest, project: Project, form: Mapping[str, str], *, purpose: str
) -> Sender:
    """Return who sends the request; counts the attempt. Raises RateLimited. One statement."""
    credentials = read_credentials(request, form)
    allowance = limits.make_allowance(
        purpose, project.pk, limits.client_ip(request), amount=settings.MENKOU_LIMIT_TOKENS
    )
    application = find_application(project, credentials, allowance)
    if application is None:
        # The same answers as for an application that exists.
        return Sender(None, credentials.problem)
    return Sender(application, credentials.problem or find_problem(application, credentials))


def find_problem(application: Any, credentials: Credentials) -> str:
    """Return why the credentials do not prove that the application sends the request, or ""."""
    if not application.is_confidential:
        return "secret_unexpected" if credentials.secret else ""
    if not credentials.secret:
        return "secret_missing"
    return "" if application.has_secret else "secret_wrong"


def read_credentials(request: HttpRequest, form: Mapping[str, str]) -> Credentials:
    """Return the credentials of the header or of the form."""
    header = request.headers.get("Authorization", "")
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not header:
        return Credentials(client_id, secret)
    named = decode_basic(header)
    if named is None:
        return Credentials(client_id, problem="secret_wrong")
    two = bool(secret) or (client_id not in {"", named.client_id})
    return Credentials(named.client_id, problem="two_methods") if two else named


def decode_basic(header: str) -> Credentials | None:
    """Return the credentials of an Authorization header, or None.

    Both are form-encoded before they are joined (RFC 6749, 2.3.1). None of our characters is
    changed by that, so it does not matter whether a client does so.
    """
    scheme, _space, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(header) > LONGEST_HEADER:
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = text.partition(":")
    return Credentials(unquote_plus(client_id), unquote_plus(secret)) if colon else None


@retry_on_lost_connection
def find_application(
    project: Project, credentials: Credentials, allowance: limits.Allowance
) -> Application | None:
    """Take an attempt and return the project's application, with `has_secret`, or None."""
    client_id, secret = credentials.client_id, credentials.secret
    values = {
        "project": project.pk,
        "client_id": client_id if is_client_id(client_id) else "",
        "secret": hash_text(secret) if is_well_formed(secret) else "",
        **allowance.parameters,
    }
    (row,) = Application.objects.raw(FIND_SQL, values)
    if not row.within:  # type: ignore[attr-defined]
        raise limits.rate_limited_error(allowance)
    if row.pk is None:
        return None
    row.project = project
    return row


@retry_on_lost_connection
def find_by_client_id(project: Project, client_id: str) -> Application | None:
    """Return the project's application with this client id, or None; nothing is proven by it."""
    if not is_client_id(client_id):
        return None
    return project.applications.filter(client_id=client_id).first()


def single_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters that have one value that is not empty."""
    values: dict[str, str] = {}
    repeated = set()
    for name, value in pairs:
        if name in values:
            repeated.add(name)
        values[name] = value
    return {name: value for name, value in values.items() if value and name not in repeated}
