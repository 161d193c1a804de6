"""Views of a project's members and invitations."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.access.roles import project_page
from portal.mail import can_send_mail, send_invitation
from portal.members.forms import InviteForm, RoleForm
from portal.shell.errors import RoleNeeded, gone_is_404
from projects.members.invitations import (
    AlreadyInvited,
    AlreadyMember,
    InvitationClosed,
    TooManyMembers,
    invite_member,
    renew_invitation,
    revoke_invitation,
)
from projects.members.services import LastOwner, change_role, remove_member
from projects.models import Invitation, Membership, Role
from projects.requests import MemberRequest

# The name of a member, or the email address.
NAME = Coalesce(NullIf("user__name", Value("")), "user__email")


@require_safe
@project_page(role=Role.VIEWER)
def members(request: MemberRequest) -> HttpResponse:
    """List the members and pending invitations."""
    people = request.project.memberships.select_related("user")
    waiting = request.project.invitations.filter(accepted_at=None, revoked_at=None)
    context = {
        "memberships": people.order_by(Lower(NAME), "user__email"),
        "invitations": waiting.select_related("invited_by").order_by("address"),
        "can_send": can_send_mail(),
    }
    return render(request, "portal/members/list.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("address", "role"))
def member_invite(request: MemberRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    form = InviteForm(request.POST or None, initial={"role": Role.VIEWER, **request.kept_fields})
    if form.is_valid():
        try:
            # The email is queued in the same transaction.
            with gone_is_404(), transaction.atomic():
                invitation, token = invite_member(
                    project=request.project,
                    address=form.cleaned_data["address"],
                    role=form.chosen,
                    actor=request.user,
                )
                return deliver_invitation(request, invitation, token)
        except AlreadyMember:
            form.add_error("address", _("A member already has this email address."))
        except AlreadyInvited:
            form.add_error(
                "address",
                _(
                    "This email address has already been invited. Send the invitation again, or "
                    "revoke it."
                ),
            )
        except TooManyMembers:
            form.add_error(None, member_limit_message())
    context = {"form": form, "can_send": can_send_mail()}
    return render(request, "portal/members/invite.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("role",))
def member(request: MemberRequest, member: int) -> HttpResponse:
    """Change a member's role."""
    membership = member_or_404(request, member)
    form = RoleForm(request.POST or None, initial={"role": membership.role, **request.kept_fields})
    if form.is_valid():
        try:
            with gone_is_404():
                change_role(membership, role=form.chosen, actor=request.user)
        except LastOwner:
            form.add_error("role", last_owner_message())
        else:
            messages.success(request, _("Role changed."))
            return redirect("portal:members", request.project.slug)
    context = {"form": form, "membership": membership}
    return render(request, "portal/members/role.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER, fresh=True)
def member_remove(request: MemberRequest, member: int) -> HttpResponse:
    """Remove a member, or leave the project."""
    membership = member_or_404(request, member)
    leaves = membership == request.membership
    if not leaves and request.membership.role != Role.OWNER:
        raise RoleNeeded(Role.OWNER)
    error = last_owner_message() if is_last_owner(membership) else ""
    if request.method == "POST":
        try:
            with gone_is_404():
                remove_member(membership, actor=request.user)
        except LastOwner:
            error = last_owner_message()
        else:
            return redirect_after_removal(request, membership, leaves=leaves)
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
    """Send an invitation again with a new link; the old one stops working."""
    found = get_object_or_404(request.project.invitations, pk=invitation)
    if request.method == "POST":
        try:
            with gone_is_404(), transaction.atomic():
                return deliver_invitation(request, *renew_invitation(found, actor=request.user))
        except InvitationClosed:
            messages.warning(request, invitation_closed_message())
    return redirect("portal:members", request.project.slug)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True)
def invitation_revoke(request: MemberRequest, invitation: int) -> HttpResponse:
    """End an invitation."""
    found = get_object_or_404(request.project.invitations, pk=invitation)
    if request.method == "POST":
        try:
            with gone_is_404():
                revoke_invitation(found, actor=request.user)
            messages.success(request, _("Invitation revoked. Its link no longer works."))
        except InvitationClosed:
            messages.warning(request, invitation_closed_message())
    return redirect("portal:members", request.project.slug)


def deliver_invitation(request: MemberRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Send the link; if this installation sends no email, show it once."""
    link = request.build_absolute_uri(reverse("portal:invitation_link", args=[token]))
    if not can_send_mail():
        context = {"invitation": invitation, "link": link}
        return render(request, "portal/members/link.html", context)
    words = {"address": invitation.address}
    if send_invitation(invitation, link=link):
        messages.success(request, _("Invitation sent to %(address)s.") % words)
    else:
        messages.error(
            request,
            _("The email to %(address)s could not be sent. Send the invitation again later.")
            % words,
        )
    return redirect("portal:members", request.project.slug)


def redirect_after_removal(
    request: MemberRequest, membership: Membership, *, leaves: bool
) -> HttpResponse:
    """Add a message and redirect to a page that the person may still see."""
    if leaves:
        messages.success(request, _("You have left “%(project)s”.") % {"project": request.project})
        return redirect("portal:projects")
    messages.success(request, _("%(name)s is no longer a member.") % {"name": str(membership.user)})
    return redirect("portal:members", request.project.slug)


def is_last_owner(membership: Membership) -> bool:
    """Whether this is the project's only owner."""
    owners = Membership.objects.filter(project=membership.project_id, role=Role.OWNER)
    return membership.role == Role.OWNER and owners.count() == 1


def last_owner_message() -> str:
    """Return the error message for the last owner."""
    return _("A project must have an owner. Make another member an owner first.")


def invitation_closed_message() -> str:
    """Return the message for an invitation that is no longer pending."""
    return _("This invitation has already been accepted or revoked.")


def member_or_404(request: MemberRequest, member: int) -> Membership:
    """Return the project's member, or a 404."""
    people = request.project.memberships.select_related("user", "project")
    return get_object_or_404(people, pk=member)


def member_limit_message() -> str:
    """Return the message for the limit on members."""
    most = settings.MENKOU_MAX_MEMBERS
    return ngettext(
        "A project can have at most %(most)d member, including pending invitations. Remove a "
        "member or revoke an invitation first.",
        "A project can have at most %(most)d members, including pending invitations. Remove a "
        "member or revoke an invitation first.",
        most,
    ) % {"most": most}
