"""The state of a sign-in: a row and a cookie, valid for ten minutes and for one use.

The row is marked as taken when a callback uses it, and has the outcome for a minute after the end
of the sign-in: the same browser may repeat its callback and gets the same outcome. An expired row
is kept for an hour, so that a callback that comes too late can be told from one of a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest, HttpResponse

from connections.models import Connection, PendingSignIn
from core.http.deadlines import DEADLINE_SECONDS
from core.limits import rate as limits
from core.postgresql.commits import UNSYNCHRONIZED_FROM
from core.postgresql.json_columns import decode_json
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, is_random_text, new_random_text
from projects.models import Project

MINUTES = 10
# How long the outcome of a sign-in can be had again.
REPEAT_SECONDS = 60
# How long an expired sign-in is recognized.
RECOGNIZED_MINUTES = 60
# A sign-in that has not ended by then never will: its process is gone.
LONGEST_SECONDS = DEADLINE_SECONDS + 3
# The worker deletes rows that are no longer recognized, and counts who never came back. Where none
# runs, each start deletes a few rows of the day before.
SWEEP = 20
SWEEP_AFTER_MINUTES = 24 * 60


def browser_key(request: HttpRequest) -> str:
    """Return the browser's key or a new one. Sign-ins in two tabs share it."""
    key = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    return key if is_random_text(key) else new_random_text()


# No statement of a pending sign-in waits for the disk. The commit that ends a sign-in does, and
# writes what they changed too: nobody is signed in by a state that can be taken again. A crash of
# PostgreSQL may lose the last starts, whose callbacks then find no sign-in.

# Also deletes a few rows that the worker has left. An array, because PostgreSQL may run a
# subquery in IN repeatedly, each time with a new limit.
SAVE_SQL = f"""
WITH swept AS (
    DELETE FROM connections_pendingsignin WHERE state_hash = ANY(ARRAY(
        SELECT state_hash FROM connections_pendingsignin
        WHERE expires_at < now() - make_interval(mins => %(sweep_after)s)
        LIMIT %(sweep)s FOR UPDATE SKIP LOCKED))
), {limits.SWEEP_BUCKETS_CTE}
INSERT INTO connections_pendingsignin
    (state_hash, browser_hash, connection_id, pkce_verifier, nonce, next, started_at, expires_at)
SELECT %(state)s, %(browser)s, id, %(pkce_verifier)s, %(nonce)s, %(next)s,
    now(), now() + make_interval(mins => %(minutes)s)
FROM {UNSYNCHRONIZED_FROM}, connections_connection AS connection
WHERE id = %(connection)s AND enabled FOR SHARE OF connection
ON CONFLICT (state_hash) DO UPDATE SET expires_at = EXCLUDED.expires_at
"""  # noqa: S608 - all parts are ours

CONNECTION_FIELDS = [each.attname for each in Connection._meta.concrete_fields]
CONNECTION_COLUMNS = ", ".join(f"connection.{each}" for each in CONNECTION_FIELDS)

FIND_SQL = f"""
WITH {limits.TAKE_ATTEMPT_CTE}
SELECT EXISTS (SELECT FROM counted), {CONNECTION_COLUMNS},
    ARRAY(SELECT field FROM connections_storedsecret WHERE connection_id = connection.id)
FROM {UNSYNCHRONIZED_FROM} LEFT JOIN connections_connection AS connection
    ON connection.project_id = %(project)s AND connection.alias = %(alias)s
    AND NOT connection.is_unpublished
"""  # noqa: S608 - all parts are ours

CONSUME_SQL = f"""
WITH {limits.TAKE_ATTEMPT_CTE}, taken AS (
    UPDATE connections_pendingsignin AS pending SET taken_at = now(), taken_by = %(attempt)s
    FROM connections_connection AS connection
    WHERE pending.state_hash = %(state)s AND pending.browser_hash = %(browser)s
    AND pending.connection_id = connection.id
    AND (pending.taken_at IS NULL OR pending.taken_by = %(attempt)s)
    AND connection.project_id = %(project)s AND connection.alias = %(alias)s
    AND EXISTS (SELECT FROM counted)
    RETURNING pending.*
)
SELECT EXISTS (SELECT FROM counted), {CONNECTION_COLUMNS},
    ARRAY(SELECT field FROM connections_storedsecret WHERE connection_id = connection.id
        ORDER BY id),
    ARRAY(SELECT ciphertext FROM connections_storedsecret WHERE connection_id = connection.id
        ORDER BY id),
    known.browser_hash = %(browser)s, known.started_at, known.stray_reference, known.next,
    taken.pkce_verifier, taken.nonce, taken.next, taken.posted, taken.started_at,
    taken.state_hash, taken.expires_at <= now()
FROM {UNSYNCHRONIZED_FROM} LEFT JOIN connections_connection AS connection
    ON connection.project_id = %(project)s AND connection.alias = %(alias)s
    AND NOT connection.is_unpublished
LEFT JOIN taken ON true
LEFT JOIN connections_pendingsignin AS known
    ON known.state_hash = %(state)s AND known.connection_id = connection.id
"""  # noqa: S608 - all parts are ours

RELEASE_SQL = """
UPDATE connections_pendingsignin SET taken_at = NULL, taken_by = NULL
WHERE state_hash = %s AND reference = ''
"""

OUTCOME_SQL = """
SELECT reference, next, started_at, taken_at, taken_at < now() - make_interval(secs => %s),
    expires_at > now()
FROM connections_pendingsignin WHERE state_hash = %s AND taken_at IS NOT NULL
"""

KEEP_STRAY_SQL = """
UPDATE connections_pendingsignin
SET stray_reference = COALESCE(NULLIF(stray_reference, ''), %s)
WHERE state_hash = %s RETURNING stray_reference
"""


# The sealed secrets of a connection, by name.
Sealed = Mapping[str, bytes | memoryview]


@dataclass(frozen=True)
class Pending:
    """A pending sign-in that a callback has taken."""

    pkce_verifier: str
    nonce: str
    next_path: str
    posted: bytes | None
    started_at: datetime
    # Empty for a sign-in without a row.
    state_hash: str = ""
    # Whether the callback came too late.
    is_expired: bool = False


@dataclass(frozen=True)
class Stray:
    """The sign-in of another browser than the one that sent its state."""

    state_hash: str
    started_at: datetime
    # Of the record of an earlier one like this, or "".
    reference: str
    # Not for this browser: who has copied a callback learns nothing about its sign-in.
    next_path: str


@dataclass(frozen=True)
class Consumed:
    """What a callback found: a connection, its encrypted secrets, and the sign-in that it took."""

    connection: Connection
    sealed_secrets: Sealed
    pending: Pending | None
    # Whether another request of the same browser has taken the sign-in.
    is_repeated: bool
    stray: Stray | None = None


@dataclass(frozen=True)
class Taken:
    """A sign-in that another request has taken."""

    # Of its outcome, or "" while it is running.
    reference: str
    next_path: str
    started_at: datetime
    taken_at: datetime
    # Whether it would have ended by now.
    is_overdue: bool
    # Whether its outcome can be had again.
    is_current: bool


@retry_on_lost_connection
def find_connection(
    project: Project, alias: str, *, allowance: limits.Allowance
) -> tuple[Connection, frozenset[str]]:
    """Return the connection and the names of its secrets; counts the attempt.

    Raises RateLimited or Connection.DoesNotExist.
    """
    connection, (secret_names,) = _counted(FIND_SQL, project, alias, allowance)
    return connection, frozenset(secret_names)


@retry_on_lost_connection
def consume_pending(
    project: Project,
    alias: str,
    *,
    state: str,
    browser: str,
    attempt: UUID,
    allowance: limits.Allowance,
) -> Consumed:
    """Take the pending sign-in; count the attempt.

    One statement, so that only one of parallel callbacks takes it, and a callback over the limit
    takes nothing and can be repeated. The same `attempt` can take it again. Raises as
    `find_connection` does.
    """
    connection, row = _counted(
        CONSUME_SQL,
        project,
        alias,
        allowance,
        state=hash_text(state),
        browser=hash_text(browser),
        attempt=attempt,
    )
    secret_names, ciphertexts, is_same_browser, started_at, reference, next_path, *taken = row
    pending = Pending(*taken) if taken[-1] is not None else None
    stray = None
    if pending is None and is_same_browser is False:
        stray = Stray(hash_text(state), started_at, reference, next_path)
    is_repeated = pending is None and is_same_browser is True
    sealed = dict(zip(secret_names, ciphertexts, strict=True))
    return Consumed(connection, sealed, pending, is_repeated, stray)


@retry_on_lost_connection
def find_next_path(project: Project, state: str, browser: str) -> str:
    """Return where a sign-in of this browser goes on, or "": one statement."""
    own = PendingSignIn.objects.filter(
        state_hash=hash_text(state),
        browser_hash=hash_text(browser),
        connection__project=project,
    )
    return own.values_list("next", flat=True).first() or ""


def release_pending(pending: Pending) -> None:
    """Let another callback take the pending sign-in."""
    with database.cursor() as cursor:
        cursor.execute(RELEASE_SQL, [pending.state_hash])


def find_taken(state: str) -> Taken | None:
    """Return the sign-in that another request of the same browser has taken."""
    with database.cursor() as cursor:
        cursor.execute(OUTCOME_SQL, [LONGEST_SECONDS, hash_text(state)])
        row = cursor.fetchone()
    return Taken(*row) if row else None


def keep_stray_reference(stray: Stray, reference: str) -> str:
    """Keep the reference of the record unless there is an earlier one; return the one that is kept.

    Returns "" if the sign-in is gone.
    """
    with database.cursor() as cursor:
        cursor.execute(KEEP_STRAY_SQL, [reference, stray.state_hash])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _counted(
    statement: str, project: Project, alias: str, allowance: limits.Allowance, **parameters: Any
) -> tuple[Connection, Sequence[Any]]:
    """Return the connection, and what the statement selects after its columns."""
    values = {"project": project.pk, "alias": alias, **parameters, **allowance.parameters}
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        is_within, *row = cursor.fetchone()
    if not is_within:
        raise limits.rate_limited_error(allowance)
    # Not by a raw query, which examines the columns each time: 0.3 ms.
    count = len(CONNECTION_FIELDS)
    connection = Connection.from_db(database.alias, CONNECTION_FIELDS, row[:count])
    if connection.pk is None:
        raise Connection.DoesNotExist
    decode_json(connection)
    connection.project = project
    return connection, row[count:]


@retry_on_lost_connection
def save_pending(
    connection: Connection,
    *,
    state: str,
    browser: str,
    pkce_verifier: str,
    nonce: str = "",
    next_path: str,
) -> bool:
    """Save the pending sign-in; return False if the connection is turned off or deleted by now.

    One statement, which also deletes a few old rows.
    """
    with database.cursor() as cursor:
        cursor.execute(
            SAVE_SQL,
            {
                "sweep": SWEEP,
                "sweep_after": SWEEP_AFTER_MINUTES,
                "state": hash_text(state),
                "browser": hash_text(browser),
                "pkce_verifier": pkce_verifier,
                "nonce": nonce,
                "next": next_path,
                "minutes": MINUTES,
                "connection": connection.pk,
            },
        )
        return bool(cursor.rowcount)


def set_browser_cookie(response: HttpResponse, key: str) -> None:
    """Set the cookie that ties the sign-in to this browser.

    It lasts as long as the sign-in is recognized. The key alone allows nothing.
    """
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        key,
        max_age=(MINUTES + RECOGNIZED_MINUTES) * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
