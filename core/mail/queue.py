"""Sends email in the worker, so that no page waits for a mail server."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMultiAlternatives, get_connection, make_msgid
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.db import transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app

from core.jobs.queue import Backoff, PermanentFailure, enqueue
from core.keyring.keyset import KeysetError
from core.mail.models import QueuedMail
from core.mail.sealing import open_mail, seal_mail

# With the longest wait of an hour, this is for about a day.
BACKOFF = Backoff(attempts=32)
PLAIN_FIELDS = ("subject", "body", "from_email", "to", "cc", "bcc", "reply_to")

log = logging.getLogger("menkou.mail")


class NotSent(Exception):
    """The message was not sent; the text holds no address."""


class RejectedPermanently(PermanentFailure):
    """The mail server has rejected the message permanently."""


class QueueBackend(BaseEmailBackend):
    """An email backend that saves messages for the worker, in the transaction that is open."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                enqueue(deliver, mail=str(seal_mail(serialize_message(message)).pk))
        return len(email_messages)


def serialize_message(message: EmailMessage) -> dict[str, Any]:
    """Return the parts of a message as JSON values."""
    if message.attachments:
        raise ValueError("Attachments are not sent.")
    fields = {name: getattr(message, name) for name in PLAIN_FIELDS}
    alternatives = getattr(message, "alternatives", ())
    # A message that is sent twice, because a worker was killed, can be recognised by its id.
    headers = {"Message-ID": make_msgid(domain=str(DNS_NAME)), **message.extra_headers}
    # Lazy translations are resolved now, in the active language.
    return {
        **{name: as_plain_text(value) for name, value in fields.items()},
        "headers": {name: str(value) for name, value in headers.items()},
        "alternatives": [[str(content), str(kind)] for content, kind in alternatives],
    }


def as_plain_text(value: Any) -> str | list[str]:
    """Return a text or a list of texts."""
    return [str(each) for each in value] if isinstance(value, list | tuple) else str(value)


@app.task(name="mail.deliver", queue="mail", retry=BACKOFF, pass_context=True)
def deliver(context: JobContext, mail: str) -> None:
    """Send one message; a failure leaves it for the next attempt, the last one removes it."""
    queued = QueuedMail.objects.filter(pk=mail).first()
    if queued is None:
        return  # Sent already; the worker was killed before it finished the job.
    try:
        send_queued_mail(queued)
    except (NotSent, RejectedPermanently) as failure:
        is_over = isinstance(failure, PermanentFailure) or BACKOFF.is_last(context.job)
        if is_over:
            queued.delete()
            log.error("An email was given up: %s", failure)
        else:
            log.warning("An email waits for the next attempt: %s", failure)
        raise
    queued.delete()


def send_queued_mail(queued: QueuedMail) -> None:
    """Hand the message to the mail server; raises NotSent or RejectedPermanently."""
    try:
        fields = open_mail(queued)
    except KeysetError as error:
        raise NotSent(str(error)) from None
    connection = get_connection(settings.MENKOU_QUEUED_EMAIL_BACKEND)
    message = EmailMultiAlternatives(connection=connection, **fields)
    try:
        message.send()
    except (OSError, UnicodeError) as error:
        # SMTP errors are OSErrors; their messages quote addresses.
        failure = RejectedPermanently if is_permanent(error) else NotSent
        raise failure(type(error).__name__) from None


def is_permanent(error: Exception) -> bool:
    """Whether the server has permanently rejected this recipient or this text.

    A wrong password or sender is also rejected with 5xx, but an administrator can correct it.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPDataError):
        codes = [error.smtp_code]
    else:
        return isinstance(error, UnicodeError)
    return all(500 <= code < 600 for code in codes)
