"""Views of applications: list, add, page, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Application
from applications.services import (
    NewSecret,
    TooManyApplications,
    add_application,
    change_application,
    delete_application,
    lock_application,
)
from applications.tokens.hashing import new_client_id
from connections.forms.connection_form import replace_values
from portal.access.roles import can_edit, project_page
from portal.applications import page_context
from portal.applications.concurrent_edits import (
    MergedEdit,
    merge_concurrent_edit,
    with_latest_change,
)
from portal.applications.forms import ApplicationForm
from portal.applications.logo_form import LogoForm
from portal.applications.snippets import FRAMEWORKS, Framework, find_framework
from portal.shell.errors import RoleNeeded
from projects.models import Project, Role
from projects.requests import MemberRequest

SALT = "portal.applications"
LONGEST_SIGNED = 200


@require_safe
@project_page(role=Role.VIEWER)
def applications(request: MemberRequest) -> HttpResponse:
    """The project's applications."""
    rows = page_context.application_rows(request.project)
    return render(request, "portal/applications/list.html", {"applications": rows})


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def application_add(request: MemberRequest) -> HttpResponse:
    """Add an application, and show its secret in the answer to the form.

    The form carries the client ID to be. A form that is sent twice, by a reload or a double click,
    leads to the application that was added first.
    """
    client_id = read_client_id(request)
    if request.method == "POST" and find_application(request.project, client_id):
        return already_added(request, client_id)
    # The button that was pressed now, or an earlier choice.
    framework = find_framework(request.POST.get("choose") or request.POST.get("framework", ""))
    form = add_form(request, framework)
    if form.is_bound and "choose" not in request.POST and form.is_valid():
        try:
            with transaction.atomic():
                application, secret = add_application(
                    request.project, form.proposal, actor=request.user, client_id=client_id
                )
        except TooManyApplications:
            form.add_error(None, page_context.application_limit_message())
        except IntegrityError:
            # The same form was sent twice at the same time.
            return already_added(request, client_id)
        else:
            application = application_or_404(request, application.client_id)
            return application_page(
                request,
                application,
                new_secret=secret,
                is_new=True,
                framework=framework.id if framework else "",
            )
    context = {
        "form": form,
        "ticket": sign_client_id(request.project, client_id),
        "check_url": reverse("portal:application_add_check", args=[request.project.slug]),
        "frameworks": FRAMEWORKS,
        "framework": framework,
    }
    return render(request, "portal/applications/add.html", context)


def add_form(request: MemberRequest, framework: Framework | None) -> ApplicationForm:
    """Return the form of a new application, with what was typed before a framework was chosen."""
    sent = request.POST if request.method == "POST" else None
    kind = {"kind": framework.kind} if framework and framework.kind else {}
    if sent is None or "choose" not in sent:
        form = ApplicationForm(sent, project=request.project)
        form.initial.update(kind)
        return form
    form = ApplicationForm(replace_values(sent, kind), project=request.project)
    # Nothing was meant to be complete yet.
    form.errors.clear()
    return form


def already_added(request: MemberRequest, client_id: str) -> HttpResponse:
    """Redirect to the application that was added with the same form."""
    messages.info(request, _("This application was added already. Its secret is shown only once."))
    return redirect("portal:application", request.project.slug, client_id)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.VIEWER)
def application(request: MemberRequest, client_id: str) -> HttpResponse:
    """Show an application, or save its settings."""
    application = application_or_404(request, client_id)
    if request.method != "POST":
        return application_page(request, application)
    if not can_edit(request):
        raise RoleNeeded(Role.EDITOR)
    merged = save_application(request, application)
    if merged.can_save:
        messages.success(request, _("Saved."))
        return redirect(application)
    status = HTTPStatus.CONFLICT if merged.conflicts else HTTPStatus.OK
    return application_page(request, merged.application, merged=merged, status=status)


def save_application(request: MemberRequest, application: Application) -> MergedEdit:
    """Save the submitted form, unless something has to be corrected or decided."""
    merged = merge_concurrent_edit(application, request.POST, actor=request.user)
    if not merged.can_save:
        return merged
    try:
        with transaction.atomic():
            # From here on nobody else changes it; somebody may have done so a moment ago.
            lock_application(application)
            application = application_or_404(request, application.client_id)
            merged = merge_concurrent_edit(application, request.POST, actor=request.user)
            if merged.can_save:
                change_application(application, merged.changed, actor=request.user)
    except Application.DoesNotExist:
        raise Http404 from None
    return merged


@require_POST
@project_page(role=Role.EDITOR)
def application_check(request: MemberRequest, client_id: str = "") -> HttpResponse:
    """Validate a single field for htmx."""
    application = application_or_404(request, client_id) if client_id else None
    form = ApplicationForm(request.POST, project=request.project, application=application)
    name = request.headers.get("HX-Trigger-Name", "")
    if name not in form.fields:
        raise Http404
    # That a field is still empty is said when the form is saved.
    form.fields[name].required = False
    check_url = request.path
    return render(request, "components/_field.html", {"field": form[name], "check_url": check_url})


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def application_delete(request: MemberRequest, client_id: str) -> HttpResponse:
    """Delete an application, after a page that says what that means."""
    application = application_or_404(request, client_id)
    if request.method == "POST":
        try:
            delete_application(application, actor=request.user)
        except Application.DoesNotExist:
            raise Http404 from None
        messages.success(request, _("Application deleted."))
        return redirect("portal:applications", request.project.slug)
    context = {"application": application, "people": page_context.count_people(application)}
    return render(request, "portal/applications/delete.html", context)


def application_page(
    request: MemberRequest,
    application: Any,
    *,
    merged: MergedEdit | None = None,
    new_secret: NewSecret | None = None,
    is_new: bool = False,
    framework: str = "",
    logo_form: LogoForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Render the page of an application; `new_secret` is shown once, and stored nowhere."""
    request.page_path = application.get_absolute_url()
    saved = ApplicationForm(project=request.project, application=application)
    context = {
        **page_context.application_page_context(application, framework),
        "form": merged.form if merged else saved,
        "seen": application.latest_change,
        "conflict_details": merged.conflicts if merged else None,
        "check_url": reverse(
            "portal:application_check", args=[request.project.slug, application.client_id]
        ),
        "new_secret": new_secret.value if new_secret else "",
        "is_new": is_new,
        "logo_form": logo_form or LogoForm(),
    }
    return render(request, "portal/applications/edit.html", context, status=status)


def application_or_404(request: MemberRequest, client_id: str) -> Any:
    """Return the project's application, or a 404."""
    found = find_application(request.project, client_id)
    if found is None:
        raise Http404
    return found


def find_application(project: Project, client_id: str) -> Any:
    """Return the project's application, or None."""
    known = project.applications.select_related("project", "updated_by")
    return with_latest_change(known).filter(client_id=client_id).first()


def sign_client_id(project: Project, client_id: str) -> str:
    """Return the client ID that the next application gets, for a hidden field."""
    return signing.dumps([str(project.pk), client_id], salt=SALT)


def read_client_id(request: MemberRequest) -> str:
    """Return the client ID that the form carries, or a new one."""
    sealed = request.POST.get("ticket", "")
    if len(sealed) <= LONGEST_SIGNED:
        try:
            project, client_id = signing.loads(sealed, salt=SALT)
        except signing.BadSignature:
            return new_client_id()
        if project == str(request.project.pk):
            return str(client_id)
    return new_client_id()
