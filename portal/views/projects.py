"""Select Project, Create Project, Overview, Settings."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from connections.models import Outcome
from portal.access import can_edit, operator_page, project_page
from portal.forms import ProjectForm, ProjectNameForm
from portal.second_factors import by_second_factor, has_second_factor, people_with_second_factor
from projects.models import Membership, Project, Role
from projects.requests import MemberRequest, OperatorRequest
from projects.services import create_project, rename_project, require_second_factor


@dataclass(frozen=True)
class Row:
    """A project in the list."""

    project: Project
    role_label: str
    sign_in_url: str


@dataclass(frozen=True)
class Task:
    """An entry of the getting-started checklist."""

    done: bool
    title: str
    text: str
    url: str
    action: str


def home(request: HttpRequest) -> HttpResponse:
    """The bare portal host leads to the projects."""
    return redirect("portal:projects")


@require_safe
@operator_page
def projects(request: OperatorRequest) -> HttpResponse:
    """Select Project: those of which I am a member."""
    memberships = Membership.objects.filter(user=request.user).select_related("project")
    rows = [
        Row(
            project=membership.project,
            role_label=membership.get_role_display(),
            sign_in_url=sign_in_url(request, membership.project),
        )
        for membership in memberships.order_by("project__name", "project__slug")
    ]
    return render(request, "portal/projects/list.html", {"projects": rows})


@require_http_methods(["GET", "POST"])
@operator_page
def project_create(request: OperatorRequest) -> HttpResponse:
    """Create Project."""
    form = ProjectForm(request.POST or None)
    if form.is_valid():
        try:
            project = create_project(
                name=form.cleaned_data["name"], slug=form.cleaned_data["slug"], owner=request.user
            )
        except IntegrityError:
            # Somebody took the id between the check and the write; now the check says so.
            form.full_clean()
        else:
            messages.success(request, _("The project was created."))
            return redirect(project)
    return render(request, "portal/projects/create.html", {"form": form})


@require_safe
@project_page(role=Role.VIEWER)
def overview(request: MemberRequest) -> HttpResponse:
    """The sign-in page's address, and what is left to do."""
    context = {
        "project": request.project,
        "sign_in_url": sign_in_url(request, request.project),
        "checklist": checklist(request),
    }
    return render(request, "portal/projects/overview.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def settings(request: MemberRequest) -> HttpResponse:
    """Rename the project."""
    form = ProjectNameForm(request.POST or None, instance=request.project)
    if request.method == "POST" and not can_edit(request):
        raise PermissionDenied
    if form.is_valid():
        rename_project(
            Project.objects.get(pk=request.project.pk),
            name=form.cleaned_data["name"],
            actor=request.user,
        )
        messages.success(request, _("The settings were saved."))
        return redirect("portal:settings", request.project.slug)
    return render(
        request, "portal/projects/settings.html", {"form": form, **second_factor_state(request)}
    )


def second_factor_state(request: MemberRequest) -> dict[str, object]:
    """Return what the settings say about the second factor of the members."""
    members = request.project.memberships
    return {
        "is_owner": request.membership.role == Role.OWNER,
        "can_require": by_second_factor(request),
        "has_second_factor": has_second_factor(request.user),
        "member_count": members.count(),
        "without_factor": members.exclude(user__in=people_with_second_factor()).count(),
    }


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True)
def settings_second_factor(request: MemberRequest) -> HttpResponse:
    """Require a second factor of all members, or no longer; whoever just confirmed comes by GET."""
    if request.method == "POST":
        switch_second_factor(request)
    return redirect("portal:settings", request.project.slug)


def switch_second_factor(request: MemberRequest) -> None:
    """Do what the button asks for, or say why not."""
    required = request.POST.get("enabled") == "on"
    if required and not by_second_factor(request):
        # Whoever closes the door must be able to open it.
        messages.error(request, closes_on_oneself(request))
    else:
        require_second_factor(request.project, required=required, actor=request.user)
        messages.success(request, _("The settings were saved."))


def closes_on_oneself(request: MemberRequest) -> str:
    """Say what the owner has to do first."""
    if has_second_factor(request.user):
        return _("Confirm first that it is you, with your own second factor.")
    return _("Set up a second factor for your own account first.")


def checklist(request: MemberRequest) -> list[Task]:
    """Return what gets a project going, ticked by what there is."""
    project = request.project
    connections = reverse("portal:connections", args=[project.slug])
    return [
        Task(
            done=project.connections.exists(),
            title=_("Add a connection"),
            text=_("Choose a provider and enter the values that it gave you."),
            url=reverse("portal:connection_catalogue", args=[project.slug]),
            action=_("Add Connection"),
        ),
        Task(
            done=project.connections.filter(enabled=True).exists(),
            title=_("Show it on the sign-in page"),
            text=_("A connection that is switched on has a button there."),
            url=connections,
            action=_("See connections"),
        ),
        Task(
            done=project.sign_ins.filter(outcome=Outcome.OK).exists(),
            title=_("Sign in once yourself"),
            text=_("Open the sign-in page and try the button as your users will."),
            url=sign_in_url(request, project),
            action=_("Open the sign-in page"),
        ),
    ]


def sign_in_url(request: HttpRequest, project: Project) -> str:
    """Return the address of the project's sign-in page."""
    return f"{request.scheme}://{project.host}/login"
