"""Deletes what applications were given, with one statement for each table."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection as database

# The grants first, so that no request adds a token to one of them: it holds its grant.
STATEMENTS = (
    "SELECT count(*) FROM (SELECT FROM applications_grant WHERE application_id = ANY(%s)"
    " FOR UPDATE) AS held",
    "DELETE FROM applications_token USING applications_grant AS grants"
    " WHERE grants.id = grant_id AND grants.application_id = ANY(%s)",
    "DELETE FROM applications_grant WHERE application_id = ANY(%s)",
    "DELETE FROM applications_authorizationrequest WHERE application_id = ANY(%s)",
)


def delete_issued(applications: Iterable[UUID]) -> None:
    """Delete codes, tokens and authorization requests of applications.

    Call it in a transaction that has locked the applications, so that they get no new ones.
    """
    ids = list(applications)
    with database.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, [ids])
