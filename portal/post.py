"""Letters to people who are not here: sent by the installation's mail server, if it has one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from projects.models import Invitation, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

# Neither reaches anybody.
NO_POST = frozenset(
    {
        "django.core.mail.backends.console.EmailBackend",
        "django.core.mail.backends.dummy.EmailBackend",
    }
)

log = logging.getLogger("menkou.post")


def can_send() -> bool:
    """Whether this installation sends e-mail at all."""
    return settings.EMAIL_BACKEND not in NO_POST


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Send the link to the address, in the language of now; return whether it was taken."""
    context = {
        "invitation": invitation,
        "link": link,
        "host": settings.MENKOU_PORTAL_HOST,
        "expires_at": invitation.expires_at,
    }
    subject = render_to_string("portal/members/email/invitation_subject.txt", context)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("portal/members/email/invitation_message.txt", context),
        to=[invitation.address],
    )
    return taken(message, "an invitation")


def send_notice(person: User, what: StrOrPromise, *, address: str = "") -> bool:
    """Tell an operator that their account was changed; return whether the letter was taken."""
    context = {
        "what": what,
        "host": settings.MENKOU_PORTAL_HOST,
        "at": timezone.now(),
        "address": address,
    }
    subject = render_to_string("portal/account_email/changed_subject.txt", context)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("portal/account_email/changed_message.txt", context),
        to=[person.email],
    )
    return taken(message, "a notice of a changed account")


def taken(message: EmailMessage, name: str) -> bool:
    """Send the letter; whoever waits for what it tells of is not stopped where that fails."""
    try:
        return bool(message.send())
    except OSError as error:
        # Errors of the mail server are OSErrors, too; their texts quote addresses.
        log.warning("%s could not be sent: %s", name, type(error).__name__)
        return False
