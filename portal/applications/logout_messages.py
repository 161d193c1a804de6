"""The messages to an application that somebody has signed out, and sending them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from applications.logout.delivery import send_again
from applications.models import Application, LogoutDelivery
from portal.access.roles import project_page
from projects.models import Role
from projects.requests import MemberRequest

MOST_SHOWN = 20

# What can be stored in place of the status of an answer.
CAUSES: dict[str, Promise] = {
    "timeout": gettext_lazy("No response in time"),
    "unreachable": gettext_lazy("Could not be reached"),
    "private_address": gettext_lazy("The address is in a private network"),
    "too_large": gettext_lazy("The response is too large"),
    "key": gettext_lazy("The signing key cannot be opened"),
}


@dataclass(frozen=True)
class MessageRow:
    """A message and what has become of it."""

    id: int
    created_at: datetime
    # "waiting", "delivered" or "failed".
    state: str
    attempts: int
    # Of the last attempt; "" before the first one.
    answer: str


def message_rows(application: Application) -> list[MessageRow]:
    """Return the newest messages, the last one first."""
    return [
        MessageRow(
            id=each.pk,
            created_at=each.created_at,
            state="delivered" if each.delivered_at else "failed" if each.failed_at else "waiting",
            attempts=each.attempts,
            answer=describe_answer(each.answer),
        )
        for each in application.deliveries.order_by("-id")[:MOST_SHOWN]
    ]


def describe_answer(answer: str) -> str:
    """Return the answer to an attempt in words."""
    if answer.isdecimal():
        return _("HTTP status %(status)s") % {"status": answer}
    if answer.startswith("tls"):
        return _("No encrypted connection: check the certificate")
    return str(CAUSES.get(answer, answer))


@require_POST
@project_page(role=Role.EDITOR)
def logout_message_send_again(request: MemberRequest, client_id: str, message: int) -> HttpResponse:
    """Send a message again that was given up."""
    found = get_object_or_404(
        LogoutDelivery.objects.select_related("application__project"),
        pk=message,
        application__project=request.project,
        application__client_id=client_id,
    )
    if send_again(found):
        messages.success(request, _("The message is sent again in a moment."))
    else:
        messages.info(request, _("Only messages that were given up can be sent again."))
    return redirect(found.application)
