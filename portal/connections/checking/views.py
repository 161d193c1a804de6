"""Check a connection: what is typed, or what is saved."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from connections.candidates import Candidate
from connections.checking.results import store_result
from connections.checking.state import apply_manual_check
from connections.checking.steps import CheckStep, StepName, overall_verdict
from connections.drafts.domain_files import served_settings
from connections.drafts.rows import find_draft
from connections.drafts.unpublished_candidates import typed_candidate
from connections.edit_conflicts import EditSnapshot
from connections.forms.connection_form import ConnectionForm
from connections.models import CheckedValues, Connection, StepVerdict
from connections.providers.definition import Definition
from core.keyring.keyset import KeysetError
from core.limits import rate as limits
from core.limits.rate import retry_after_text
from portal.access.roles import is_htmx, project_page
from portal.connections.checking.notices import notify_owners
from portal.connections.checking.page_context import ShownCheck, show_check
from portal.connections.drafts.bound_form import connection_form
from portal.connections.views import (
    connection_or_404,
    definition_or_404,
    edit_page,
    read_edit_snapshot,
)
from portal.shell.errors import too_many_requests
from projects.models import Role, User
from projects.requests import MemberRequest
from signin.checking.run import check_candidate, check_live


@sensitive_post_parameters()
@require_POST
@project_page(role=Role.EDITOR)
def connection_check(request: MemberRequest, provider: str = "", alias: str = "") -> HttpResponse:
    """Check the values in the form, or what is saved. Nothing of the form is saved."""
    connection = connection_or_404(request, alias) if alias else None
    definition = definition_or_404(connection.provider if connection else provider)
    whose = [connection.pk] if connection else [request.project.pk, request.user.pk]
    try:
        limits.take_attempt(limits.check_allowance(*whose))
    except limits.RateLimited as refusal:
        if is_htmx(request):
            context = {"when": retry_after_text(refusal.seconds)}
            return render(request, "portal/connections/_check_refused.html", context)
        return too_many_requests(request, refusal.seconds)
    if connection is not None and "saved" in request.POST:
        return check_saved(request, connection)
    return check_typed(request, definition, connection)


def check_saved(request: MemberRequest, connection: Connection) -> HttpResponse:
    """Check what is saved, and lead to the result on the connection's page."""
    steps = check_live(connection, scheme=request.scheme or "https")
    checked = CheckedValues.DRAFT if connection.is_unpublished else CheckedValues.LIVE
    record_check(connection, steps, checked=checked, person=request.user)
    return redirect(f"{connection.get_absolute_url()}#check")


def check_typed(
    request: MemberRequest, definition: Definition, connection: Connection | None
) -> HttpResponse:
    """Check the values in the form, and show the result with the form as it was sent."""
    form = connection_form(request, definition, connection)
    form.skips_acceptance = True
    checked = CheckedValues.TYPED
    if form.look_up():
        steps = check_form(form, connection, scheme=request.scheme or "https")
        checked = describe_values(form, connection)
        if connection is not None:
            record_check(connection, steps, checked=checked, person=request.user)
    else:
        steps = [CheckStep(StepName.VALUES, StepVerdict.FAILED, "form")]
    shown = show_check(definition, steps, site=form.site, checked=checked)
    if is_htmx(request):
        return render(
            request,
            "portal/connections/_check_result.html",
            {"check": shown, "errors": list_errors(form), "is_new": True},
        )
    return check_page(request, form, shown, connection)


def check_page(
    request: MemberRequest, form: ConnectionForm, shown: ShownCheck, connection: Connection | None
) -> HttpResponse:
    """Return the form's page with the result, for a browser without scripts."""
    snapshot = None
    if connection is not None:
        snapshot = read_edit_snapshot(request) or EditSnapshot.take(connection)
    return edit_page(request, form, now=snapshot, check=shown)


def check_form(
    form: ConnectionForm, connection: Connection | None, *, scheme: str
) -> list[CheckStep]:
    """Return the steps for the values of a valid form."""
    try:
        candidate: Candidate = typed_candidate(form)
    except KeysetError:
        return [CheckStep(StepName.VALUES, StepVerdict.FAILED, "secret_unreadable")]
    served = served_settings(connection) if connection else {}
    steps = check_candidate(candidate, scheme=scheme, served=served)
    if form.warnings and steps[0].verdict == StepVerdict.PASSED:
        steps[0] = CheckStep(StepName.VALUES, StepVerdict.DOUBTFUL, "warned")
    return steps


def describe_values(form: ConnectionForm, connection: Connection | None) -> CheckedValues:
    """Return what a valid form holds: what is live, a draft that is saved, or something new."""
    if connection is None or form.proposal.secrets:
        return CheckedValues.TYPED
    draft = find_draft(connection)
    if form.proposal.settings != (draft or connection).settings:
        return CheckedValues.TYPED
    is_draft = draft is not None or connection.is_unpublished
    return CheckedValues.DRAFT if is_draft else CheckedValues.LIVE


def record_check(
    connection: Connection, steps: Sequence[CheckStep], *, checked: CheckedValues, person: User
) -> None:
    """Store a check, and what it means for the connection if it was of the live values."""
    if overall_verdict(steps) == StepVerdict.NOT_CHECKED:
        return
    store_result(connection, steps, checked=checked, person=person)
    if checked == CheckedValues.LIVE:
        with transaction.atomic():
            change = apply_manual_check(connection, steps, person=person)
            if change is not None:
                notify_owners(change)


def list_errors(form: ConnectionForm) -> list[str]:
    """Return the errors of a form with their labels. No error quotes a secret."""
    found = []
    for name, errors in form.errors.items():
        label = f"{form[name].label}: " if name in form.fields else ""
        found += [f"{label}{each}" for each in errors]
    return found
