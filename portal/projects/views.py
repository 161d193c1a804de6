"""Views of projects: list, create, overview, settings."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings as django_settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections.values.outcomes import Outcome
from portal.access.roles import can_edit, operator_page, project_page
from portal.access.second_factors import (
    has_second_factor,
    people_with_second_factor,
    used_second_factor,
)
from portal.health.dashboard import describe_project
from portal.shell.errors import RoleNeeded
from portal.shell.forms import ProjectForm, ProjectNameForm
from projects.models import Membership, Project, Role
from projects.requests import MemberRequest, OperatorRequest
from projects.tenants.services import (
    TooManyProjects,
    create_project,
    rename_project,
    require_second_factor,
    require_trial,
)


@dataclass(frozen=True)
class ProjectRow:
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
    """Redirect from / to the list of projects."""
    return redirect("portal:projects")


@require_safe
@operator_page
def projects(request: OperatorRequest) -> HttpResponse:
    """List the operator's projects."""
    memberships = Membership.objects.filter(user=request.user).select_related("project")
    rows = [
        ProjectRow(
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
        except TooManyProjects:
            form.add_error(None, project_limit_message())
        except IntegrityError:
            # The ID was taken after the check; checking again adds the error.
            form.full_clean()
        else:
            messages.success(request, _("Project created."))
            return redirect(project)
    address = {
        "before": f"{request.scheme}://",
        "after": f".{django_settings.MENKOU_PROJECT_DOMAIN}/login",
    }
    return render(request, "portal/projects/create.html", {"form": form, "address": address})


@require_safe
@project_page(role=Role.VIEWER)
def overview(request: MemberRequest) -> HttpResponse:
    """Show what needs attention, the numbers of sign-ins, and what is left to set up."""
    tasks = checklist(request)
    left = [each for each in tasks if not each.done]
    context = {
        "project": request.project,
        "sign_in_url": sign_in_url(request, request.project),
        "dashboard": describe_project(request),
        "tasks": left,
        "done_count": len(tasks) - len(left),
        "task_count": len(tasks),
    }
    return render(request, "portal/projects/overview.html", context)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def settings(request: MemberRequest) -> HttpResponse:
    """Show the settings and rename the project."""
    form = ProjectNameForm(request.POST or None, instance=request.project)
    if request.method == "POST" and not can_edit(request):
        raise RoleNeeded(Role.EDITOR)
    if form.is_valid():
        rename_project(
            Project.objects.get(pk=request.project.pk),
            name=form.cleaned_data["name"],
            actor=request.user,
        )
        messages.success(request, _("Settings saved."))
        return redirect("portal:settings", request.project.slug)
    return render(
        request, "portal/projects/settings.html", {"form": form, **second_factor_state(request)}
    )


def second_factor_state(request: MemberRequest) -> dict[str, object]:
    """Return the context of the second-factor setting."""
    members = request.project.memberships
    return {
        "is_owner": request.membership.role == Role.OWNER,
        "can_require": used_second_factor(request),
        "has_second_factor": has_second_factor(request.user),
        "member_count": members.count(),
        "without_factor": members.exclude(user__in=people_with_second_factor()).count(),
    }


@require_http_methods(["GET", "POST"])
@project_page(role=Role.OWNER, fresh=True)
def settings_second_factor(request: MemberRequest) -> HttpResponse:
    """Switch the second-factor requirement; after reauthentication it is called by GET."""
    if request.method == "POST":
        switch_second_factor(request)
    return redirect("portal:settings", request.project.slug)


def switch_second_factor(request: MemberRequest) -> None:
    """Switch the requirement, or add an error message."""
    required = request.POST.get("enabled") == "on"
    if required and not used_second_factor(request):
        # The owner would lock themselves out.
        messages.error(request, missing_factor_message(request))
    else:
        require_second_factor(request.project, required=required, actor=request.user)
        messages.success(request, _("Settings saved."))


@require_POST
@project_page(role=Role.OWNER)
def settings_trial(request: MemberRequest) -> HttpResponse:
    """Switch the requirement of a successful trial before connections are published."""
    required = request.POST.get("enabled") == "on"
    require_trial(request.project, required=required, actor=request.user)
    messages.success(request, _("Settings saved."))
    return redirect("portal:settings", request.project.slug)


def missing_factor_message(request: MemberRequest) -> str:
    """Return the message for an owner who has not used a second factor."""
    if has_second_factor(request.user):
        return _("Confirm your identity with two-step verification first.")
    return _("Set up two-step verification for your own account first.")


def checklist(request: MemberRequest) -> list[Task]:
    """Return the getting-started tasks with their state."""
    project = request.project
    connections = reverse("portal:connections", args=[project.slug])
    return [
        Task(
            done=project.connections.filter(is_unpublished=False).exists(),
            title=_("Add a connection"),
            text=_("Choose a provider and enter the credentials from its console."),
            url=reverse("portal:connection_catalogue", args=[project.slug]),
            action=_("Add Connection"),
        ),
        Task(
            done=project.connections.filter(enabled=True).exists(),
            title=_("Show it on the sign-in page"),
            text=_("Each active connection has a button on the sign-in page."),
            url=connections,
            action=_("See connections"),
        ),
        Task(
            done=project.sign_ins.filter(outcome=Outcome.OK).exists(),
            title=_("Try signing in"),
            text=_("Open the sign-in page and try the button as your users will."),
            url=sign_in_url(request, project),
            action=_("Open the sign-in page"),
        ),
        connect_task(request),
    ]


def connect_task(request: MemberRequest) -> Task:
    """Return the task to connect a website.

    It is done when an application was added. What shows that somebody has signed in to one is
    deleted when the tokens have expired, so the task would come back.
    """
    project = request.project
    if can_edit(request):
        url, action = reverse("portal:application_add", args=[project.slug]), _("Add Application")
    else:
        url, action = reverse("portal:applications", args=[project.slug]), _("See applications")
    return Task(
        done=project.applications.exists(),
        title=_("Connect your website"),
        text=_("Add your website as an application, so that users can sign in to it."),
        url=url,
        action=action,
    )


def sign_in_url(request: HttpRequest, project: Project) -> str:
    """Return the URL of the project's sign-in page."""
    return f"{request.scheme}://{project.host}/login"


def project_limit_message() -> str:
    """Return the message for the limit on projects."""
    most = django_settings.MENKOU_MAX_PROJECTS
    return ngettext(
        "You can own at most %(most)d project. Delete one that you no longer need first.",
        "You can own at most %(most)d projects. Delete one that you no longer need first.",
        most,
    ) % {"most": most}
