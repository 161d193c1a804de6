"""Views of “Sign in as this application”: the whole sign-in, step by step."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from applications.sample_sign_in import (
    REMOVED,
    SampleSignIn,
    SampleStep,
    begin_sample_sign_in,
    finish_sample_sign_in,
)
from core.content_policy import set_policy
from portal.access.roles import project_page
from portal.applications.views import application_or_404
from portal.shell.sign_in_steps import ShownFact, ShownStep
from projects.models import Role
from projects.requests import MemberRequest

# Where the operator's session keeps a sample sign-in that has begun.
KEPT = "menkou_sample_sign_in"
# And the steps of one that has ended, until they are shown.
SHOWN = "menkou_sample_sign_in_steps"

TITLES: dict[str, Promise] = {
    "request": gettext_lazy("The application asks for a sign-in (/oauth2/authorize)"),
    "answer": gettext_lazy("The browser comes back to the redirect URI"),
    "token_request": gettext_lazy("The application redeems the code (/oauth2/token)"),
    "tokens": gettext_lazy("It receives tokens"),
    "id_token": gettext_lazy("The ID token identifies the user"),
    "userinfo": gettext_lazy("Userinfo returns more about the user (/oauth2/userinfo)"),
}
NOTES: dict[str, Promise] = {
    "request": gettext_lazy("Your application sends a redirect URI of its own here."),
    "token_request": gettext_lazy(
        "A website sends its client secret, too. It was not needed here."
    ),
    "tokens": gettext_lazy("They were revoked after this sign-in."),
    "id_token": gettext_lazy("Signature, issuer, audience, expiry and nonce are right."),
}


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
@never_cache
def sample_sign_in(request: MemberRequest, client_id: str) -> HttpResponse:
    """Say what will happen, and begin."""
    application = application_or_404(request, client_id)
    if request.method == "POST":
        path = reverse("portal:sample_sign_in_end", args=[request.project.slug, client_id])
        sign_in = begin_sample_sign_in(application, redirect_uri=request.build_absolute_uri(path))
        request.session[KEPT] = {"client_id": client_id, **asdict(sign_in)}
        response: HttpResponse = HttpResponseRedirect(sign_in.url)
    else:
        response = render(
            request, "portal/applications/sample_sign_in.html", {"application": application}
        )
    # Chromium applies form-action to the redirects after the form, too.
    set_policy(response, any_form_action=True)
    return response


@require_safe
@project_page(role=Role.EDITOR)
@never_cache
def sample_sign_in_end(request: MemberRequest, client_id: str) -> HttpResponse:
    """End a sign-in that came back."""
    application = application_or_404(request, client_id)
    kept: dict[str, Any] = request.session.pop(KEPT, {})
    is_known = kept.pop("client_id", "") == client_id and constant_time_compare(
        request.GET.get("state", ""), kept.get("state", "")
    )
    if not is_known:
        return start_anew(request, client_id)
    steps = finish_sample_sign_in(application, SampleSignIn(**kept), request.GET.dict())
    request.session[SHOWN] = {"client_id": client_id, "steps": [asdict(each) for each in steps]}
    # The address of this page has the code, so the steps are on another one.
    return redirect("portal:sample_sign_in_result", request.project.slug, client_id)


@require_safe
@project_page(role=Role.EDITOR)
@never_cache
def sample_sign_in_result(request: MemberRequest, client_id: str) -> HttpResponse:
    """Show the steps of the sign-in, once."""
    application = application_or_404(request, client_id)
    shown: dict[str, Any] = request.session.pop(SHOWN, {})
    if shown.get("client_id") != client_id:
        return start_anew(request, client_id)
    steps = [SampleStep(**each) for each in shown["steps"]]
    context = {
        "application": application,
        "steps": [show(each) for each in steps],
        "is_ok": all(each.is_ok for each in steps),
    }
    return render(request, "portal/applications/sample_sign_in_result.html", context)


def start_anew(request: MemberRequest, client_id: str) -> HttpResponse:
    """Lead to the page that begins a sign-in, where there is none to show."""
    messages.info(request, _("This sign-in has been shown already. Start another one."))
    return redirect("portal:sample_sign_in", request.project.slug, client_id)


def show(step: SampleStep) -> ShownStep:
    """Return a step as the page shows it."""
    removed = _("(not shown)")
    facts = [
        ShownFact(name, removed if text == REMOVED else text) for name, text in step.facts.items()
    ]
    note = NOTES.get(step.key, "") if step.is_ok else ""
    return ShownStep(title=TITLES[step.key], note=note, is_ok=step.is_ok, facts=facts)
