"""The pages of a trial for whoever carries it out."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from connections.configured import button_label, known_definition
from connections.models import Trial
from connections.providers.definition import Definition
from connections.values.browsers import detect_browser
from connections.values.failures import find_fault
from projects.requests import TenantRequest
from signin.pages import base_context, mark_private


def invitation_page(request: TenantRequest, trial: Trial) -> HttpResponse:
    """Return the page of a link: what will happen, who will see it, and the button to start.

    Nothing is used up, so previews and reloads do no harm. Where the provider does not support the
    browser, the page says so and what to do.
    """
    definition = known_definition(trial.connection)
    refusal = definition.refusal(detect_browser(request)) if definition else ""
    fallback = definition.browser_fallback if definition and refusal else None
    context = {
        "label": button_label(trial.connection) if definition else trial.connection.alias,
        "person": str(trial.created_by or ""),
        "link": request.build_absolute_uri(),
        "refusal": refusal_text(definition, refusal) if definition and refusal else "",
        "fallback": fallback,
        **base_context(request.project),
    }
    return mark_private(render(request, "signin/trial.html", context))


def refusal_text(definition: Definition, refusal: str) -> str:
    """Return that the provider does not support the browser, and what to do if no steps follow."""
    if definition.browser_fallback:
        return _("This sign-in does not work in this browser. Open the link in this way:")
    fault = find_fault(definition, refusal)
    return str(fault.user_message or fault.cause)


def unusable_page(request: TenantRequest, *, is_known: bool = True) -> HttpResponse:
    """Return the page for a link that was used or has expired, or a callback of no trial."""
    if is_known:
        text = _(
            "A link to try a sign-in works once, for ten minutes. Ask whoever sent it to you for "
            "a new one."
        )
    else:
        text = _("Nobody was signed in. To try again, open the link that you received.")
    return message_page(request, "retry", _("This trial has ended"), text, status=410)


def ended_page(
    request: TenantRequest, trial: Trial, *, is_other_browser: bool = False
) -> HttpResponse:
    """Return the page after a trial by link, whatever its result."""
    if is_other_browser:
        text = find_fault(None, "other_browser").user_message
        return message_page(
            request, "reject", _("This trial was started in another browser"), str(text), status=400
        )
    person = str(trial.created_by or trial.connection.project.name)
    text = _("You were not signed in. %(person)s now sees the result. You can close this page.")
    return message_page(
        request, "done", _("Thank you. The trial is over."), text % {"person": person}, status=200
    )


def message_page(
    request: TenantRequest, outcome: str, title: str, text: str, *, status: int
) -> HttpResponse:
    """Return a page that says something and leads nowhere."""
    context = {
        "outcome": outcome,
        "title": title,
        "text": text,
        "action_label": "",
        "action_url": "",
        "cancel_url": "",
        "back_to": "",
        "logo": "",
        "reference": "",
        "outcome_query": "",
        **base_context(request.project),
    }
    response = render(request, "signin/outcome.html", context, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return mark_private(response)
