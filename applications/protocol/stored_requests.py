"""Authorization requests that wait until their person has signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from django.utils import timezone

from applications.models import Application, AuthorizationRequest
from applications.protocol.parameters import AuthorizationParameters
from applications.redirect_uris import matches
from applications.tokens.hashing import is_client_id
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, is_random_text, new_random_text
from projects.models import Project

CONTINUE = "/oauth2/continue"
VALID = timedelta(hours=1)
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
    # Whether it is too old, its application has had its code for a while, or its redirect URI is
    # not registered any more.
    is_over: bool


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
    is_withdrawn = not matches(row.application, parameters.redirect_uri)
    return StoredRequest(
        row.id_hash,
        row.application,
        parameters,
        row.created_at,
        is_over=is_done or is_withdrawn or row.expires_at <= now,
    )


def find_request_of_path(project: Project, path: str) -> StoredRequest | None:
    """Return the request to which a path of ours leads after a sign-in, or None."""
    target, _mark, query = path.partition("?")
    if target != CONTINUE:
        return None
    named = dict(parse_qsl(query))
    return find_request(project, named.get("application", ""), named.get("request", ""))


@retry_on_lost_connection
def complete_request(stored: StoredRequest) -> None:
    """Remember when the application got its first code."""
    AuthorizationRequest.objects.filter(id_hash=stored.id_hash, completed_at=None).update(
        completed_at=timezone.now()
    )


def request_query(client_id: str, request_id: str) -> str:
    """Return the query by which the sign-in page and `CONTINUE` know a request."""
    return urlencode({"application": client_id, "request": request_id})


def continue_path(client_id: str, request_id: str) -> str:
    """Return where the browser goes after the sign-in."""
    return f"{CONTINUE}?{request_query(client_id, request_id)}"
