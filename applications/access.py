"""The applications that an end user has signed in to, and how the person ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from applications.logout.delivery import enqueue_deliveries
from applications.models import Application, Consent
from connections.models import EndUserSession
from core.postgresql.retry import retry_on_lost_connection
from projects.models import User

# The application is locked first, then the grants in the order of their ids, as a deletion does. It
# is told about each session in which the person has signed in to it, if it has an address.
END_SQL = """
WITH application AS MATERIALIZED (
    SELECT id, backchannel_logout_uri <> '' AS is_told FROM applications_application
    WHERE project_id = %(project)s AND client_id = %(client_id)s FOR KEY SHARE
), given AS MATERIALIZED (
    SELECT id, application_id, sid, redeemed_at FROM applications_grant
    WHERE user_id = %(user)s AND application_id IN (SELECT id FROM application)
    AND revoked_at IS NULL ORDER BY id FOR UPDATE
), revoked AS (
    UPDATE applications_grant AS grants SET revoked_at = now() FROM given
    WHERE grants.id = given.id
)
INSERT INTO applications_logoutdelivery (application_id, sid, "user", created_at, attempts, answer)
SELECT DISTINCT application_id, sid, %(user)s::uuid, now(), 0, '' FROM given
WHERE redeemed_at IS NOT NULL AND application_id IN (SELECT id FROM application WHERE is_told)
RETURNING id
"""


@dataclass(frozen=True)
class Access:
    """An application that has access to somebody's account."""

    client_id: str
    name: str
    home_page: str
    last_sign_in_at: datetime
    # The newest grant of the session in question; None if it has none.
    grant_here: int | None


@retry_on_lost_connection
def list_accesses(session: EndUserSession) -> list[Access]:
    """Return the applications with access to the session's person, the latest sign-in first.

    One statement. An application has access while its tokens can be used or renewed, or while the
    session lasts in which the person has signed in to it.
    """
    now = timezone.now()
    lasts = EndUserSession.objects.filter(
        sid=OuterRef("grants__sid"), user=session.user_id, expires_at__gt=now
    )
    found = (
        Application.objects.filter(
            Q(grants__expires_at__gt=now) | Exists(lasts),
            grants__user=session.user_id,
            grants__revoked_at=None,
            grants__redeemed_at__isnull=False,
        )
        .annotate(
            last=Max("grants__created_at"),
            here=Max("grants__id", filter=Q(grants__sid=session.sid)),
        )
        .order_by("-last")
        .values_list("client_id", "name", "home_page", "last", "here")
    )
    return [Access(*row) for row in found]


@retry_on_lost_connection
@transaction.atomic
def end_access(person: User, client_id: str) -> None:
    """Revoke what an application has been given by this person, and tell it to sign them out.

    It may get new tokens by a new sign-in. A third party's application has to ask again.
    """
    with database.cursor() as cursor:
        cursor.execute(
            END_SQL,
            {"project": person.project_id, "user": person.pk, "client_id": client_id},
        )
        deliveries = [row[0] for row in cursor.fetchall()]
    Consent.objects.filter(user=person, application__client_id=client_id).delete()
    enqueue_deliveries(deliveries)
