"""Template context of the connection pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.configured import button_label
from connections.drafts.rows import find_draft, secrets_with_draft
from connections.expiry.parts import list_expiries
from connections.fields.field import Text
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, SignIn, StoredSecret
from connections.providers.definition import Definition, Step
from connections.secrets import find_unreadable_fields
from connections.services import is_full
from connections.values.failures import find_fault
from connections.values.outcomes import Outcome
from connections.values.sites import Site
from portal.connections.conflict_details import conflict_details
from portal.connections.sections import list_sections
from portal.connections.trial.rows import list_trials
from portal.connections.unreturned import count_unreturned
from portal.health.connection_health import describe_health
from portal.history.rows import story_url
from portal.mail import can_send_mail
from portal.projects.views import sign_in_url
from projects.models import Project
from signin.references import format_reference

LATEST_SIGN_INS = 10


@dataclass(frozen=True)
class NumberedStep:
    """A step of the guide, with its number."""

    number: int
    step: Step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.step, name)


@dataclass(frozen=True)
class CopyableValue:
    """A value to copy to the provider's console."""

    id: str
    label: Text
    help: Text
    value: str
    # The link to open it, or "".
    url: str = ""


@dataclass(frozen=True)
class SignInSummary:
    """A sign-in on the connection's page."""

    at: datetime
    outcome: str
    outcome_label: str
    cause: Text
    remedy: Text
    code: str
    trace: str
    reference_display: str
    story_url: str
    user_name: str

    @property
    def is_misconfigured(self) -> bool:
        """Whether the connection's settings have to be corrected."""
        return self.outcome == Outcome.CONFIG


def connection_limit_message() -> str:
    """Return the message for the limit on connections."""
    most = settings.MENKOU_MAX_CONNECTIONS
    return ngettext(
        "A project can have at most %(most)d connection. To add another one, delete one that you "
        "no longer need.",
        "A project can have at most %(most)d connections. To add another one, delete one that you "
        "no longer need.",
        most,
    ) % {"most": most}


def connection_page_context(
    request: HttpRequest,
    definition: Definition,
    form: ConnectionForm,
    connection: Connection | None,
) -> dict[str, Any]:
    """Return the context of the connection's page besides the form."""
    project = form.project
    unreadable = find_unreadable_fields([connection]).get(connection.pk, []) if connection else []
    label = (
        button_label(connection) if connection else definition.button_label(request.LANGUAGE_CODE)
    )
    sign_ins = latest_sign_ins(connection, definition)
    return {
        "sections": list_sections(form),
        "guide": number_steps(definition.guide),
        "appendix": number_steps(definition.appendix),
        "copies": list_copyable_values(definition, form.site, saved=connection is not None),
        **expiry_context(connection),
        "notices": list_notices(definition, form),
        "set_secrets": describe_secrets(form, unreadable),
        "unreadable": [secret_label(form, name) for name in unreadable],
        "sign_in_url": sign_in_url(request, project),
        "preview": {"label": label},
        "trials": list_trials(connection) if connection else [],
        "health": describe_health(request, connection),
        "unreturned": count_unreturned(connection),
        "sign_ins": sign_ins,
        "failed_sign_in": next((each for each in sign_ins[:1] if each.is_misconfigured), None),
        "history_url": history_url(connection),
        "check_url": check_url(project, definition, connection),
        "conflict_details": conflict_details(form),
    }


def number_steps(steps: tuple[Step, ...]) -> list[NumberedStep]:
    """Return the steps with their numbers."""
    return [NumberedStep(number, step) for number, step in enumerate(steps, start=1)]


def list_copyable_values(definition: Definition, site: Site, *, saved: bool) -> list[CopyableValue]:
    """Return the values to copy to the provider's console."""
    found = []
    for each in definition.copies:
        value = each.value(site)
        url = value if each.opens and saved else ""
        found.append(
            CopyableValue(id=each.id, label=each.label, help=each.help, value=value, url=url)
        )
    return found


def expiry_context(connection: Connection | None) -> dict[str, Any]:
    """Return what expires, and whether owners get mail about it."""
    endings = list_expiries(connection) if connection else []
    return {
        "endings": endings,
        "certificates": [each for each in endings if not each.is_entered],
        "nobody_is_reminded": bool(endings) and not can_send_mail(),
    }


def list_notices(definition: Definition, form: ConnectionForm) -> list[dict[str, Text]]:
    """Return the notices above the form. None of them stops a save."""
    if form.connection is None and is_full(form.project):
        return [{"level": "warning", "text": connection_limit_message()}]
    warning = definition.site_warning(form.site)
    if not definition.endpoints_moved:
        return [{"level": "warning", "text": warning}] if warning else []
    texts: list[Text] = [
        _("This server uses %(origin)s in place of the provider.")
        % {"origin": next(each.origin for each in definition.endpoints.values() if each.moved)}
    ]
    if warning:
        texts.append(_("When you use the real provider: %(warning)s") % {"warning": warning})
    return [{"level": "info", "text": text} for text in texts]


def secret_label(form: ConnectionForm, name: str) -> str:
    """Return the label of a secret, or its name if this release has no such field."""
    return str(form[name].label) if name in form.fields else name


def describe_secrets(form: ConnectionForm, unreadable: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the public details of the secrets that the form starts from."""
    connection = form.connection
    if connection is None:
        return {}
    draft = find_draft(connection) if form.given_base else None
    return {
        field: {
            "set_at": secret.set_at,
            "set_by_name": str(secret.set_by or ""),
            "last4": secret.last4,
            "unreadable": field in unreadable and isinstance(secret, StoredSecret),
        }
        for field, secret in secrets_with_draft(connection, draft).items()
    }


def latest_sign_ins(connection: Connection | None, definition: Definition) -> list[SignInSummary]:
    """Return the latest sign-ins by the connection."""
    if connection is None:
        return []
    latest = connection.sign_ins.select_related("user")[:LATEST_SIGN_INS]
    return [summarize_sign_in(connection.project, each, definition) for each in latest]


def summarize_sign_in(project: Project, sign_in: SignIn, definition: Definition) -> SignInSummary:
    """Return a sign-in with its cause and remedy."""
    fault = find_fault(definition, sign_in.cause) if sign_in.cause else None
    return SignInSummary(
        at=sign_in.ended_at,
        outcome=sign_in.outcome,
        outcome_label=sign_in.get_outcome_display(),
        cause=fault.cause if fault else "",
        remedy=fault.remedy if fault else "",
        code=sign_in.provider_code,
        trace=sign_in.provider_trace,
        reference_display=format_reference(sign_in.reference),
        story_url=story_url(project, sign_in),
        user_name=sign_in.user.shown_name if sign_in.user else "",
    )


def history_url(connection: Connection | None) -> str:
    """Return the URL of the connection's history."""
    if connection is None:
        return ""
    history = reverse("portal:history", args=[connection.project.slug])
    return f"{history}?{urlencode({'connection': connection.alias})}"


def check_url(project: Project, definition: Definition, connection: Connection | None) -> str:
    """Return the URL that validates a single field."""
    if connection is None:
        return reverse("portal:connection_add_validate", args=[project.slug, definition.id])
    return reverse("portal:connection_validate", args=[project.slug, connection.alias])
