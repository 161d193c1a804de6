"""Sign-outs that applications ask for (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from applications.models import Application, LogoutRequest
from applications.protocol.client_authentication import find_by_client_id
from applications.protocol.developer_errors import record_mistake
from applications.protocol.hints import read_hint
from applications.redirect_uris import with_parameters
from connections.models import EndUserSession
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, is_random_text, new_random_text
from projects.models import Project

NAMES = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state"})
LONGEST = 4096
VALID = timedelta(hours=1)
LONGEST_TARGET = LogoutRequest._meta.get_field("target").max_length or 0


@dataclass(frozen=True)
class WantedLogout:
    """A sign-out that somebody asks for, checked."""

    application: Application | None = None
    # Where the browser goes afterwards, with the state; empty for a page of ours.
    target: str = ""
    # Whom an id_token of ours names, or "".
    subject: str = ""
    # Whether a part of the request is wrong, so that nobody may be redirected.
    is_wrong: bool = False

    def needs_consent(self, session: EndUserSession | None) -> bool:
        """Whether the person has to confirm it: any website can send a browser here.

        An id_token proves that its application asks for its own person.
        """
        return session is not None and self.subject != str(session.user_id)


def read_request(project: Project, sent: Mapping[str, str]) -> WantedLogout:
    """Return the sign-out that the parameters ask for. Up to two statements.

    `sent` has the parameters that were sent once and are not empty.
    """
    if any(len(value) > LONGEST for value in sent.values()):
        return WantedLogout(is_wrong=True)
    hint = read_hint(project, sent["id_token_hint"]) if "id_token_hint" in sent else None
    if "id_token_hint" in sent and hint is None:
        return WantedLogout(is_wrong=True)
    client_id = sent.get("client_id", hint.audience if hint else "")
    if hint is not None and hint.audience != client_id:
        return WantedLogout(is_wrong=True)
    application = find_by_client_id(project, client_id)
    subject = hint.subject if hint else ""
    wanted = sent.get("post_logout_redirect_uri", "")
    if not wanted:
        return WantedLogout(application, subject=subject)
    if application is None:
        return WantedLogout(is_wrong=True)
    if wanted not in application.post_logout_redirect_uris:
        record_mistake(
            application,
            "post_logout_redirect_uri_unknown",
            field="post_logout_redirect_uri",
            received=wanted,
        )
        return WantedLogout(application, subject=subject, is_wrong=True)
    state = sent.get("state")
    target = with_parameters(wanted, [("state", state)]) if state else wanted
    if len(target) > LONGEST_TARGET:
        # Each character of a state can take nine when it is encoded.
        return WantedLogout(application, subject=subject, is_wrong=True)
    return WantedLogout(application, target, subject)


@retry_on_lost_connection
def store_request(project: Project, wanted: WantedLogout) -> str:
    """Store a sign-out until it is confirmed, and return its id: one statement."""
    request_id = new_random_text()
    LogoutRequest.objects.create(
        id_hash=hash_text(request_id),
        project=project,
        application=wanted.application,
        target="" if wanted.is_wrong else wanted.target,
        subject="" if wanted.is_wrong else wanted.subject[:36],
    )
    return request_id


@retry_on_lost_connection
def find_request(project: Project, request_id: str) -> WantedLogout | None:
    """Return a stored sign-out, or None where it is unknown or older than an hour."""
    if not is_random_text(request_id):
        return None
    row = (
        LogoutRequest.objects.select_related("application")
        .filter(
            id_hash=hash_text(request_id), project=project, created_at__gt=timezone.now() - VALID
        )
        .first()
    )
    return WantedLogout(row.application, row.target, row.subject) if row else None
