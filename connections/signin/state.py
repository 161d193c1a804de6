"""The state of a sign-in: a row, a cookie, ten minutes, one use."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest, HttpResponse

from connections import limits
from connections.models import Connection, PendingSignIn
from projects.models import Project

MINUTES = 10
ALPHABET = string.ascii_letters + string.digits
# 190 bits each. WeChat's state may be at most 128 letters and digits.
LENGTH = 32
_random = secrets.SystemRandom()
# Of the rows that expired, each start removes a few, so that no scheduler is needed.
SWEEP = 20


def hashed(value: str) -> str:
    """Return what the database keeps of a value that only the browser may know."""
    return sha256(value.encode()).hexdigest()


def new_value() -> str:
    """Return a fresh state or browser key."""
    return "".join(_random.choices(ALPHABET, k=LENGTH))


def is_value(value: str) -> bool:
    """Whether this may be a state or browser key of ours."""
    return len(value) == LENGTH and set(value) <= set(ALPHABET)


def browser_key(request: HttpRequest) -> str:
    """Return the browser's key, or a new one: sign-ins in two tabs share it."""
    key = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    return key if is_value(key) else new_value()


# A few of those who never came back go, too. An array, because a subquery behind IN may be run,
# and its limit begin, anew.
KEEP = f"""
WITH swept AS (
    DELETE FROM connections_pendingsignin WHERE state_hash = ANY(ARRAY(
        SELECT state_hash FROM connections_pendingsignin WHERE expires_at < now()
        LIMIT %(sweep)s FOR UPDATE SKIP LOCKED))
), {limits.FORGOTTEN}
INSERT INTO connections_pendingsignin
    (state_hash, browser_hash, connection_id, pkce_verifier, nonce, next, mode,
    started_at, expires_at)
SELECT %(state)s, %(browser)s, id, %(pkce_verifier)s, %(nonce)s, %(next)s, %(mode)s,
    now(), now() + make_interval(mins => %(minutes)s)
FROM connections_connection WHERE id = %(connection)s AND enabled FOR SHARE
"""  # noqa: S608 - all parts are ours

FIND = f"""
WITH {limits.COUNTED}
SELECT EXISTS (SELECT FROM counted) AS within, connection.*,
    EXISTS (SELECT FROM connections_storedsecret WHERE connection_id = connection.id)
        AS has_secret
FROM (SELECT) AS always LEFT JOIN connections_connection AS connection
    ON connection.project_id = %(project)s AND connection.alias = %(alias)s
"""  # noqa: S608 - all parts are ours

CONSUME = f"""
WITH {limits.COUNTED}, gone AS (
    DELETE FROM connections_pendingsignin AS pending USING connections_connection AS connection
    WHERE pending.state_hash = %(state)s AND pending.browser_hash = %(browser)s
    AND pending.expires_at > now() AND pending.connection_id = connection.id
    AND connection.project_id = %(project)s AND connection.alias = %(alias)s
    AND EXISTS (SELECT FROM counted)
    RETURNING pending.*
)
SELECT EXISTS (SELECT FROM counted) AS within, connection.*, secret.ciphertext AS client_secret,
    gone.state_hash, gone.pkce_verifier, gone.nonce, gone.next, gone.posted, gone.started_at
FROM (SELECT) AS always LEFT JOIN connections_connection AS connection
    ON connection.project_id = %(project)s AND connection.alias = %(alias)s
LEFT JOIN connections_storedsecret AS secret
    ON secret.connection_id = connection.id AND secret.field = 'client_secret'
LEFT JOIN gone ON true
"""  # noqa: S608 - all parts are ours


@dataclass(frozen=True)
class Returned:
    """What a callback finds: its connection, and the sign-in that it ends, if there is one."""

    connection: Connection
    # Sealed; None where the connection has no secret.
    client_secret: bytes | None
    pending: PendingSignIn | None


def find(project: Project, alias: str, *, allowance: limits.Allowance) -> tuple[Connection, bool]:
    """Return the connection, and whether it has a secret; counts the attempt.

    Raises limits.TooMany, or Connection.DoesNotExist.
    """
    row = _counted(FIND, project, alias, allowance)
    return row, row.has_secret  # type: ignore[attr-defined]


def consume(
    project: Project, alias: str, *, state: str, browser: str, allowance: limits.Allowance
) -> Returned:
    """Return what this callback ends, made unusable for any other; counts the attempt.

    All in one statement, so that of parallel callbacks one succeeds, and so that a callback over
    the limit ends nothing: it can be made again. Raises as `find` does.
    """
    row: Any = _counted(
        CONSUME, project, alias, allowance, state=hashed(state), browser=hashed(browser)
    )
    pending = None
    if row.state_hash is not None:
        pending = PendingSignIn(
            connection=row,
            pkce_verifier=row.pkce_verifier,
            nonce=row.nonce,
            next=row.next,
            posted=row.posted,
            started_at=row.started_at,
        )
    return Returned(row, row.client_secret, pending)


def _counted(
    statement: str, project: Project, alias: str, allowance: limits.Allowance, **parameters: Any
) -> Connection:
    asked = {"project": project.pk, "alias": alias, **parameters, **allowance.parameters}
    (row,) = Connection.objects.raw(statement, asked)
    if not row.within:  # type: ignore[attr-defined]
        raise limits.too_many(allowance)
    if row.pk is None:
        raise Connection.DoesNotExist
    row.project = project
    return row


def keep(
    connection: Connection,
    *,
    state: str,
    browser: str,
    pkce_verifier: str,
    nonce: str = "",
    next_path: str,
    mode: str,
) -> bool:
    """Save what the callback will be asked for; False where the connection is off or gone by now.

    One statement, which also removes a few sign-ins that nobody came back to.
    """
    with database.cursor() as cursor:
        cursor.execute(
            KEEP,
            {
                "sweep": SWEEP,
                "state": hashed(state),
                "browser": hashed(browser),
                "pkce_verifier": pkce_verifier,
                "nonce": nonce,
                "next": next_path,
                "mode": mode,
                "minutes": MINUTES,
                "connection": connection.pk,
            },
        )
        return bool(cursor.rowcount)


def set_browser_cookie(response: HttpResponse, key: str) -> None:
    """Tie the sign-in to this browser."""
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        key,
        max_age=MINUTES * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
