"""Accepting an invitation: the link, and the page to which it leads."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.member_forms import JoinForm
from projects.invitations import NotOpen, accept, hash_of, operator_with
from projects.models import Invitation, Project, User

KEPT = "menkou_invitation"


@never_cache
@require_safe
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Remember the invitation and lead on, so that its token is on no page and in no history."""
    if invitation_with(hash_of(token)) is None:
        return lost(request)
    request.session[KEPT] = hash_of(token)
    return redirect("portal:invitation")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept the invitation whose link was opened in this browser."""
    invitation = invitation_with(request.session.get(KEPT, ""))
    if invitation is None:
        return lost(request)
    if not invitation.waits or invitation.has_expired:
        return closed(request, invitation)
    try:
        if isinstance(request.user, User):
            return as_operator(request, invitation, request.user)
        return as_somebody_new(request, invitation)
    except (NotOpen, Invitation.DoesNotExist, Project.DoesNotExist):
        # Somebody was faster; what is true now says what to read.
        return redirect("portal:invitation")


@never_cache
@require_POST
def invitation_sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out whoever is signed in here, and go on with the invitation."""
    kept = request.session.get(KEPT, "")
    if invitation_with(kept) is None:
        raise Http404
    logout(request)
    request.session[KEPT] = kept
    return redirect("portal:invitation")


def as_operator(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    """Who is signed in joins by pressing a button, if it is the one who was invited."""
    context = {"invitation": invitation, "person": person}
    if person.email.lower() != invitation.address:
        return render(request, "portal/invitation/wrong_person.html", context)
    if request.method == "POST":
        accept(invitation, person=person)
        return joined(request, invitation)
    return render(request, "portal/invitation/join.html", context)


def as_somebody_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Who is not signed in signs in, or, being new, enters a name and a password."""
    if operator_with(invitation.address) is not None:
        if request.method == "POST":
            # The account was made a moment ago: what is true now says what to read.
            return redirect("portal:invitation")
        return render(request, "portal/invitation/sign_in.html", {"invitation": invitation})
    person = User(email=invitation.address)
    form = JoinForm(person, request.POST or None)
    if form.is_valid():
        person.set_password(form.cleaned_data["password1"])
        try:
            accept(invitation, person=person)
        except IntegrityError:
            # Another invitation was just accepted with this address: now there is an account.
            return redirect("portal:invitation")
        login = Login(user=person, redirect_url=invitation.project.get_absolute_url())
        joined(request, invitation)
        answer: HttpResponse = perform_password_login(request, {"email": person.email}, login)
        return answer
    context = {"invitation": invitation, "form": form}
    return render(request, "portal/invitation/new_person.html", context)


def joined(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Forget the invitation and lead to the project."""
    request.session.pop(KEPT, None)
    words = {"project": str(invitation.project)}
    messages.success(request, _("You are now a member of “%(project)s”.") % words)
    return redirect(invitation.project)


def closed(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Say why the link does not work any more; who has just used it is where they wanted to be."""
    me = request.user if isinstance(request.user, User) else None
    if me and invitation.accepted_at and is_member(me, invitation.project):
        return redirect(invitation.project)
    context = {"invitation": invitation}
    return render(request, "portal/invitation/closed.html", context, status=410)


def is_member(person: User, project: Project) -> bool:
    """Whether the person belongs to the project."""
    return person.memberships.filter(project=project).exists()


def lost(request: HttpRequest) -> HttpResponse:
    """Say that no invitation belongs to the link; the same for all that there never was."""
    return render(request, "portal/invitation/lost.html", status=404)


def invitation_with(token_hash: str) -> Invitation | None:
    """Return the invitation of a link, or None."""
    found = Invitation.objects.select_related("project", "invited_by")
    return found.filter(token_hash=token_hash).first() if token_hash else None
