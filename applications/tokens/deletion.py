"""Deletes what applications were given, with one statement for each table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection as database

from applications.models import Grant
from projects.models import User

# The grants first, so that no request adds a token to one of them: it holds its grant.
STATEMENTS = (
    "SELECT count(*) FROM (SELECT FROM applications_grant WHERE application_id = ANY(%s)"
    " ORDER BY id FOR UPDATE) AS held",
    "DELETE FROM applications_token USING applications_grant AS grants"
    " WHERE grants.id = grant_id AND grants.application_id = ANY(%s)",
    "DELETE FROM applications_grant WHERE application_id = ANY(%s)",
    "DELETE FROM applications_authorizationrequest WHERE application_id = ANY(%s)",
)


def hold_grants(instance: User, **_signal: Any) -> None:
    """Lock a user who is about to be deleted, and then their grants.

    Django deletes sessions and tokens first. A sign-in that has locked the user would wait for a
    session, and a refresh that has locked a grant for one of its tokens.
    """
    list(User.objects.select_for_update().filter(pk=instance.pk).values_list("pk"))
    list(Grant.objects.select_for_update().filter(user=instance).order_by("pk").values_list("pk"))


def delete_issued(applications: Iterable[UUID]) -> None:
    """Delete codes, tokens and authorization requests of applications.

    Call it in a transaction that has locked the applications, so that they get no new ones.
    """
    ids = list(applications)
    with database.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, [ids])
