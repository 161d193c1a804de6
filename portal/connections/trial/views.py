"""Try sign-in: the true flow of one connection, here or by a link, and its result."""

from __future__ import annotations

from math import ceil
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from connections.models import Connection, Trial
from connections.trials.services import (
    claim_result,
    has_other_values,
    link_token,
    make_trial,
)
from core.content_policy import set_policy
from core.keyring.keyset import KeysetError
from core.limits import rate as limits
from core.random_text import hash_text
from portal.access.roles import project_page
from portal.connections.trial.rows import list_trials, state_of, trial_url
from portal.connections.trial.shown_steps import show_steps, summarize
from portal.connections.views import connection_or_404
from portal.shell.errors import too_many_requests
from portal.shell.qr_codes import qr_code_uri
from projects.models import Role
from projects.requests import MemberRequest

# Of one connection, in ten minutes.
TRIALS = 20


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
@never_cache
def connection_trial_start(request: MemberRequest, alias: str) -> HttpResponse:
    """Say what a trial is and list the latest ones, or make one."""
    connection = connection_or_404(request, alias)
    if request.method == "POST":
        response = begin(request, connection)
    else:
        context = {
            "connection": connection,
            "has_draft": has_other_values(connection),
            "trials": list_trials(connection),
        }
        response = render(request, "portal/connections/trial/start.html", context)
    # Chromium applies form-action to the redirects after the form, too.
    set_policy(response, any_form_action=True)
    return response


def begin(request: MemberRequest, connection: Connection) -> HttpResponse:
    """Make a trial: in this browser, which goes to the project's host, or by a link."""
    try:
        limits.take_attempt(limits.make_allowance("trial", connection.pk, amount=TRIALS))
    except limits.RateLimited as refusal:
        return too_many_requests(request, refusal.seconds)
    is_by_link = request.POST.get("way") == "link"
    is_draft = has_other_values(connection) and (
        connection.is_unpublished or request.POST.get("source") != Trial.Source.LIVE
    )

    def return_url(number: UUID) -> str:
        place = [request.project.slug, connection.alias, number]
        return request.build_absolute_uri(reverse("portal:connection_trial_end", args=place))

    try:
        trial = make_trial(
            connection,
            actor=request.user,
            is_by_link=is_by_link,
            source=Trial.Source.DRAFT if is_draft else Trial.Source.LIVE,
            return_url=return_url,
        )
    except KeysetError:
        messages.error(request, _("A secret of this connection cannot be decrypted."))
        return redirect(connection)
    if is_by_link:
        return redirect(trial_url(connection, trial))
    return HttpResponseRedirect(link_of(request, trial))


@require_safe
@project_page(role=Role.EDITOR)
@never_cache
def connection_trial(request: MemberRequest, alias: str, trial: UUID) -> HttpResponse:
    """Show a trial: its link while it can be used, then its result."""
    found = trial_or_404(request, alias, trial)
    context: dict[str, Any] = {
        "connection": found.connection,
        "trial": found,
        "state": state_of(found),
        "status": status_text(found),
        "seen": seen_mark(found),
    }
    if found.is_shown:
        context |= {"steps": show_steps(found), "summary": summarize(found)}
    elif context["state"] == "waiting" and found.is_by_link and is_own(request, found):
        link = link_of(request, found)
        context |= {"link": link, "qr_code": qr_code_uri(link)}
    return render(request, "portal/connections/trial/trial.html", context)


@require_safe
@project_page(role=Role.EDITOR)
@never_cache
def connection_trial_status(request: MemberRequest, alias: str, trial: UUID) -> HttpResponse:
    """Return what htmx shows of a trial that runs; reload the page when there is a result."""
    found = trial_or_404(request, alias, trial)
    if state_of(found) in {"finished", "unfinished"}:
        return HttpResponseClientRefresh()
    seen = seen_mark(found)
    before = request.GET.get("seen", "")
    if before == seen:
        return HttpResponse(status=204)
    if before.partition("-")[0] != seen.partition("-")[0]:
        # The link is used: it goes away.
        return HttpResponseClientRefresh()
    context = {
        "connection": found.connection,
        "trial": found,
        "status": status_text(found),
        "seen": seen,
    }
    return render(request, "portal/connections/trial/_status.html", context)


@require_safe
@project_page(role=Role.EDITOR)
@never_cache
def connection_trial_end(request: MemberRequest, alias: str, trial: UUID) -> HttpResponse:
    """Show the result to the person who has tried it in this browser."""
    found = trial_or_404(request, alias, trial)
    if not is_own(request, found) or not claim_result(found, request.GET.get("claim", "")[:64]):
        messages.warning(request, _("This browser did not start this trial. Start another one."))
        return redirect("portal:connection_trial_start", request.project.slug, alias)
    # The address of this page has the claim, so the result is on another one.
    return redirect(trial_url(found.connection, found))


def trial_or_404(request: MemberRequest, alias: str, trial: UUID) -> Trial:
    """Return the trial of the project's connection, or a 404."""
    connection = connection_or_404(request, alias)
    found = connection.trials.filter(pk=trial).select_related("created_by").first()
    if found is None:
        raise Http404
    found.connection = connection
    return found


def is_own(request: MemberRequest, trial: Trial) -> bool:
    """Whether the person has made the trial."""
    return trial.created_by_id == request.user.pk


def link_of(request: MemberRequest, trial: Trial) -> str:
    """Return the link of a trial, on the project's host."""
    token = link_token(str(trial.pk))
    if not constant_time_compare(hash_text(token), trial.link_hash):
        # The secret key of the installation has changed.
        raise Http404
    return f"{request.scheme}://{request.project.host}/try/{token}"


def seen_mark(trial: Trial) -> str:
    """Return what changes with the text of the status."""
    return f"{state_of(trial)}-{minutes_left(trial)}"


def minutes_left(trial: Trial) -> int:
    """Return how many minutes are left, the last one as 1."""
    return max(0, ceil((trial.expires_at - timezone.now()).total_seconds() / 60))


def status_text(trial: Trial) -> str:
    """Return what happens now."""
    state = state_of(trial)
    if state == "unfinished" and trial.started_at is None:
        return _("Nobody used the link within ten minutes.")
    if state == "unfinished":
        return _("The sign-in was started, but the browser has not come back.")
    if state == "started":
        return _("Somebody has started the trial. The result appears here.")
    minutes = minutes_left(trial)
    return ngettext(
        "Waiting for somebody to open the link. It works for %(count)d more minute.",
        "Waiting for somebody to open the link. It works for %(count)d more minutes.",
        minutes,
    ) % {"count": minutes}
