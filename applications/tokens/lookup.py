"""Finds tokens that are valid now, and revokes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection as database

from applications.models import Grant
from applications.tokens.grants import find_grant
from core.random_text import hash_text

FIND_SQL = """
SELECT grants.*, token.kind AS token_kind, token.scope AS token_scope,
    token.created_at AS token_created_at, token.expires_at AS token_expires_at,
    application.client_id, application.idp_claim,
    person.name AS person_name, person.picture AS person_picture,
    person.address AS person_address, person.address_verified AS person_address_verified
FROM applications_token AS token
JOIN applications_grant AS grants ON grants.id = token.grant_id
JOIN applications_application AS application ON application.id = grants.application_id
JOIN projects_user AS person ON person.id = grants.user_id
WHERE token.hash = %(token)s AND grants.project_id = %(project)s
    AND token.expires_at > now() AND token.revoked_at IS NULL AND token.replaced_at IS NULL
    AND grants.revoked_at IS NULL AND person.is_active
"""


# The grant is locked before its tokens, as a deletion does.
REVOKE_SQL = """
WITH held AS MATERIALIZED (
    SELECT grants.id FROM applications_grant AS grants
    JOIN applications_token AS token ON token.grant_id = grants.id
    WHERE token.hash = %(token)s AND grants.application_id = %(application)s
    FOR UPDATE OF grants
), revoked AS (
    UPDATE applications_token AS token SET revoked_at = COALESCE(token.revoked_at, now())
    FROM held WHERE token.hash = %(token)s RETURNING token.kind, token.grant_id
)
UPDATE applications_grant AS grants SET revoked_at = COALESCE(grants.revoked_at, now())
FROM revoked WHERE grants.id = revoked.grant_id AND revoked.kind = 'refresh'
"""


def find_token(project_id: UUID, token: str) -> Any:
    """Return the grant of a token that is valid now, or None: one statement.

    Beside its fields it has those of the token (`token_kind`, `token_scope`, …), of the application
    (`client_id`, `idp_claim`) and of the person (`person_name`, …).
    """
    return find_grant(FIND_SQL, token=hash_text(token), project=project_id)


def revoke_token(application_id: UUID, token: str) -> None:
    """Revoke a token of the application; with a refresh token, all of its grant (RFC 7009, 2.1).

    One statement.
    """
    with database.cursor() as cursor:
        cursor.execute(REVOKE_SQL, {"token": hash_text(token), "application": application_id})


def count_people(application_id: UUID) -> int:
    """Return how many people have signed in to the application and not yet been forgotten."""
    grants = Grant.objects.filter(application_id=application_id)
    return grants.values("user_id").distinct().count()
