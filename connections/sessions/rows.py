"""Sessions of end users in the database: begin, find, list; each is one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections.models import Connection, EndUserSession
from connections.sessions.ending import EndedSession, tell_listeners
from core.postgresql.json_columns import decode_json
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text
from projects.models import Project, User

IDLE_DAYS = 14
LONGEST_DAYS = 180
# A person has fewer, unless a program signs in again and again.
MOST_LISTED = 100
# A visit moves `last_seen_at` if it is older than this.
SEEN_MINUTES = 5
# Somebody else has authenticated the person: a provider.
FEDERATED = ("fed",)

# The connection is locked first, as a deletion does, then the person, then the old session. If
# one of them is deleted at this moment, the insert waits and does not refer to it. A person who is
# blocked at this moment gets no session. One who signs in again goes on with the session that
# applications know, under a new key.
BEGIN_SQL = """
WITH connection AS MATERIALIZED (
    SELECT id FROM connections_connection WHERE id = %(connection)s FOR KEY SHARE
), person AS MATERIALIZED (
    SELECT id, project_id FROM projects_user
    WHERE id = %(user)s AND project_id = %(project)s AND is_active
    AND (SELECT count(*) FROM connection) >= 0
    FOR SHARE
), ended AS (
    DELETE FROM connections_endusersession
    WHERE key_hash = %(old_key)s AND project_id = %(project)s
    AND (SELECT count(*) FROM person) >= 0
    RETURNING sid, user_id
)
INSERT INTO connections_endusersession (sid, key_hash, project_id, user_id, connection_id, alias,
    provider, namespace, subject, claims, amr, auth_time, created_at, last_seen_at, expires_at,
    browser, address)
SELECT COALESCE((SELECT sid FROM ended WHERE ended.user_id = person.id), %(sid)s), %(key)s,
    project_id, id, (SELECT id FROM connection), %(alias)s, %(provider)s, %(namespace)s,
    %(subject)s, %(claims)s::jsonb, %(amr)s::jsonb, %(auth_time)s, now(), now(),
    now() + make_interval(days => %(idle)s), %(browser)s, %(address)s::inet
FROM person
ON CONFLICT (key_hash) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at
RETURNING (SELECT sid FROM ended WHERE ended.user_id <> connections_endusersession.user_id),
    (SELECT user_id FROM ended)
"""

SESSION_FIELDS = [each.attname for each in EndUserSession._meta.concrete_fields]
USER_FIELDS = [each.attname for each in User._meta.concrete_fields]
COLUMNS = ", ".join(
    [
        *(f"session.{each} AS session_{each}" for each in SESSION_FIELDS),
        *(f"person.{each} AS person_{each}" for each in USER_FIELDS),
    ]
)

# Of several visits at once, one moves the row; the others see that it has been moved.
FIND_SQL = f"""
WITH found AS (
    SELECT {COLUMNS} FROM connections_endusersession AS session
    JOIN projects_user AS person
        ON person.id = session.user_id AND person.project_id = session.project_id
    WHERE session.key_hash = %(key)s AND session.project_id = %(project)s
    AND session.expires_at > now() AND person.is_active
), seen AS (
    UPDATE connections_endusersession AS session SET last_seen_at = now(),
        expires_at = LEAST(now() + make_interval(days => %(idle)s),
            session.created_at + make_interval(days => %(longest)s))
    FROM found WHERE session.sid = found.session_sid
    AND session.last_seen_at < now() - make_interval(mins => %(seen)s)
)
SELECT * FROM found
"""  # noqa: S608 - all parts are ours


@dataclass(frozen=True, kw_only=True)
class FederatedSignIn:
    """A sign-in by a connection, as far as its session keeps it."""

    user: User
    connection: Connection
    namespace: str
    subject: str
    # Further ids at the provider, for applications.
    claims: Mapping[str, Any] = field(default_factory=dict)
    # When the browser came back from the provider.
    returned_at: datetime


def begin_session(
    sign_in: FederatedSignIn, *, key: str, old_key: str, browser: str, address: str | None
) -> bool:
    """Store a session under a new key, and end the one with the old key, which may be "".

    Returns False if the person is deleted or blocked by now.
    """
    return _begin(
        {
            "sid": uuid4(),
            "key": hash_text(key),
            "old_key": hash_text(old_key) if old_key else "",
            "project": sign_in.connection.project_id,
            "user": sign_in.user.pk,
            "connection": sign_in.connection.pk,
            "alias": sign_in.connection.alias,
            "provider": sign_in.connection.provider,
            "namespace": sign_in.namespace,
            "subject": sign_in.subject,
            "claims": json.dumps(dict(sign_in.claims)),
            "amr": json.dumps(FEDERATED),
            "auth_time": sign_in.returned_at,
            "idle": IDLE_DAYS,
            "browser": browser,
            "address": address,
        }
    )


# The key is the same in each attempt: a session whose commit nobody heard of is found again.
@retry_on_lost_connection
def _begin(values: Mapping[str, Any]) -> bool:
    # A session of another person may end, and that has to be told in the same transaction.
    with transaction.atomic() if values["old_key"] else nullcontext():
        with database.cursor() as cursor:
            cursor.execute(BEGIN_SQL, values)
            row = cursor.fetchone()
        if row is not None and row[0] is not None:
            tell_listeners([EndedSession(*row)])
    return row is not None


@retry_on_lost_connection
def find_session(project: Project, key: str) -> EndUserSession | None:
    """Return the project's session with this key and its user, or None.

    Also notes that the session was used, unless that was noted a moment ago.
    """
    values: dict[str, Any] = {
        "key": hash_text(key),
        "project": project.pk,
        "idle": IDLE_DAYS,
        "longest": LONGEST_DAYS,
        "seen": SEEN_MINUTES,
    }
    with database.cursor() as cursor:
        cursor.execute(FIND_SQL, values)
        row = cursor.fetchone()
    if row is None:
        return None
    count = len(SESSION_FIELDS)
    session = EndUserSession.from_db(database.alias, SESSION_FIELDS, row[:count])
    decode_json(session)
    session.user = User.from_db(database.alias, USER_FIELDS, row[count:])
    session.project = session.user.project = project
    return session


@retry_on_lost_connection
def list_sessions(person: User) -> list[EndUserSession]:
    """Return the sessions of an end user, the one that was used last first."""
    valid = EndUserSession.objects.filter(user=person, expires_at__gt=timezone.now())
    return list(valid.order_by("-last_seen_at", "sid")[:MOST_LISTED])
