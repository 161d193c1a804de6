"""The view that deletes a project."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from portal.access.roles import project_page
from portal.members.forms import DeleteProjectForm
from portal.projects.deletion import ProjectCounts, count_project_data, delete_project
from projects.models import Project, Role
from projects.requests import MemberRequest


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True, keep=("slug",))
def project_delete(request: MemberRequest) -> HttpResponse:
    """Show what would be deleted, and delete the project once its ID was typed."""
    form = DeleteProjectForm(
        request.POST or None, project=request.project, initial=request.kept_fields
    )
    if form.is_valid():
        try:
            delete_project(request.project, actor=request.user)
        except Project.DoesNotExist:
            raise Http404 from None
        messages.success(
            request, _("Project “%(project)s” deleted.") % {"project": request.project}
        )
        return redirect("portal:projects")
    context = {
        "form": form,
        "host": request.project.host,
        "losses": describe_counts(count_project_data(request.project)),
    }
    return render(request, "portal/projects/delete.html", context)


def describe_counts(loss: ProjectCounts) -> list[tuple[str, str]]:
    """Return the counts with their labels, the most important first."""
    words = [
        (loss.end_users, ngettext("end user", "end users", loss.end_users)),
        (loss.identities, ngettext("linked identity", "linked identities", loss.identities)),
        (loss.connections, ngettext("connection", "connections", loss.connections)),
        (loss.applications, ngettext("application", "applications", loss.applications)),
        (loss.sign_ins, ngettext("sign-in record", "sign-in records", loss.sign_ins)),
        (loss.events, ngettext("change record", "change records", loss.events)),
        (loss.members, ngettext("membership", "memberships", loss.members)),
        (
            loss.invitations,
            ngettext("pending invitation", "pending invitations", loss.invitations),
        ),
    ]
    return [(number_format(number, force_grouping=True), what) for number, what in words]
