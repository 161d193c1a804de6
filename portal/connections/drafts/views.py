"""Publish or discard the draft of a connection."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connections.configured import definition_of
from connections.drafts.rows import by_field, find_draft
from connections.drafts.saving import discard_draft
from connections.drafts.successful_trials import TrialNeeded
from connections.drafts.unpublished_candidates import open_all
from connections.edit_conflicts import EditSnapshot
from connections.models import Connection
from connections.services import ConnectionChanged, NewAccounts, change_connection
from core.keyring.keyset import KeysetError
from portal.access.roles import project_page
from portal.connections.drafts.bound_form import make_form, saved_values
from portal.connections.drafts.page import TRIAL_NEEDED
from portal.connections.views import (
    connection_or_404,
    edit_page,
    read_edit_snapshot,
    redirect_after_save,
)
from portal.shell.errors import gone_is_404
from projects.models import Role
from projects.requests import MemberRequest


@require_POST
@project_page(role=Role.EDITOR)
def connection_publish(request: MemberRequest, alias: str) -> HttpResponse:
    """Publish the draft as it was shown, or show what is wrong with it."""
    connection = connection_or_404(request, alias)
    seen = read_edit_snapshot(request)
    if seen is None or seen.state != EditSnapshot.take(connection).state:
        messages.warning(request, changed_meanwhile())
        return redirect(connection)
    return publish_draft(request, connection)


def publish_draft(request: MemberRequest, connection: Connection) -> HttpResponse:
    """Publish the draft, or show its form with what prevents that."""
    if not opens_own_secrets(connection):
        messages.error(request, _("A secret of this connection cannot be decrypted."))
        return redirect(connection)
    now = EditSnapshot.take(connection)
    definition = definition_of(connection)
    form = make_form(request, definition, connection, saved_values(connection))
    if form.look_up():
        try:
            published = change_connection(
                connection, proposal=form.proposal, actor=request.user, seen=now.state
            )
        except TrialNeeded:
            form.add_error(None, TRIAL_NEEDED)
        except NewAccounts:
            # Somebody has signed in since the check; checking again adds the warning.
            form.full_clean()
        except (ConnectionChanged, Connection.DoesNotExist):
            messages.warning(request, changed_meanwhile())
            return redirect(connection)
        else:
            return redirect_after_save(request, published, form, publishes_draft=True)
    return edit_page(request, form, now=now)


def opens_own_secrets(connection: Connection) -> bool:
    """Whether the secrets that the draft would put in place of live ones open."""
    draft = find_draft(connection)
    try:
        open_all(connection, by_field(draft.secrets.all()) if draft else {})
    except KeysetError:
        return False
    return True


def changed_meanwhile() -> str:
    """Return the message for a draft that is no longer the one that was shown."""
    return _("This connection was changed meanwhile, so nothing was published. Review it again.")


@require_POST
@project_page(role=Role.EDITOR)
def connection_draft_discard(request: MemberRequest, alias: str) -> HttpResponse:
    """Discard the draft beside the live values, as it was shown."""
    connection = connection_or_404(request, alias)
    if connection.is_unpublished:
        raise Http404
    seen = read_edit_snapshot(request)
    if find_draft(connection) is None:
        return redirect(connection)
    try:
        if seen is None:
            raise ConnectionChanged
        with gone_is_404():
            discard_draft(connection, actor=request.user, seen=seen.state)
    except ConnectionChanged:
        text = _("This draft was changed meanwhile, so it was not discarded. Review it again.")
        messages.warning(request, text)
    else:
        messages.success(request, _("Draft discarded. The published values are unchanged."))
    return redirect(connection)
