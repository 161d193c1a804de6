"""The daily job that reminds owners of secrets and certificates that expire."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app

from connections.expiry.parts import ExpiringPart
from connections.expiry.reminders import claim_reminders
from core.jobs.queue import Backoff
from portal.mail import can_send_mail, portal_origin, send_to_owners
from projects.models import Project, Role

TEMPLATE = "portal/connections/email/expiring"

log = logging.getLogger("menkou.jobs")


class RemindersFailed(Exception):
    """Owners of some projects were not reminded; the text holds no address."""


@app.periodic(cron="7 6 * * *")
@app.task(
    name="connections.remind_of_expiry",
    queueing_lock="connections.remind_of_expiry",
    lock="connections.remind_of_expiry",
    retry=Backoff(attempts=6, first_seconds=300),
)
def remind_of_expiry(timestamp: int) -> None:
    """Remind the owners of every project."""
    remind_owners()


def remind_owners(at: datetime | None = None) -> int:
    """Remind the owners of every project; return how many projects had something to say.

    What fails for one project does not keep the others from being reminded. Raises RemindersFailed
    afterwards, so that the job is tried again. Without a mail server nothing counts as sent.
    """
    if not can_send_mail():
        return 0
    reminded, failed = 0, 0
    owned = Project.objects.filter(
        memberships__role=Role.OWNER, memberships__user__is_active=True
    ).distinct()
    for project in owned.order_by("pk").iterator():
        try:
            reminded += remind_owners_of(project, at or now())
        except Exception as error:
            # The message of an error may quote what it is about.
            log.error("Owners of %s were not reminded: %s", project.slug, type(error).__name__)
            failed += 1
    if failed:
        raise RemindersFailed(f"{failed} projects")
    return reminded


@transaction.atomic
def remind_owners_of(project: Project, at: datetime) -> bool:
    """Send one email about all that is due; return whether something was."""
    parts = claim_reminders(project, at=at)
    if not parts:
        return False
    if not send_to_owners(project, TEMPLATE, reminder_context(parts)):
        # Nothing was accepted, so nothing is claimed.
        transaction.set_rollback(True)
        raise RemindersFailed(project.slug)
    log.info("Owners of %s were reminded of %d expiry dates", project.slug, len(parts))
    return True


def reminder_context(parts: list[ExpiringPart]) -> dict[str, object]:
    """Return what the templates of the email take."""
    return {"parts": parts, "count": len(parts), "origin": portal_origin()}
