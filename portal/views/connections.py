"""Social / Enterprise Login: list, catalogue, the connection's page, switch, move, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.forms import ConnectionForm
from connections.models import Connection
from connections.ordering import reorder_connections, stepped
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.services import (
    add_connection,
    change_connection,
    delete_connection,
    loss_of,
    set_enabled,
)
from portal.access import can_edit, project_page
from portal.forms import DeleteConnectionForm
from portal.views import connection_parts as parts
from projects.models import Role
from projects.requests import MemberRequest

LONGEST_QUERY = 100
STEPS = {"up": -1, "down": 1}


@require_safe
@project_page(role=Role.VIEWER)
def connections(request: MemberRequest) -> HttpResponse:
    """The project's connections, in the order of their buttons."""
    rows = parts.rows(request.project, can_move=can_edit(request))
    return render(request, "portal/connections/list.html", {"connections": rows})


@require_safe
@project_page(role=Role.EDITOR)
def connection_catalogue(request: MemberRequest) -> HttpResponse:
    """Add Connection: what can be added, all of it or what a search finds."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    groups = parts.groups(request.project, query)
    found = sum(not card.hidden for group in groups for card in group["providers"])
    context = {"groups": groups, "query": query, "found": found}
    return render(request, "portal/connections/catalogue.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def connection_add(request: MemberRequest, provider: str) -> HttpResponse:
    """Fill in a new connection."""
    definition = definition_or_404(provider)
    form = form_of(request, definition)
    if form.is_valid():
        try:
            connection = add_connection(
                project=request.project,
                definition=definition,
                proposal=form.proposal,
                actor=request.user,
            )
        except IntegrityError:
            # Somebody took the alias between the check and the write; now the check says so.
            form.full_clean()
        else:
            return saved(request, connection, form)
    return edit_page(request, definition, form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def connection(request: MemberRequest, alias: str) -> HttpResponse:
    """The connection's own page: what it is, and how its latest sign-ins went."""
    connection = connection_or_404(request, alias)
    definition = definition_or_404(connection.provider)
    if request.method == "POST" and not can_edit(request):
        raise PermissionDenied
    form = form_of(request, definition, connection)
    if form.is_valid():
        with gone_is_404():
            connection = change_connection(
                connection,
                proposal=form.proposal,
                bound_to=form.secret_is_bound_to,
                actor=request.user,
            )
        return saved(request, connection, form)
    return edit_page(request, definition, form, connection)


@require_POST
@project_page(role=Role.EDITOR)
def connection_check(request: MemberRequest, provider: str = "", alias: str = "") -> HttpResponse:
    """Say at once what is wrong with a field that was just left; secrets are not sent here."""
    connection = connection_or_404(request, alias) if alias else None
    definition = definition_or_404(connection.provider if connection else provider)
    form = form_of(request, definition, connection)
    name = request.headers.get("HX-Trigger-Name", "")
    if name not in form.fields or name in form.secret_names:
        raise Http404
    form.errors  # noqa: B018 - asking for the errors is what checks the form
    check_url = parts.check_url(request.project, definition, connection)
    return render(request, "components/_field.html", {"field": form[name], "check_url": check_url})


@require_POST
@project_page(role=Role.EDITOR)
def connection_switch(request: MemberRequest, alias: str) -> HttpResponse:
    """Show or hide the button."""
    connection = connection_or_404(request, alias)
    enabled = request.POST.get("enabled") == "on"
    with gone_is_404():
        set_enabled(connection, enabled=enabled, actor=request.user)
    if enabled:
        messages.success(request, _("The button is on the sign-in page."))
    else:
        messages.success(request, _("The button is off. Nobody lost their account."))
    return redirect("portal:connections", request.project.slug)


@require_POST
@project_page(role=Role.EDITOR)
def connection_move(request: MemberRequest, alias: str) -> HttpResponse:
    """Move a connection to where it stands in the order that was sent, or a step from there."""
    step = STEPS.get(request.POST.get("step", ""), 0)
    order = stepped(request.POST.get("order", "").split(), alias, step)
    with gone_is_404():
        reorder_connections(request.project, moved=alias, order=order, actor=request.user)
    if request.headers.get("HX-Request"):
        rows = parts.rows(request.project, can_move=True)
        return render(request, "portal/connections/_rows.html", {"connections": rows})
    messages.success(request, _("The order of the buttons was saved."))
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
        messages.success(request, _("The connection was deleted."))
        return redirect("portal:connections", request.project.slug)
    loss = loss_of(connection)
    context = {
        "connection": connection,
        "form": form,
        "people": loss.people,
        "stranded": loss.stranded,
    }
    return render(request, "portal/connections/delete.html", context)


@contextmanager
def gone_is_404() -> Iterator[None]:
    """Answer 404 where somebody else has just deleted the connection."""
    try:
        yield
    except Connection.DoesNotExist:
        raise Http404 from None


def definition_or_404(provider: str) -> Definition:
    """Return the catalogue entry, or a 404."""
    try:
        return catalogue.get(provider)
    except KeyError:
        raise Http404 from None


def connection_or_404(request: MemberRequest, alias: str) -> Connection:
    """Return the project's connection, or a 404."""
    known = request.project.connections.filter(provider__in=catalogue.PROVIDERS)
    return get_object_or_404(
        known.select_related("project", "updated_by").annotate(missing_secret=parts.SECRET_MISSING),
        alias=alias,
    )


def form_of(
    request: MemberRequest, definition: Definition, connection: Connection | None = None
) -> ConnectionForm:
    """Return the provider's form, bound where something was sent."""
    return definition.form(
        request.POST if request.method == "POST" else None,
        definition=definition,
        project=request.project,
        connection=connection,
        site_scheme=request.scheme or "https",
    )


def edit_page(
    request: MemberRequest,
    definition: Definition,
    form: ConnectionForm,
    connection: Connection | None = None,
) -> HttpResponse:
    """The page on which a connection is added or edited."""
    context: dict[str, Any] = {
        "definition": definition,
        "connection": connection,
        "form": form,
        **parts.page_parts(request, definition, form, connection),
    }
    return render(request, "portal/connections/edit.html", context)


def saved(request: MemberRequest, connection: Connection, form: ConnectionForm) -> HttpResponse:
    """Lead to the connection's page, which says that it is live, and what was done to values."""
    if connection.enabled:
        messages.success(
            request,
            _("Saved. “%(label)s” is live on the sign-in page.") % {"label": connection.label},
        )
    else:
        messages.success(request, _("Saved. The button stays off until you switch it on."))
    for name, notices in form.notices.items():
        for notice in notices:
            messages.info(request, f"{form[name].label}: {notice}")
    return redirect(connection)
