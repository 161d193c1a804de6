"""Views of the Users pages: the list, a user's page, and what can be done there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.identities import directory
from connections.models import EndUserSession, Identity
from portal.access.roles import project_page
from portal.shell.errors import gone_is_404
from portal.users import services
from portal.users.forms import DeleteUserForm, UsersForm, confirmation_text
from portal.users.page_context import user_context, user_rows
from projects.models import Role, User
from projects.requests import MemberRequest


@require_safe
@project_page(role=Role.VIEWER)
def users(request: MemberRequest) -> HttpResponse:
    """List the project's end users."""
    form = UsersForm(request.GET, project=request.project)
    wanted = form.user_filter
    page = directory.load_users(
        request.project,
        wanted,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "form": form,
        "page": page,
        "rows": user_rows(page),
        "has_too_many": len(wanted.matches or ()) > directory.MOST_MATCHES,
        "most_matches": directory.MOST_MATCHES,
    }
    return render(request, "portal/users/list.html", context)


@require_safe
@project_page(role=Role.VIEWER)
def user(request: MemberRequest, user: UUID) -> HttpResponse:
    """Show a user."""
    person = user_or_404(request, user)
    return render(request, "portal/users/user.html", user_context(request.project, person))


@require_POST
@project_page(role=Role.EDITOR)
def user_block(request: MemberRequest, user: UUID) -> HttpResponse:
    """Block a user."""
    return change_user(
        request, user, services.block_user, _("User blocked. All sessions have ended.")
    )


@require_POST
@project_page(role=Role.EDITOR)
def user_unblock(request: MemberRequest, user: UUID) -> HttpResponse:
    """Let a blocked user sign in again."""
    return change_user(
        request, user, services.unblock_user, _("User unblocked. They can sign in again.")
    )


@require_POST
@project_page(role=Role.EDITOR)
def user_sign_out(request: MemberRequest, user: UUID) -> HttpResponse:
    """End all sessions of a user."""

    def sentence(ended: int) -> str:
        text = ngettext("%(count)d session ended.", "%(count)d sessions ended.", ended)
        return text % {"count": ended}

    return change_user(request, user, services.end_sessions, sentence)


@require_POST
@project_page(role=Role.EDITOR)
def user_session_end(request: MemberRequest, user: UUID, sid: UUID) -> HttpResponse:
    """End a session of a user. One that has ended meanwhile is no error."""
    return change_user(request, user, partial(services.end_session, sid=sid), _("Session ended."))


@require_POST
@project_page(role=Role.EDITOR)
def user_access_remove(request: MemberRequest, user: UUID, client_id: str) -> HttpResponse:
    """End the access of an application to a user's account."""
    application = get_object_or_404(request.project.applications, client_id=client_id)
    return change_user(
        request,
        user,
        partial(services.end_access, application=application),
        _("Access of %(application)s removed.") % {"application": application.name},
    )


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("user_id",))
def user_delete(request: MemberRequest, user: UUID) -> HttpResponse:
    """Delete a user once the beginning of their ID was typed."""
    person = user_or_404(request, user)
    form = DeleteUserForm(request.POST or None, user=person, initial=request.kept_fields)
    if form.is_valid():
        with gone_is_404():
            services.delete_user(person, actor=request.user)
        messages.success(request, _("User deleted."))
        return redirect("portal:users", request.project.slug)
    context = {
        "form": form,
        "person": person,
        "confirmation": confirmation_text(person),
        "identities": Identity.objects.filter(user=person).count(),
        "sessions": EndUserSession.objects.filter(user=person).count(),
    }
    return render(request, "portal/users/delete.html", context)


def change_user(
    request: MemberRequest,
    user: UUID,
    change: Callable[..., Any],
    said: str | Callable[[Any], str],
) -> HttpResponse:
    """Change a user of the project, and return to their page.

    `change` takes the user and the actor. `said` is the message, or makes it of what was returned.
    """
    person = user_or_404(request, user)
    with gone_is_404():
        result = change(person, actor=request.user)
    messages.success(request, said if isinstance(said, str) else said(result))
    return redirect("portal:user", request.project.slug, user)


def user_or_404(request: MemberRequest, user: UUID) -> User:
    """Return the project's end user, or a 404."""
    return get_object_or_404(
        User.objects.select_related("project"), pk=user, project=request.project
    )
