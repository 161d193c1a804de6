"""Views of connections: list, catalogue, edit, switch, move, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.db import IntegrityError
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.configured import button_label
from connections.drafts.rows import find_draft
from connections.drafts.saving import save_draft
from connections.drafts.successful_trials import TrialNeeded
from connections.edit_conflicts import EditSnapshot, find_deletion_event, merge_concurrent_edit
from connections.fields.field import Section
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, DraftSecret, StoredSecret
from connections.ordering import reorder_connections, step_in_order
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.services import (
    ConnectionChanged,
    NewAccounts,
    TooManyConnections,
    add_connection,
    change_connection,
    count_affected_users,
    delete_connection,
    is_full,
    set_enabled,
)
from portal.access.roles import can_edit, project_page
from portal.connections import page_context
from portal.connections.catalogue_page import list_sections
from portal.connections.checking.page_context import ShownCheck, check_context
from portal.connections.conflict_details import list_typed_fields
from portal.connections.drafts.bound_form import (
    connection_form,
    drop_typed_secrets,
    keep_secrets,
)
from portal.connections.drafts.page import TRIAL_NEEDED, describe_draft
from portal.connections.rows import list_rows
from portal.shell.errors import RoleNeeded, gone_is_404
from portal.shell.forms import DeleteConnectionForm
from projects.models import Role
from projects.requests import MemberRequest

LONGEST_QUERY = 100
# Retry-After if the concurrency limit prevented the check.
RETRY_SECONDS = 5
STEPS = {"up": -1, "down": 1}


@require_safe
@project_page(role=Role.VIEWER)
def connections(request: MemberRequest) -> HttpResponse:
    """The project's connections, in the order of their buttons."""
    rows = list_rows(request.project, can_move=can_edit(request))
    return render(request, "portal/connections/list.html", {"connections": rows})


@require_safe
@project_page(role=Role.EDITOR)
def connection_catalogue(request: MemberRequest) -> HttpResponse:
    """Show the catalogue of providers, filtered by a search."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    groups = list_sections(request.project, query)
    found = sum(each.count for each in groups)
    full = page_context.connection_limit_message() if is_full(request.project) else ""
    context = {"groups": groups, "query": query, "found": found, "full": full}
    return render(request, "portal/connections/catalogue.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def connection_add(request: MemberRequest, provider: str) -> HttpResponse:
    """Add a connection."""
    definition = definition_or_404(provider)
    form = connection_form(request, definition)
    if form.look_up():
        try:
            connection = add_connection(
                project=request.project,
                definition=definition,
                proposal=form.proposal,
                actor=request.user,
                as_draft=form.as_draft,
            )
        except TooManyConnections:
            form.add_error(None, page_context.connection_limit_message())
        except TrialNeeded:
            form.add_error(None, TRIAL_NEEDED)
        except IntegrityError:
            # The alias was taken after the check; checking again adds the error.
            form.full_clean()
        else:
            return redirect_after_save(request, connection, form)
    return edit_page(request, form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def connection(request: MemberRequest, alias: str) -> HttpResponse:
    """Show a connection, its settings and its latest sign-ins."""
    if request.method == "POST":
        if not can_edit(request):
            raise RoleNeeded(Role.EDITOR)
        return connection_edit(request, alias)
    connection = connection_or_404(request, alias)
    form = connection_form(request, definition_or_404(connection.provider), connection)
    return edit_page(
        request, form, now=EditSnapshot.take(connection) if can_edit(request) else None
    )


def connection_edit(request: MemberRequest, alias: str) -> HttpResponse:
    """Save the form, or show the conflicts with concurrent changes."""
    seen = read_edit_snapshot(request)
    connection = find_connection(request, alias)
    if seen and (connection is None or str(connection.pk) != seen.connection):
        return gone_page(request, seen)
    if connection is None:
        raise Http404
    now = EditSnapshot.take(connection)
    definition = definition_or_404(connection.provider)
    form = connection_form(request, definition, connection)
    if seen:
        merge_concurrent_edit(form, connection, seen=seen, now=now, actor=request.user)
    if form.edit_conflicts or not form.look_up():
        return edit_page(request, form, now=now)
    save = save_draft if form.as_draft else change_connection
    try:
        connection = save(
            connection,
            proposal=form.proposal,
            actor=request.user,
            seen=now.state if seen else None,
        )
    except TrialNeeded:
        form.add_error(None, TRIAL_NEEDED)
        return edit_page(request, form, now=now)
    except (ConnectionChanged, NewAccounts, Connection.DoesNotExist):
        # Between our reading and our saving; a second look finds out what it was.
        return connection_edit(request, alias)
    return redirect_after_save(request, connection, form)


@require_POST
@project_page(role=Role.EDITOR)
def connection_validate(
    request: MemberRequest, provider: str = "", alias: str = ""
) -> HttpResponse:
    """Validate a single field for htmx; secrets are never sent here."""
    connection = connection_or_404(request, alias) if alias else None
    definition = definition_or_404(connection.provider if connection else provider)
    form = connection_form(request, definition, connection)
    name = request.headers.get("HX-Trigger-Name", "")
    if name not in form.fields or name in form.unchecked_names:
        raise Http404
    form.full_clean()
    if definition.look_up and name in definition.look_up.needs:
        form.look_up()
    form.excuse_busy(name)
    check_url = page_context.check_url(request.project, definition, connection)
    context = {
        "field": form[name],
        "check_url": check_url,
        "sentence": form.access_sentence if name in form.names_in(Section.ACCESS) else "",
    }
    return render(request, "portal/connections/_checked_field.html", context)


@require_POST
@project_page(role=Role.EDITOR)
def connection_switch(request: MemberRequest, alias: str) -> HttpResponse:
    """Show or hide the button."""
    connection = connection_or_404(request, alias)
    enabled = request.POST.get("enabled") == "on"
    with gone_is_404():
        set_enabled(connection, enabled=enabled, actor=request.user)
    if enabled and connection.is_unpublished:
        messages.warning(request, _("Publish this connection before you turn it on."))
    elif enabled:
        messages.success(request, _("Connection turned on. Its button is on the sign-in page."))
    else:
        messages.success(request, _("Connection turned off. Existing accounts are not affected."))
    return redirect("portal:connections", request.project.slug)


@require_POST
@project_page(role=Role.EDITOR)
def connection_move(request: MemberRequest, alias: str) -> HttpResponse:
    """Move a connection to its position in the submitted order, or a step from there."""
    step = STEPS.get(request.POST.get("step", ""), 0)
    order = step_in_order(request.POST.get("order", "").split(), alias, step)
    with gone_is_404():
        reorder_connections(request.project, moved=alias, order=order, actor=request.user)
    if request.headers.get("HX-Request"):
        rows = list_rows(request.project, can_move=True)
        return render(request, "portal/connections/_rows.html", {"connections": rows})
    messages.success(request, _("Button order saved."))
    return redirect("portal:connections", request.project.slug)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def connection_delete(request: MemberRequest, alias: str) -> HttpResponse:
    """Delete a connection, after its alias was typed."""
    connection = connection_or_404(request, alias)
    form = DeleteConnectionForm(request.POST or None, connection=connection)
    if form.is_valid():
        with gone_is_404():
            delete_connection(connection, actor=request.user)
        messages.success(request, _("Connection deleted."))
        return redirect("portal:connections", request.project.slug)
    loss = count_affected_users(connection)
    context = {
        "connection": connection,
        "form": form,
        "people": loss.people,
        "stranded": loss.stranded,
        "not_found_again": loss.not_found_again,
    }
    return render(request, "portal/connections/delete.html", context)


def definition_or_404(provider: str) -> Definition:
    """Return the catalogue entry, or a 404."""
    try:
        return catalogue.get(provider)
    except KeyError:
        raise Http404 from None


def connection_or_404(request: MemberRequest, alias: str) -> Connection:
    """Return the project's connection, or a 404."""
    connection = find_connection(request, alias)
    if connection is None:
        raise Http404
    return connection


def find_connection(request: MemberRequest, alias: str) -> Connection | None:
    """Return the project's connection, or None; also if this release lacks its provider."""
    found = (
        request.project.connections.filter(alias=alias)
        .select_related("project", "updated_by", "draft__updated_by")
        .prefetch_related(
            Prefetch("secrets", StoredSecret.objects.select_related("set_by")),
            Prefetch("draft__secrets", DraftSecret.objects.select_related("set_by")),
        )
        .first()
    )
    return found if found and catalogue.has(found.provider) else None


def read_edit_snapshot(request: MemberRequest) -> EditSnapshot | None:
    """Return the snapshot in the form, or None if the request has none."""
    sealed = request.POST.get("seen")
    try:
        return EditSnapshot.from_form(sealed) if sealed else None
    except BadSignature:
        raise BadRequest("not what a page of ours carries") from None


def gone_page(request: MemberRequest, seen: EditSnapshot) -> HttpResponse:
    """Show who deleted the connection that was being edited, and what was typed."""
    deletion = find_deletion_event(request.project, seen)
    if deletion is None:
        raise Http404
    form = connection_form(request, definition_or_404(seen.provider))
    context = {
        "deletion": deletion,
        "typed": list_typed_fields(form),
        "definition": form.definition,
    }
    return render(request, "portal/connections/gone.html", context, status=HTTPStatus.GONE)


def edit_page(
    request: MemberRequest,
    form: ConnectionForm,
    *,
    now: EditSnapshot | None = None,
    check: ShownCheck | None = None,
) -> HttpResponse:
    """Render the page to add or edit a connection; `now` is the snapshot for its form.

    `check` is one that was asked for just now.
    """
    if form.connection is not None:
        request.page_path = form.connection.get_absolute_url()
    context: dict[str, Any] = {
        "definition": form.definition,
        "connection": form.connection,
        "form": form,
        "seen": now.sign() if now else "",
        "check": check,
        **check_context(form),
        "kept": keep_secrets(request, form),
        "draft": describe_draft(form.connection),
        **page_context.connection_page_context(request, form.definition, form, form.connection),
    }
    if form.is_busy:
        page = "portal/connections/edit.html"
        response = render(request, page, context, status=HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = str(RETRY_SECONDS)
        # Nothing is broken: the line of the request says that it was refused.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    status = HTTPStatus.CONFLICT if form.edit_conflicts else HTTPStatus.OK
    return render(request, "portal/connections/edit.html", context, status=status)


def redirect_after_save(
    request: MemberRequest,
    connection: Connection,
    form: ConnectionForm,
    *,
    publishes_draft: bool = False,
) -> HttpResponse:
    """Redirect to the connection's page with messages about what was saved or published."""
    drop_typed_secrets(request, form)
    if connection.is_unpublished or (form.as_draft and find_draft(connection)):
        messages.success(request, _("Draft saved."))
    elif form.as_draft:
        messages.info(request, _("There is no draft: these values are already published."))
    else:
        messages.success(request, effect_of_saving(connection, publishes_draft=publishes_draft))
    for name, notices in form.notices.items():
        for notice in notices:
            messages.info(request, f"{form[name].label}: {notice}")
    return redirect(connection)


def effect_of_saving(connection: Connection, *, publishes_draft: bool) -> str:
    """Return what users see now that the values are in effect."""
    label = {"label": button_label(connection)}
    if connection.enabled:
        if publishes_draft:
            return _("Published. “%(label)s” is live on the sign-in page.") % label
        return _("Saved. “%(label)s” is live on the sign-in page.") % label
    if publishes_draft:
        return _(
            "Published. The connection is turned off. Turn it on to show its button on the "
            "sign-in page."
        )
    return _(
        "Saved. The connection is turned off. Turn it on to show its button on the sign-in page."
    )
