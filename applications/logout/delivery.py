"""Tells applications that a session has ended (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from applications.logout.tokens import logout_token
from applications.models import LogoutDelivery
from connections.sessions.ending import EndedSession
from core.http.client import RequestFailed, deadline, new_session
from core.http.resolver import on_behalf_of
from core.jobs.queue import FixedWaits, PermanentFailure, enqueue
from core.keyring.keyset import KeysetError
from core.postgresql.release import release_db_connection

SECONDS = 5
WAITS = FixedWaits(seconds=(10, 60, 300, 1800))
# The specification names 200; some frameworks answer 204 to a request without an answer.
DELIVERED = frozenset({200, 204})
# Statuses after which a repetition may succeed.
REPEATABLE = frozenset({408, 429})

# Everything that came from the sessions is revoked, but for what a person gave for their absence
# (OpenID Connect Core 1.0, 11). Applications that have an address are told.
# Applications are locked first, then grants in the order of their ids, as a deletion does. One that
# is deleted at this moment is told nothing.
SESSIONS_ENDED_SQL = """
WITH held AS MATERIALIZED (
    SELECT id, backchannel_logout_uri <> '' AS is_told FROM applications_application
    WHERE id IN (SELECT application_id FROM applications_grant WHERE sid = ANY(%(sids)s))
    ORDER BY id FOR KEY SHARE
), given AS MATERIALIZED (
    SELECT id, application_id, sid, user_id FROM applications_grant
    WHERE sid = ANY(%(sids)s) AND application_id IN (SELECT id FROM held)
    ORDER BY id FOR UPDATE
), revoked AS (
    UPDATE applications_grant AS grants SET revoked_at = now() FROM given
    WHERE grants.id = given.id AND grants.revoked_at IS NULL
    AND NOT 'offline_access' = ANY(string_to_array(grants.scope, ' '))
)
INSERT INTO applications_logoutdelivery (application_id, sid, "user", created_at, attempts, answer)
SELECT DISTINCT application_id, sid, user_id, now(), 0, '' FROM given
WHERE application_id IN (SELECT id FROM held WHERE is_told) RETURNING id
"""

log = logging.getLogger("menkou.applications")


class NotDelivered(Exception):
    """The application could not be told; it is tried again."""


class DeliveryRefused(PermanentFailure):
    """The application has refused the message."""


def notify_applications(ended: Sequence[EndedSession]) -> None:
    """Revoke what came from sessions that have ended, and tell the applications.

    Everything is part of the transaction that is open, so nothing is told that is not committed,
    and nothing that is committed is forgotten.
    """
    with database.cursor() as cursor:
        cursor.execute(SESSIONS_ENDED_SQL, {"sids": [each.sid for each in ended]})
        deliveries = [row[0] for row in cursor.fetchall()]
    enqueue_deliveries(deliveries)


def enqueue_deliveries(deliveries: Iterable[int]) -> None:
    """Let the worker send these messages, if the open transaction is committed."""
    for delivery in deliveries:
        enqueue(deliver, delivery=delivery)


@transaction.atomic
def send_again(delivery: LogoutDelivery) -> bool:
    """Try a message again that was given up. Returns False if it is not, or not any more."""
    given_up = LogoutDelivery.objects.filter(
        pk=delivery.pk, delivered_at=None, failed_at__isnull=False
    )
    if not given_up.update(failed_at=None, attempts=0):
        return False
    enqueue(deliver, delivery=delivery.pk)
    return True


@app.task(name="applications.logout", queue="logout", retry=WAITS, pass_context=True)
def deliver(context: JobContext, delivery: int) -> None:
    """Send one message. A failure leaves it for the next attempt; the last one gives it up."""
    waiting = LogoutDelivery.objects.select_related("application__project")
    found = waiting.filter(pk=delivery, delivered_at=None).first()
    if found is None or not found.application.backchannel_logout_uri:
        # Delivered before the worker was killed, or there is nobody to tell any more.
        return
    try:
        answer = send(found)
    except (NotDelivered, DeliveryRefused) as failure:
        is_over = isinstance(failure, PermanentFailure) or WAITS.is_last(context.job)
        note_attempt(found, str(failure), failed=is_over)
        raise
    note_attempt(found, answer, delivered=True)


def send(delivery: LogoutDelivery) -> str:
    """Send the message once and return the status; raises NotDelivered or DeliveryRefused.

    No redirect is followed, and the rules for outgoing requests apply to the address.
    """
    application = delivery.application
    try:
        token = logout_token(delivery)
    except KeysetError:
        raise NotDelivered("key") from None
    release_db_connection()
    try:
        with deadline(SECONDS), on_behalf_of(application.project_id, fixed_hosts=frozenset()):
            answer = new_session().post(
                application.backchannel_logout_uri, data={"logout_token": token}
            )
    except RequestFailed as failure:
        raise NotDelivered(failure.cause) from None
    status = answer.status_code
    if status in DELIVERED:
        return str(status)
    if status in REPEATABLE or status >= 500:
        raise NotDelivered(str(status))
    raise DeliveryRefused(str(status))


def note_attempt(
    delivery: LogoutDelivery, answer: str, *, delivered: bool = False, failed: bool = False
) -> None:
    """Keep the result of an attempt for the application's page."""
    now = timezone.now()
    LogoutDelivery.objects.filter(pk=delivery.pk).update(
        attempts=F("attempts") + 1,
        answer=answer[:40],
        delivered_at=now if delivered else None,
        failed_at=now if failed else None,
    )
    if failed:
        log.warning("A logout message was given up: %s", answer)
