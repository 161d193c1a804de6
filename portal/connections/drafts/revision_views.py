"""The revisions of a connection: list, look at, compare, restore."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections.configured import definition_of
from connections.drafts.revisions import find_revision
from connections.drafts.rows import find_draft
from connections.drafts.saving import DraftExists, draft_from_revision
from connections.models import Connection, Revision
from portal.access.roles import project_page
from portal.connections.drafts.bound_form import DRAFT
from portal.connections.drafts.revision_page import (
    compare_revisions,
    list_revisions,
    lost_secrets,
    parse_number,
)
from portal.connections.drafts.views import publish_draft
from portal.connections.views import connection_or_404
from portal.shell.errors import gone_is_404
from projects.models import Role
from projects.requests import MemberRequest


@require_safe
@project_page(role=Role.VIEWER)
def connection_revisions(request: MemberRequest, alias: str) -> HttpResponse:
    """List what was published, newest first."""
    connection = connection_or_404(request, alias)
    page = list_revisions(connection, before=parse_number(request.GET.get("before", "")))
    context = {"connection": connection, "definition": definition_of(connection), "page": page}
    return render(request, "portal/connections/drafts/revisions.html", context)


@require_safe
@project_page(role=Role.VIEWER)
def connection_revision(request: MemberRequest, alias: str, number: int) -> HttpResponse:
    """Show a revision, compared with what is live or with another revision."""
    connection = connection_or_404(request, alias)
    revision = revision_or_404(connection, number)
    comparison = compare_revisions(connection, revision, parse_number(request.GET.get("with", "")))
    if comparison is None:
        raise Http404
    context = {
        "connection": connection,
        "definition": definition_of(connection),
        "comparison": comparison,
        "lost": lost_secrets(connection, revision),
        "has_draft": find_draft(connection) is not None,
    }
    return render(request, "portal/connections/drafts/revision.html", context)


@require_POST
@project_page(role=Role.EDITOR)
def connection_restore(request: MemberRequest, alias: str, number: int) -> HttpResponse:
    """Make a draft of the revision's values, and publish it if that was asked for and is possible.

    A draft stays where something must be decided or typed first.
    """
    connection = connection_or_404(request, alias)
    revision = revision_or_404(connection, number)
    lost = lost_secrets(connection, revision)
    try:
        with gone_is_404():
            connection = draft_from_revision(connection, revision, actor=request.user)
    except DraftExists:
        messages.warning(request, _("Publish or discard the draft before you restore a revision."))
        return redirect("portal:connection_revision", request.project.slug, alias, number)
    if find_draft(connection) is None:
        messages.info(request, _("The values of this revision are already published."))
        return redirect(connection)
    if request.POST.get("action") != DRAFT and not lost:
        return publish_draft(request, connection_or_404(request, alias))
    if lost.missing:
        messages.warning(
            request,
            _("Its secrets were removed. Enter them again before you publish the draft."),
        )
    elif lost:
        messages.warning(request, _("Its secrets were removed. The draft has the present ones."))
    else:
        messages.success(request, _("The values of this revision are in the draft."))
    return redirect(connection)


def revision_or_404(connection: Connection, number: int) -> Revision:
    """Return the revision, or a 404."""
    revision = find_revision(connection, number)
    if revision is None:
        raise Http404
    return revision
