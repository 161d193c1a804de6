"""Social / Enterprise Login: list, catalogue, the connection's page, switch, move, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature
from django.db import IntegrityError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections import limits
from connections.editing import Seen, catch_up, deletion_of
from connections.forms import ConnectionForm
from connections.models import Connection
from connections.ordering import reorder_connections, stepped
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.services import (
    ChangedMeanwhile,
    add_connection,
    change_connection,
    delete_connection,
    loss_of,
    set_enabled,
)
from connections.signin.probing import probe
from portal.access import can_edit, project_page
from portal.forms import DeleteConnectionForm
from portal.views import connection_parts as parts
from portal.views.errors import too_many
from portal.views.overtaken import typed
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
    return edit_page(request, form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def connection(request: MemberRequest, alias: str) -> HttpResponse:
    """The connection's own page: what it is, and how its latest sign-ins went."""
    if request.method == "POST":
        if not can_edit(request):
            raise PermissionDenied
        return connection_edit(request, alias)
    connection = connection_or_404(request, alias)
    form = form_of(request, definition_or_404(connection.provider), connection)
    return edit_page(request, form, now=Seen.now(connection) if can_edit(request) else None)


def connection_edit(request: MemberRequest, alias: str) -> HttpResponse:
    """Save what was typed, unless somebody else was faster; then tell what they did."""
    seen = seen_by(request)
    connection = known_connection(request, alias)
    if seen and (connection is None or str(connection.pk) != seen.connection):
        return gone_page(request, seen)
    if connection is None:
        raise Http404
    now = Seen.now(connection)
    form = form_of(request, definition_or_404(connection.provider), connection)
    if seen:
        catch_up(form, connection, seen=seen, now=now, actor=request.user)
    if not form.is_valid() or form.theirs:
        return edit_page(request, form, now=now)
    try:
        connection = change_connection(
            connection,
            proposal=form.proposal,
            bound_to=form.secret_is_bound_to,
            actor=request.user,
            seen=now.state if seen else None,
        )
    except (ChangedMeanwhile, Connection.DoesNotExist):
        # Between our reading and our saving; a second look finds out what it was.
        return connection_edit(request, alias)
    return saved(request, connection, form)


@require_POST
@project_page(role=Role.EDITOR)
def connection_check(request: MemberRequest, provider: str = "", alias: str = "") -> HttpResponse:
    """Say at once what is wrong with a field that was just left; secrets are not sent here."""
    connection = connection_or_404(request, alias) if alias else None
    definition = definition_or_404(connection.provider if connection else provider)
    form = form_of(request, definition, connection)
    name = request.headers.get("HX-Trigger-Name", "")
    if name not in form.fields or name in form.unchecked_names:
        raise Http404
    form.errors  # noqa: B018 - asking for the errors is what checks the form
    check_url = parts.check_url(request.project, definition, connection)
    return render(request, "components/_field.html", {"field": form[name], "check_url": check_url})


@require_POST
@project_page(role=Role.EDITOR)
def connection_test(request: MemberRequest, alias: str) -> HttpResponse:
    """Try out the saved credentials, and say on the connection's page what came of it."""
    connection = connection_or_404(request, alias)
    definition = connection.definition
    if not definition.probe:
        raise Http404
    try:
        limits.spend(limits.tests(connection.pk))
    except limits.TooMany as refusal:
        return too_many(request, refusal.seconds)
    now = Seen.now(connection)
    form = unbound(request, definition, connection)
    result = parts.tested(definition, probe(request, connection))
    return edit_page(request, form, now=now, probe=result)


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
    connection = known_connection(request, alias)
    if connection is None:
        raise Http404
    return connection


def known_connection(request: MemberRequest, alias: str) -> Connection | None:
    """Return the project's connection, or None; also where this release lacks its provider."""
    found = (
        request.project.connections.filter(alias=alias)
        .select_related("project", "updated_by")
        .annotate(missing_secret=parts.SECRET_MISSING)
        .first()
    )
    return found if found and catalogue.has(found.provider) else None


def seen_by(request: MemberRequest) -> Seen | None:
    """Return what the sender of a form saw; a request that does not say it asks for no care."""
    sealed = request.POST.get("seen")
    try:
        return Seen.read(sealed) if sealed else None
    except BadSignature:
        raise BadRequest("not what a page of ours carries") from None


def gone_page(request: MemberRequest, seen: Seen) -> HttpResponse:
    """Say who deleted the connection that was being edited, with what was typed."""
    deletion = deletion_of(request.project, seen)
    if deletion is None:
        raise Http404
    form = form_of(request, definition_or_404(seen.provider))
    context = {"deletion": deletion, "typed": typed(form), "definition": form.definition}
    return render(request, "portal/connections/gone.html", context, status=HTTPStatus.GONE)


def form_of(
    request: MemberRequest, definition: Definition, connection: Connection | None = None
) -> ConnectionForm:
    """Return the provider's form, bound where something was sent."""
    if request.method != "POST":
        return unbound(request, definition, connection)
    return unbound(request, definition, connection, request.POST, request.FILES)


def unbound(
    request: MemberRequest,
    definition: Definition,
    connection: Connection | None,
    sent: QueryDict | None = None,
    files: MultiValueDict[str, UploadedFile[Any]] | None = None,
) -> ConnectionForm:
    """Return the provider's form as it is before anybody types."""
    return definition.form(
        sent,
        files,
        definition=definition,
        project=request.project,
        connection=connection,
        site_scheme=request.scheme or "https",
    )


def edit_page(
    request: MemberRequest,
    form: ConnectionForm,
    *,
    now: Seen | None = None,
    probe: parts.Tested | None = None,
) -> HttpResponse:
    """The page on which a connection is added or edited, and what it was drawn from."""
    context: dict[str, Any] = {
        "definition": form.definition,
        "connection": form.connection,
        "form": form,
        "seen": now.sealed() if now else "",
        "probe": probe,
        **parts.page_parts(request, form.definition, form, form.connection),
    }
    status = HTTPStatus.CONFLICT if form.theirs else HTTPStatus.OK
    return render(request, "portal/connections/edit.html", context, status=status)


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
