"""Authorization requests that wait until their person has signed in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from applications.models import Application, AuthorizationRequest
from applications.protocol.client_authentication import find_by_client_id
from applications.protocol.parameters import AuthorizationParameters
from applications.redirect_uris import matches
from applications.tokens.hashing import is_client_id
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, is_random_text, new_random_text
from projects.models import Project

CONTINUE = "/oauth2/continue"
CONSENT = "/oauth2/consent"
CANCEL = "/oauth2/cancel"
VALID = timedelta(hours=1)
# A request that its application has sent directly is used at once.
PUSHED_VALID = timedelta(seconds=60)
PUSHED_URN = "urn:ietf:params:oauth:request_uri:"
# After the application has its code, the same browser may ask again for so long: two clicks, a
# reload.
REPEATED = timedelta(minutes=1)


@dataclass(frozen=True)
class StoredRequest:
    """A stored authorization request, as it is now."""

    id_hash: str
    application: Application
    parameters: AuthorizationParameters
    requested_at: datetime
    # Who has allowed it, or None.
    consented_by: UUID | None
    # Whether it is too old, its application has had its code for a while, or its redirect URI is
    # not registered any more.
    is_over: bool

    def allows(self, alias: str) -> bool:
        """Whether a sign-in by the connection with this alias can satisfy the request."""
        allowed = self.application.connections
        return self.parameters.accepts(alias) and (not allowed or alias in allowed)

    def skips_sign_in_page(self, alias: str) -> bool:
        """Whether it asks for this connection, and its person may leave for the provider."""
        asked = bool(self.parameters.connection) and self.allows(alias)
        return asked and not self.is_over and "none" not in self.parameters.prompt


@retry_on_lost_connection
def store_request(application: Application, parameters: AuthorizationParameters) -> str:
    """Store a request for an hour and return its id: one statement."""
    request_id, now = new_random_text(), timezone.now()
    AuthorizationRequest.objects.create(
        id_hash=hash_text(request_id),
        application=application,
        parameters=parameters.as_json(),
        expires_at=now + VALID,
    )
    return request_id


@retry_on_lost_connection
def find_request(project: Project, client_id: str, request_id: str) -> StoredRequest | None:
    """Return the stored request of an application, or None: one statement."""
    if not (is_client_id(client_id) and is_random_text(request_id)):
        return None
    row = (
        AuthorizationRequest.objects.select_related("application")
        .filter(
            id_hash=hash_text(request_id),
            is_pushed=False,
            application__client_id=client_id,
            application__project=project,
        )
        .first()
    )
    if row is None:
        return None
    now = timezone.now()
    is_done = row.completed_at is not None and row.completed_at < now - REPEATED
    row.application.project = project
    parameters = AuthorizationParameters.from_json(row.parameters)
    return StoredRequest(
        row.id_hash,
        row.application,
        parameters,
        row.created_at,
        row.consented_by,
        is_over=is_done or is_withdrawn(row.application, parameters) or row.expires_at <= now,
    )


def is_withdrawn(application: Application, parameters: AuthorizationParameters) -> bool:
    """Whether the redirect URI of a stored request is not registered any more."""
    return not (parameters.is_sample or matches(application, parameters.redirect_uri))


@retry_on_lost_connection
def push_request(application: Application, parameters: AuthorizationParameters) -> str:
    """Store a request that its application sends directly; return its request_uri (RFC 9126)."""
    request_id = new_random_text()
    AuthorizationRequest.objects.create(
        id_hash=hash_text(request_id),
        application=application,
        parameters=parameters.as_json(),
        expires_at=timezone.now() + PUSHED_VALID,
        is_pushed=True,
    )
    return PUSHED_URN + request_id


@retry_on_lost_connection
def take_pushed_request(
    application: Application, request_uri: str
) -> AuthorizationParameters | None:
    """Return a pushed request of the application, once, or None: one statement."""
    request_id = request_uri.removeprefix(PUSHED_URN)
    if not is_random_text(request_id):
        return None
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM applications_authorizationrequest WHERE id_hash = %s"
            " AND application_id = %s AND is_pushed AND expires_at > now() RETURNING parameters",
            [hash_text(request_id), application.pk],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    parameters = AuthorizationParameters.from_json(json.loads(row[0]))
    return None if is_withdrawn(application, parameters) else parameters


def find_request_of_path(project: Project, path: str) -> StoredRequest | None:
    """Return the request to which a path of ours leads after a sign-in, or None."""
    target, _mark, query = path.partition("?")
    if target != CONTINUE:
        return None
    named = dict(parse_qsl(query))
    return find_request(project, named.get("application", ""), named.get("request", ""))


def find_application_of_path(project: Project, path: str) -> Application | None:
    """Return the application to which a path of ours leads after a sign-in, or None."""
    target, _mark, query = path.partition("?")
    if target != CONTINUE:
        return None
    return find_by_client_id(project, dict(parse_qsl(query)).get("application", ""))


@retry_on_lost_connection
def complete_request(stored: StoredRequest) -> None:
    """Remember when the application got its first code."""
    AuthorizationRequest.objects.filter(id_hash=stored.id_hash, completed_at=None).update(
        completed_at=timezone.now()
    )


def request_query(client_id: str, request_id: str, connection: str = "") -> str:
    """Return the query by which the sign-in page and `CONTINUE` know a request.

    With a connection, the sign-in page shows no other.
    """
    only = {"connection": connection} if connection else {}
    return urlencode({"application": client_id, "request": request_id, **only})


def consent_path(client_id: str, request_id: str) -> str:
    """Return the page that asks the person."""
    return f"{CONSENT}?{request_query(client_id, request_id)}"


def continue_path(client_id: str, request_id: str, *, is_new: bool = False) -> str:
    """Return where the browser goes after the sign-in.

    A new request may lead from there straight to a provider; others never do, so that nobody who
    comes back from a provider is sent there again.
    """
    new = "&new=1" if is_new else ""
    return f"{CONTINUE}?{request_query(client_id, request_id)}{new}"


def straight_path(alias: str, client_id: str, request_id: str) -> str:
    """Return where a new request that asks for a connection leads straight to the provider."""
    return f"/sso/{alias}/go?{request_query(client_id, request_id)}"
