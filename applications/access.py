"""The applications that an end user has signed in to, and how the person ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from applications.logout.delivery import enqueue_deliveries
from applications.models import Consent
from connections.models import EndUserSession
from connections.sessions.ending import end_sessions_of
from core.postgresql.retry import retry_on_lost_connection
from projects.models import User

LIST_SQL = """
SELECT application.client_id, application.name, application.logo, application.home_page,
    max(grants.created_at), max(grants.id) FILTER (WHERE grants.sid = %(sid)s),
    max(consent.given_at)
FROM applications_application AS application
LEFT JOIN applications_grant AS grants ON grants.application_id = application.id
    AND grants.user_id = %(user)s AND grants.revoked_at IS NULL AND grants.redeemed_at IS NOT NULL
LEFT JOIN connections_endusersession AS session ON session.sid = grants.sid
    AND session.user_id = grants.user_id AND session.expires_at > now()
LEFT JOIN applications_consent AS consent ON consent.application_id = application.id
    AND consent.user_id = %(user)s
WHERE application.project_id = %(project)s
AND (grants.expires_at > now() OR session.sid IS NOT NULL OR consent.id IS NOT NULL)
GROUP BY application.id
ORDER BY COALESCE(max(grants.created_at), max(consent.given_at)) DESC, application.name
"""

# The person is locked first, then the applications, then the grants in the order of their ids, as a
# deletion does. An application is told about each session in which the person has signed in to it,
# if it has an address. A client id of "" stands for all applications.
END_SQL = """
WITH person AS MATERIALIZED (
    SELECT id FROM projects_user WHERE id = %(user)s FOR NO KEY UPDATE
), application AS MATERIALIZED (
    SELECT id, backchannel_logout_uri <> '' AS is_told FROM applications_application
    WHERE project_id = %(project)s AND (%(client_id)s = '' OR client_id = %(client_id)s)
    AND id IN (SELECT application_id FROM applications_grant WHERE user_id = %(user)s)
    AND (SELECT count(*) FROM person) >= 0 ORDER BY id FOR KEY SHARE
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
AND NOT sid = ANY(%(told)s)
RETURNING id
"""


@dataclass(frozen=True)
class Access:
    """An application that has access to somebody's account."""

    client_id: str
    name: str
    logo: str
    home_page: str
    # None where only the consent is left.
    last_sign_in_at: datetime | None
    # The newest grant of the session in question; None if it has none.
    grant_here: int | None
    # When the person has allowed it; None for an application that need not ask.
    allowed_at: datetime | None


def list_accesses(session: EndUserSession) -> list[Access]:
    """Return the applications with access to the session's person, as `list_accesses_to`."""
    return list_accesses_to(session.user, session.sid)


@retry_on_lost_connection
def list_accesses_to(person: User, sid: UUID | None = None) -> list[Access]:
    """Return the applications with access to an end user, the latest sign-in first.

    One statement. An application has access while its tokens can be used or renewed, while the
    session lasts in which the person has signed in to it, and until a consent is withdrawn.
    """
    values = {"project": person.project_id, "user": person.pk, "sid": sid}
    with database.cursor() as cursor:
        cursor.execute(LIST_SQL, values)
        return [Access(*row) for row in cursor.fetchall()]


@retry_on_lost_connection
@transaction.atomic
def end_access(person: User, client_id: str) -> None:
    """Revoke what an application has been given by this person, and tell it to sign them out.

    It may get new tokens by a new sign-in. A third party's application has to ask again.
    """
    # A code that is issued at this moment is waited for, and revoked, too.
    lock_person(person)
    revoke(person, client_id)
    Consent.objects.filter(user=person, application__client_id=client_id).delete()


@transaction.atomic
def end_all(person: User) -> None:
    """End all sessions of an end user, and revoke everything that applications were given.

    Each application is told about each session once. Consents stay.
    """
    lock_person(person)
    ended = end_sessions_of(person)
    # What remains: given for the person's absence, or in a session that has expired.
    revoke(person, told=[each.sid for each in ended])


def lock_person(person: User) -> None:
    """Lock the end user until the transaction ends. Do it before sessions and grants are locked."""
    list(User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))


def revoke(person: User, client_id: str = "", *, told: Sequence[UUID] = ()) -> None:
    """Revoke the grants of one application, or of all, and tell them but of the sessions `told`."""
    values = {
        "project": person.project_id,
        "user": person.pk,
        "client_id": client_id,
        "told": list(told),
    }
    with database.cursor() as cursor:
        cursor.execute(END_SQL, values)
        deliveries = [row[0] for row in cursor.fetchall()]
    enqueue_deliveries(deliveries)
