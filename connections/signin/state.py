"""The state of a sign-in: a row, a cookie, ten minutes, one use."""

from __future__ import annotations

import secrets
import string
from hashlib import sha256

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest, HttpResponse

from connections.models import Connection, PendingSignIn

MINUTES = 10
ALPHABET = string.ascii_letters + string.digits
# 190 bits each. WeChat's state may be at most 128 letters and digits.
LENGTH = 32
# Of the rows that expired, each start removes a few, so that no scheduler is needed.
SWEEP = 20


def hashed(value: str) -> str:
    """Return what the database keeps of a value that only the browser may know."""
    return sha256(value.encode()).hexdigest()


def new_value() -> str:
    """Return a fresh state or browser key."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def browser_key(request: HttpRequest) -> str:
    """Return the browser's key, or a new one: sign-ins in two tabs share it."""
    key = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    if len(key) == LENGTH and set(key) <= set(ALPHABET):
        return key
    return new_value()


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
            # An array, because a subquery behind IN may be run, and its limit begin, anew.
            "WITH swept AS (DELETE FROM connections_pendingsignin WHERE state_hash = ANY(ARRAY("
            "SELECT state_hash FROM connections_pendingsignin WHERE expires_at < now() "
            "LIMIT %s FOR UPDATE SKIP LOCKED))) "
            "INSERT INTO connections_pendingsignin (state_hash, browser_hash, connection_id, "
            "pkce_verifier, nonce, next, mode, started_at, expires_at) "
            "SELECT %s, %s, id, %s, %s, %s, %s, now(), now() + %s::interval "
            "FROM connections_connection WHERE id = %s AND enabled FOR SHARE",
            [
                SWEEP,
                hashed(state),
                hashed(browser),
                pkce_verifier,
                nonce,
                next_path,
                mode,
                f"{MINUTES} minutes",
                connection.pk,
            ],
        )
        return bool(cursor.rowcount)


def consume(connection: Connection, *, state: str, browser: str) -> PendingSignIn | None:
    """Return the pending sign-in and make it unusable, in one statement; None where none fits."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM connections_pendingsignin "
            "WHERE state_hash = %s AND browser_hash = %s AND connection_id = %s "
            "AND expires_at > now() "
            "RETURNING pkce_verifier, nonce, next, mode, started_at, expires_at",
            [hashed(state), hashed(browser), connection.pk],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    verifier, nonce, next_path, mode, started_at, expires_at = row
    return PendingSignIn(
        connection=connection,
        pkce_verifier=verifier,
        nonce=nonce,
        next=next_path,
        mode=mode,
        started_at=started_at,
        expires_at=expires_at,
    )


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
