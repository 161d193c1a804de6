"""Delete a project, after its id was typed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from connections.deletion import ProjectLoss, delete_project, loss_with
from portal.access import project_page
from portal.member_forms import DeleteProjectForm
from projects.models import Project, Role
from projects.requests import MemberRequest


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("slug",))
def project_delete(request: MemberRequest) -> HttpResponse:
    """Tell in numbers what goes with the project, and delete it."""
    form = DeleteProjectForm(request.POST or None, project=request.project, initial=request.typed)
    if form.is_valid():
        try:
            delete_project(request.project, actor=request.user)
        except Project.DoesNotExist:
            raise Http404 from None
        messages.success(
            request, _("The project “%(project)s” was deleted.") % {"project": request.project}
        )
        return redirect("portal:projects")
    context = {
        "form": form,
        "host": request.project.host,
        "losses": in_words(loss_with(request.project)),
    }
    return render(request, "portal/projects/delete.html", context)


def in_words(loss: ProjectLoss) -> list[tuple[str, str]]:
    """Return how much goes, and of what, what hurts most first."""
    words = [
        (loss.end_users, ngettext("end user", "end users", loss.end_users)),
        (loss.identities, ngettext("identity", "identities", loss.identities)),
        (loss.connections, ngettext("connection", "connections", loss.connections)),
        (loss.sign_ins, ngettext("recorded sign-in", "recorded sign-ins", loss.sign_ins)),
        (loss.events, ngettext("recorded change", "recorded changes", loss.events)),
        (loss.members, ngettext("membership", "memberships", loss.members)),
        (
            loss.invitations,
            ngettext("waiting invitation", "waiting invitations", loss.invitations),
        ),
    ]
    return [(number_format(number, force_grouping=True), what) for number, what in words]
