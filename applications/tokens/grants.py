"""Authorization codes: issued once, redeemed once (RFC 6749, 4.1.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from applications.models import Application, Grant, TokenKind
from applications.tokens.hashing import new_code
from connections.models import EndUserSession
from core.random_text import hash_text

CODE_SECONDS = 60

# The newest key that may sign, of the algorithm of the application.
SIGNING_KEY_SQL = """
LATERAL (
    SELECT kid, ciphertext FROM applications_signingkey
    WHERE project_id = grants.project_id AND alg = %(alg)s AND active_at <= now()
    ORDER BY active_at DESC LIMIT 1
) AS signing
"""

# A session that ends at this moment is waited for, and gets no code that nobody would revoke. The
# application is locked first, as a deletion of the project does, then the person and the session.
ISSUE_CODE_SQL = """
WITH application AS MATERIALIZED (
    SELECT id, project_id FROM applications_application WHERE id = %(application)s FOR KEY SHARE
), person AS MATERIALIZED (
    SELECT id FROM projects_user WHERE id = %(user)s AND is_active
    AND (SELECT count(*) FROM application) >= 0 FOR SHARE
), session AS MATERIALIZED (
    SELECT sid, user_id FROM connections_endusersession
    WHERE sid = %(sid)s AND user_id = (SELECT id FROM person) FOR KEY SHARE
)
INSERT INTO applications_grant (project_id, application_id, user_id, sid, auth_time, amr, idp,
    scope, claims, nonce, redirect_uri, code_challenge, code_hash, created_at, code_expires_at,
    expires_at)
SELECT application.project_id, application.id, session.user_id, session.sid, %(auth_time)s,
    %(amr)s::jsonb, %(idp)s::jsonb, %(scope)s, %(claims)s::jsonb, %(nonce)s, %(redirect_uri)s,
    %(code_challenge)s, %(code)s, now(), now() + make_interval(secs => %(seconds)s),
    now() + make_interval(secs => %(seconds)s)
FROM application, session
"""

FIND_CODE_SQL = f"""
SELECT grants.*, person.is_active, signing.kid AS signing_kid,
    signing.ciphertext AS signing_ciphertext, grants.code_expires_at <= now() AS is_late
FROM applications_grant AS grants
JOIN projects_user AS person ON person.id = grants.user_id
LEFT JOIN {SIGNING_KEY_SQL} ON true
WHERE grants.code_hash = %(code)s AND grants.project_id = %(project)s
FOR UPDATE OF grants
"""  # noqa: S608 - all parts are ours

# The grant is locked before its tokens, as a deletion does.
FIND_REFRESH_SQL = f"""
SELECT grants.*, person.is_active, signing.kid AS signing_kid,
    signing.ciphertext AS signing_ciphertext,
    token.scope AS token_scope, token.replaced_at AS token_replaced_at,
    token.expires_at <= now() AS is_late,
    token.replaced_at < now() - make_interval(secs => %(grace)s) AS is_replay
FROM applications_token AS token
JOIN applications_grant AS grants ON grants.id = token.grant_id
JOIN projects_user AS person ON person.id = grants.user_id
LEFT JOIN {SIGNING_KEY_SQL} ON true
WHERE token.hash = %(token)s AND token.kind = 'refresh' AND grants.project_id = %(project)s
FOR UPDATE OF grants, token
"""  # noqa: S608 - all parts are ours

SAVE_TOKENS_SQL = """
WITH redeemed AS (
    UPDATE applications_grant SET redeemed_at = COALESCE(redeemed_at, now()),
        redeemed_by = COALESCE(redeemed_by, %(attempt)s), expires_at = %(grant_expires_at)s
    WHERE id = %(grant)s
), replaced AS (
    UPDATE applications_token SET replaced_at = COALESCE(replaced_at, now())
    WHERE hash = %(replaced)s
)
INSERT INTO applications_token (hash, grant_id, kind, scope, created_at, expires_at)
SELECT made.hash, %(grant)s, made.kind, made.scope, now(), made.expires_at
FROM unnest(%(hashes)s::text[], %(kinds)s::text[], %(scopes)s::text[],
    %(expiries)s::timestamptz[]) AS made (hash, kind, scope, expires_at)
ON CONFLICT (hash) DO NOTHING
"""


class NotIssued(Exception):
    """There is no code: the session has ended, or the application was deleted."""


@dataclass(frozen=True)
class Redeemed:
    """A grant that a token request has locked, with what the answer needs."""

    grant: Grant
    signing_kid: str
    signing_ciphertext: bytes = field(repr=False)
    # The refresh token that was sent, or "".
    refresh_token: str = field(default="", repr=False)


def issue_code(
    application: Application,
    session: EndUserSession,
    *,
    redirect_uri: str,
    scope: tuple[str, ...],
    nonce: str,
    code_challenge: str,
    claims: dict[str, Any],
) -> str:
    """Return a new authorization code for the person of the session: one statement.

    Raises NotIssued if the session, the person or the application is gone.
    """
    code = new_code()
    values: dict[str, Any] = {
        "application": application.pk,
        "user": session.user_id,
        "sid": session.sid,
        "auth_time": session.auth_time,
        "amr": json.dumps(session.amr),
        "idp": json.dumps(identity_provider(session)),
        "scope": " ".join(scope),
        "claims": json.dumps(claims),
        "nonce": nonce,
        "redirect_uri": redirect_uri,
        "code_challenge": code_challenge,
        "code": hash_text(code),
        "seconds": CODE_SECONDS,
    }
    with database.cursor() as cursor:
        cursor.execute(ISSUE_CODE_SQL, values)
        if not cursor.rowcount:
            raise NotIssued
    return code


def identity_provider(session: EndUserSession) -> dict[str, Any]:
    """Return what an application may learn of the connection: the `idp` claim."""
    named = {"alias": session.alias, "provider": session.provider, "subject": session.subject}
    return {name: value for name, value in {**session.claims, **named}.items() if value}


def find_grant_of_code(application: Application, code: str) -> Any:
    """Return the project's grant with this code, locked until commit, or None.

    It has `is_active`, `is_late`, `signing_kid` and `signing_ciphertext` beside its fields.
    """
    return find_grant(
        FIND_CODE_SQL,
        code=hash_text(code),
        project=application.project_id,
        alg=application.signing_alg,
    )


def find_grant_of_refresh_token(application: Application, token: str, *, grace: int) -> Any:
    """Return the project's grant with this refresh token, locked until commit, or None.

    Beside the attributes of `find_grant_of_code` it has `token_scope`, `token_replaced_at` and
    `is_replay`, which says that the token was replaced more than `grace` seconds ago.
    """
    return find_grant(
        FIND_REFRESH_SQL,
        token=hash_text(token),
        project=application.project_id,
        alg=application.signing_alg,
        grace=grace,
    )


def find_grant(statement: str, **parameters: Any) -> Any:
    return next(iter(Grant.objects.raw(statement, parameters)), None)


def save_tokens(
    redeemed: Redeemed,
    application: Application,
    *,
    attempt: UUID,
    access_token: str,
    access_scope: str,
    refresh_token: str | None,
) -> None:
    """Save the tokens of an answer, as hashes: one statement. Repeating it changes nothing."""
    grant, now = redeemed.grant, timezone.now()
    access_expires_at = now + timedelta(seconds=application.access_token_seconds)
    rows = [(access_token, TokenKind.ACCESS, access_scope, access_expires_at)]
    grant_expires_at = max(access_expires_at, grant.expires_at)
    if refresh_token:
        last = refresh_limit(grant, application)
        expires_at = min(now + timedelta(days=application.refresh_idle_days), last)
        rows.append((refresh_token, TokenKind.REFRESH, grant.scope, expires_at))
        grant_expires_at = max(access_expires_at, last)
    hashes, kinds, scopes, expiries = zip(*rows, strict=True)
    with database.cursor() as cursor:
        cursor.execute(
            SAVE_TOKENS_SQL,
            {
                "attempt": attempt,
                "grant": grant.pk,
                "grant_expires_at": grant_expires_at,
                "replaced": hash_text(redeemed.refresh_token) if redeemed.refresh_token else "",
                "hashes": [hash_text(each) for each in hashes],
                "kinds": [each.value for each in kinds],
                "scopes": list(scopes),
                "expiries": list(expiries),
            },
        )


def refresh_limit(grant: Grant, application: Application) -> datetime:
    """Return when the last refresh token of a grant expires, however often it is used."""
    return grant.created_at + timedelta(days=application.refresh_max_days)


def revoke_grant(grant_id: int) -> None:
    """Revoke everything that came from a grant."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE applications_grant SET revoked_at = COALESCE(revoked_at, now()) WHERE id = %s",
            [grant_id],
        )
