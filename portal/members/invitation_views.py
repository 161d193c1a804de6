"""Views to accept an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.allauth_internals import sign_in_with_password
from portal.members.forms import JoinForm
from projects.members.invitations import (
    InvitationClosed,
    accept_invitation,
    find_operator,
    hash_token,
)
from projects.models import Invitation, Project, User

SESSION_KEY = "menkou_invitation"


@never_cache
@require_safe
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Store the invitation in the session and redirect, so that the token stays out of pages."""
    if find_invitation(hash_token(token)) is None:
        return unknown_page(request)
    request.session[SESSION_KEY] = hash_token(token)
    return redirect("portal:invitation")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept the invitation whose link was opened in this browser."""
    invitation = find_invitation(request.session.get(SESSION_KEY, ""))
    if invitation is None:
        return unknown_page(request)
    if not invitation.is_pending or invitation.has_expired:
        return closed_page(request, invitation)
    try:
        if isinstance(request.user, User):
            return accept_as_operator(request, invitation, request.user)
        return accept_as_new_operator(request, invitation)
    except (InvitationClosed, Invitation.DoesNotExist, Project.DoesNotExist):
        # It changed meanwhile; the redirect shows the current state.
        return redirect("portal:invitation")


@never_cache
@require_POST
def invitation_sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and continue with the invitation."""
    kept = request.session.get(SESSION_KEY, "")
    if find_invitation(kept) is None:
        raise Http404
    logout(request)
    request.session[SESSION_KEY] = kept
    return redirect("portal:invitation")


def accept_as_operator(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    """Let the signed-in operator join, if the invitation is for their address."""
    context = {"invitation": invitation, "person": person}
    if person.email.lower() != invitation.address:
        return render(request, "portal/invitation/wrong_person.html", context)
    if request.method == "POST":
        accept_invitation(invitation, person=person)
        return redirect_to_project(request, invitation)
    return render(request, "portal/invitation/join.html", context)


def accept_as_new_operator(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Ask a visitor to sign in, or to create an account if there is none."""
    if find_operator(invitation.address) is not None:
        if request.method == "POST":
            # The account was created meanwhile; the redirect shows the current state.
            return redirect("portal:invitation")
        return render(request, "portal/invitation/sign_in.html", {"invitation": invitation})
    person = User(email=invitation.address)
    form = JoinForm(person, request.POST or None)
    if form.is_valid():
        person.set_password(form.cleaned_data["password1"])
        try:
            accept_invitation(invitation, person=person)
        except IntegrityError:
            # The account was created meanwhile, by another invitation to the same address.
            return redirect("portal:invitation")
        redirect_to_project(request, invitation)
        return sign_in_with_password(
            request, person, redirect_url=invitation.project.get_absolute_url()
        )
    context = {"invitation": invitation, "form": form}
    return render(request, "portal/invitation/new_person.html", context)


def redirect_to_project(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Remove the invitation from the session and redirect to the project."""
    request.session.pop(SESSION_KEY, None)
    words = {"project": str(invitation.project)}
    messages.success(request, _("You are now a member of “%(project)s”.") % words)
    return redirect(invitation.project)


def closed_page(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Explain why the link no longer works; redirect the member who has just used it."""
    me = request.user if isinstance(request.user, User) else None
    if me and invitation.accepted_at and is_member(me, invitation.project):
        return redirect(invitation.project)
    context = {"invitation": invitation}
    return render(request, "portal/invitation/closed.html", context, status=410)


def is_member(person: User, project: Project) -> bool:
    """Whether the person is a member of the project."""
    return person.memberships.filter(project=project).exists()


def unknown_page(request: HttpRequest) -> HttpResponse:
    """Return the page for unknown links."""
    return render(request, "portal/invitation/lost.html", status=404)


def find_invitation(token_hash: str) -> Invitation | None:
    """Return the invitation of a link, or None."""
    found = Invitation.objects.select_related("project", "invited_by")
    return found.filter(token_hash=token_hash).first() if token_hash else None
