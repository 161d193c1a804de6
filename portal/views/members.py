"""Members: who belongs to the project, inviting, roles, removing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.access import project_page
from portal.member_forms import InviteForm, RoleForm
from portal.post import can_send, send_invitation
from projects.invitations import AlreadyInvited, AlreadyMember, NotOpen, invite, renew, revoke
from projects.members import LastOwner, change_role, remove_member
from projects.models import Invitation, Membership, Role
from projects.requests import MemberRequest

# What a member is called: by name, else by address.
NAME = Coalesce(NullIf("user__name", Value("")), "user__email")


@require_safe
@project_page(role=Role.VIEWER)
def members(request: MemberRequest) -> HttpResponse:
    """Everybody who belongs to the project, and who is invited."""
    people = request.project.memberships.select_related("user")
    waiting = request.project.invitations.filter(accepted_at=None, revoked_at=None)
    context = {
        "memberships": people.order_by(Lower(NAME), "user__email"),
        "invitations": waiting.select_related("invited_by").order_by("address"),
    }
    return render(request, "portal/members/list.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("address", "role"))
def member_invite(request: MemberRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    form = InviteForm(request.POST or None, initial={"role": Role.VIEWER, **request.typed})
    if form.is_valid():
        try:
            with gone_is_404():
                invitation, token = invite(
                    project=request.project,
                    address=form.cleaned_data["address"],
                    role=form.chosen,
                    actor=request.user,
                )
        except AlreadyMember:
            form.add_error("address", _("A member has this address."))
        except AlreadyInvited:
            form.add_error(
                "address",
                _("This address is invited already. Send it the invitation again, or revoke it."),
            )
        else:
            return handed_over(request, invitation, token)
    context = {"form": form, "can_send": can_send()}
    return render(request, "portal/members/invite.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("role",))
def member(request: MemberRequest, member: int) -> HttpResponse:
    """Change a member's role."""
    membership = membership_or_404(request, member)
    form = RoleForm(request.POST or None, initial={"role": membership.role, **request.typed})
    if form.is_valid():
        try:
            with gone_is_404():
                change_role(membership, role=form.chosen, actor=request.user)
        except LastOwner:
            form.add_error("role", last_owner_stays())
        else:
            messages.success(request, _("The role was changed."))
            return redirect("portal:members", request.project.slug)
    context = {"form": form, "membership": membership}
    return render(request, "portal/members/role.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER, fresh=True)
def member_remove(request: MemberRequest, member: int) -> HttpResponse:
    """Remove a member, or leave the project oneself."""
    membership = membership_or_404(request, member)
    leaves = membership == request.membership
    if not leaves and request.membership.role != Role.OWNER:
        raise PermissionDenied
    error = last_owner_stays() if is_last_owner(membership) else ""
    if request.method == "POST":
        try:
            with gone_is_404():
                remove_member(membership, actor=request.user)
        except LastOwner:
            error = last_owner_stays()
        else:
            return removed(request, membership, leaves=leaves)
    context = {
        "membership": membership,
        "leaves": leaves,
        "error": error,
        "invitations": request.project.invitations.filter(
            invited_by=membership.user, accepted_at=None, revoked_at=None
        ).count(),
    }
    return render(request, "portal/members/remove.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True)
def invitation_renew(request: MemberRequest, invitation: int) -> HttpResponse:
    """Send an invitation again: with a new link, which kills the old one."""
    found = get_object_or_404(request.project.invitations, pk=invitation)
    if request.method == "POST":
        try:
            with gone_is_404():
                return handed_over(request, *renew(found, actor=request.user))
        except NotOpen:
            messages.warning(request, no_longer_open())
    return redirect("portal:members", request.project.slug)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True)
def invitation_revoke(request: MemberRequest, invitation: int) -> HttpResponse:
    """End an invitation."""
    found = get_object_or_404(request.project.invitations, pk=invitation)
    if request.method == "POST":
        try:
            with gone_is_404():
                revoke(found, actor=request.user)
            messages.success(request, _("The invitation was revoked. Its link is dead."))
        except NotOpen:
            messages.warning(request, no_longer_open())
    return redirect("portal:members", request.project.slug)


def handed_over(request: MemberRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Send the link; where no e-mail can be sent, show it to who invites, this once."""
    link = request.build_absolute_uri(reverse("portal:invitation_link", args=[token]))
    if not can_send():
        context = {"invitation": invitation, "link": link}
        return render(request, "portal/members/link.html", context)
    words = {"address": invitation.address}
    if send_invitation(invitation, link=link):
        messages.success(request, _("The invitation was sent to %(address)s.") % words)
    else:
        messages.error(
            request,
            _("The message to %(address)s could not be sent. Send it again later.") % words,
        )
    return redirect("portal:members", request.project.slug)


def removed(request: MemberRequest, membership: Membership, *, leaves: bool) -> HttpResponse:
    """Say who is gone, on a page that the person may still see."""
    if leaves:
        messages.success(request, _("You have left “%(project)s”.") % {"project": request.project})
        return redirect("portal:projects")
    messages.success(request, _("%(name)s is no longer a member.") % {"name": str(membership.user)})
    return redirect("portal:members", request.project.slug)


def is_last_owner(membership: Membership) -> bool:
    """Whether the project would be without an owner."""
    owners = Membership.objects.filter(project=membership.project_id, role=Role.OWNER)
    return membership.role == Role.OWNER and owners.count() == 1


def last_owner_stays() -> str:
    """Return why the last owner stays one."""
    return _("A project needs an owner. Make somebody else an owner first.")


def no_longer_open() -> str:
    """Return why an invitation cannot be changed."""
    return _("This invitation was accepted or revoked meanwhile.")


def membership_or_404(request: MemberRequest, member: int) -> Membership:
    """Return the project's member, or a 404."""
    people = request.project.memberships.select_related("user", "project")
    return get_object_or_404(people, pk=member)


@contextmanager
def gone_is_404() -> Iterator[None]:
    """Answer 404 where somebody else has just removed it, or deleted the project."""
    try:
        yield
    except ObjectDoesNotExist:
        raise Http404 from None
