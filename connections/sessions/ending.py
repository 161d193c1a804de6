"""Ends sessions, and tells those who want to know it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from connections.models import EndUserSession
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text
from projects.models import Project, User

# Locked in one order, so that two requests that end the same sessions do not block each other.
END_SQL = """
WITH held AS MATERIALIZED (
    SELECT sid FROM connections_endusersession WHERE project_id = %(project)s
    AND (key_hash = %(key)s OR sid = %(sid)s OR user_id = %(user)s)
    AND sid IS DISTINCT FROM %(kept)s ORDER BY sid FOR UPDATE
)
DELETE FROM connections_endusersession WHERE sid IN (SELECT sid FROM held)
RETURNING sid, user_id
"""


@dataclass(frozen=True)
class EndedSession:
    """A session that has ended."""

    sid: UUID
    user_id: UUID


Listener = Callable[[Sequence[EndedSession]], None]
_listeners: list[Listener] = []


def on_sessions_ended(listener: Listener) -> None:
    """Call the listener whenever sessions end, in the same transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_listeners(ended: Sequence[EndedSession]) -> None:
    """Tell the listeners about sessions that the open transaction has ended."""
    for listener in _listeners if ended else ():
        listener(ended)


def end_session_of_browser(project: Project, key: str) -> None:
    """End the project's session with this key, if there is one."""
    _end(project, key=hash_text(key))


def end_session(person: User, sid: UUID) -> list[EndedSession]:
    """End one session of an end user, if it is theirs. Returns those that have ended."""
    project = person.project
    theirs = EndUserSession.objects.filter(sid=sid, user=person)
    return _end(project, sid=sid) if project is not None and theirs.exists() else []


def end_sessions_of(person: User) -> list[EndedSession]:
    """End all sessions of an end user, and return them."""
    return [] if person.project is None else _end(person.project, user=person.pk)


def end_other_sessions(session: EndUserSession) -> None:
    """End all sessions of the person of this one, but not this one."""
    _end(session.project, user=session.user_id, kept=session.sid)


@retry_on_lost_connection
@transaction.atomic
def _end(
    project: Project,
    *,
    key: str | None = None,
    sid: UUID | None = None,
    user: UUID | None = None,
    kept: UUID | None = None,
) -> list[EndedSession]:
    values = {"project": project.pk, "key": key, "sid": sid, "user": user, "kept": kept}
    with database.cursor() as cursor:
        cursor.execute(END_SQL, values)
        ended = [EndedSession(*row) for row in cursor.fetchall()]
    tell_listeners(ended)
    return ended
