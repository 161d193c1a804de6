"""Emails of the portal, sent through the installation's mail server if there is one.

Messages for a mail server are queued (core/mail/queue.py) and part of the open transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from core.keyring.keyset import KeysetError
from projects.models import Invitation, Project, Role, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

# Backends that deliver nothing.
NON_DELIVERING_BACKENDS = frozenset(
    {
        "django.core.mail.backends.console.EmailBackend",
        "django.core.mail.backends.dummy.EmailBackend",
    }
)

log = logging.getLogger("menkou.post")


def can_send_mail() -> bool:
    """Whether this installation sends email."""
    return settings.EMAIL_BACKEND not in NON_DELIVERING_BACKENDS


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Send an invitation in the active language; return whether it was accepted."""
    context = {
        "invitation": invitation,
        "link": link,
        "host": settings.MENKOU_PORTAL_HOST,
        "expires_at": invitation.expires_at,
    }
    template = "portal/members/email/invitation"
    return send_templates(template, context, to=invitation.address, name="an invitation")


def send_notice(person: User, what: StrOrPromise, *, address: str = "") -> bool:
    """Notify an operator of a change to their account; return whether it was accepted."""
    context = {
        "what": what,
        "host": settings.MENKOU_PORTAL_HOST,
        "at": timezone.now(),
        "address": address,
    }
    template = "portal/account_email/changed"
    return send_templates(template, context, to=person.email, name="a notice of a changed account")


def send_to_owners(project: Project, template: str, context: Mapping[str, Any]) -> int:
    """Send each owner of a project an email in their language; return how many were accepted.

    The templates, as of `send_templates`, also get `project` and `host`. An owner whose language is
    unknown reads the installation's.
    """
    owners = User.objects.filter(
        is_active=True, memberships__project=project, memberships__role=Role.OWNER
    )
    values = {"project": project, "host": settings.MENKOU_PORTAL_HOST, **context}
    accepted = 0
    for owner in owners.order_by("pk"):
        with translation.override(owner.language or settings.LANGUAGE_CODE):
            accepted += send_templates(
                template, values, to=owner.email, name="an email to an owner"
            )
    return accepted


def portal_origin() -> str:
    """Return the scheme and host of the portal, for links that no request is known for."""
    scheme = "https" if settings.PRODUCTION else "http"
    return f"{scheme}://{settings.MENKOU_PORTAL_HOST}"


def send_templates(template: str, context: Mapping[str, Any], *, to: str, name: str) -> bool:
    """Send `<template>_subject.txt` and `<template>_message.txt` in the active language.

    Returns whether the message was accepted or queued; a failure is logged under `name`.
    """
    subject = render_to_string(f"{template}_subject.txt", context)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string(f"{template}_message.txt", context),
        to=[to],
    )
    try:
        return bool(message.send())
    except (OSError, KeysetError) as error:
        # SMTP errors are OSErrors; their messages quote addresses.
        log.warning("%s could not be sent: %s", name, type(error).__name__)
        return False
