"""What of a project needs the attention of its members, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from connections.checking.faults import find_check_fault
from connections.checking.state import FailingConnection, failing_connections
from connections.configured import button_label, definition_of, is_secret_missing
from connections.expiry.parts import list_expiries
from connections.models import (
    Connection,
    ConnectionHour,
    Draft,
    Identity,
    SignIn,
    SuccessfulTrial,
    Trial,
)
from connections.providers import catalogue
from connections.secrets import find_unreadable_fields
from connections.values.outcomes import Outcome
from portal.mail import can_send_mail
from projects.models import Project

DANGER, WARNING, INFO = "danger", "warning", "info"
LEVELS = (DANGER, WARNING, INFO)


@dataclass(frozen=True)
class AttentionItem:
    """Something that needs attention: one sentence, and where to do something about it."""

    level: str
    sentence: str
    url: str
    action: str


def list_connections(project: Project) -> list[Connection]:
    """Return the project's connections with all that the overview says of them, in two statements.

    Each knows whether it was used (`is_used`) and whether it has a draft (`has_draft`).
    """
    own = OuterRef("pk")
    connections: QuerySet[Connection] = project.connections.prefetch_related("secrets").annotate(
        is_used=Exists(Identity.objects.filter(connection=own))
        | Exists(SignIn.objects.filter(connection=own, outcome=Outcome.OK))
        | Exists(SuccessfulTrial.objects.filter(connection=own))
        | Exists(Trial.objects.filter(connection=own, outcome=Outcome.OK))
        # The records are deleted after 90 days.
        | Exists(ConnectionHour.objects.filter(connection=own, signed_in__gt=0)),
        has_draft=Exists(Draft.objects.filter(connection=own)),
    )
    found = [each for each in connections if catalogue.has(each.provider)]
    for each in found:
        each.project = project
    return found


def list_attention(
    project: Project,
    connections: Sequence[Connection],
    *,
    can_edit: bool,
    is_owner: bool,
) -> list[AttentionItem]:
    """Return what needs attention of these connections, the most urgent first."""
    unreadable = find_unreadable_fields(connections)
    failing = {each.connection.pk: each for each in failing_connections(project)}
    found = [
        item
        for each in connections
        for item in check_connection(
            each,
            is_unreadable=each.pk in unreadable,
            failing=failing.get(each.pk),
            can_edit=can_edit,
        )
    ]
    if is_owner and not can_send_mail():
        found.append(
            AttentionItem(
                INFO,
                _(
                    "This portal does not send email, so nobody is notified of problems or can "
                    "reset a password. Set EMAIL_URL on the server."
                ),
                reverse("portal:members", args=[project.slug]),
                _("See members"),
            )
        )
    return sorted(found, key=lambda item: LEVELS.index(item.level))


def check_connection(
    connection: Connection,
    *,
    is_unreadable: bool,
    failing: FailingConnection | None,
    can_edit: bool,
) -> Iterator[AttentionItem]:
    """Yield what needs attention of one connection."""
    label, url = button_label(connection), connection.get_absolute_url()
    open_it = _("Open connection")
    if connection.is_unpublished or connection.has_draft:  # type: ignore[attr-defined]
        text = _("“%(label)s” has a draft that is not published.")
        yield AttentionItem(INFO, text % {"label": label}, url, _("See draft"))
    if not connection.enabled:
        return
    trouble = ""
    if is_secret_missing(connection):
        trouble = _("“%(label)s” has no secret. Users cannot sign in with it.")
    elif is_unreadable:
        trouble = _("The secret of “%(label)s” cannot be decrypted. Users cannot sign in with it.")
    if trouble:
        action = _("Enter the secret") if can_edit else open_it
        yield AttentionItem(DANGER, trouble % {"label": label}, f"{url}#credentials", action)
        return
    if failing is not None:
        fault = find_check_fault(definition_of(connection), failing.step.cause)
        text = _("“%(label)s” is failing. %(cause)s")
        yield AttentionItem(DANGER, text % {"label": label, "cause": fault.cause}, url, open_it)
    elif connection.check_failed_at:
        text = _("The last check of “%(label)s” failed.")
        yield AttentionItem(DANGER, text % {"label": label}, url, open_it)
    for part in list_expiries(connection):
        if part.needs_attention:
            sentence = _("“%(label)s”: %(sentence)s") % {"label": label, "sentence": part.sentence}
            level = DANGER if part.has_expired else WARNING
            yield AttentionItem(level, sentence, part.url, open_it)
    if not connection.is_used:  # type: ignore[attr-defined]
        text = _("Nobody has signed in with “%(label)s” yet.")
        address = [connection.project.slug, connection.alias]
        trial_url = reverse("portal:connection_trial_start", args=address)
        goal = (trial_url, _("Try sign-in")) if can_edit else (url, open_it)
        yield AttentionItem(INFO, text % {"label": label}, *goal)
