"""The logo of an application: shown, replaced and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.logos import change_logo, find_logo, logo_response
from applications.models import Application
from core.pictures import Picture
from portal.access.roles import project_page
from portal.applications.logo_form import LogoForm
from portal.applications.views import application_or_404, application_page
from projects.models import Role
from projects.requests import MemberRequest


@require_POST
@project_page(role=Role.EDITOR)
def application_logo_change(request: MemberRequest, client_id: str) -> HttpResponse:
    """Replace the logo with an uploaded picture, or remove it."""
    application = application_or_404(request, client_id)
    form = LogoForm(request.POST, request.FILES)
    is_removal = "remove" in request.POST
    if not is_removal and not form.is_valid():
        return application_page(request, application, logo_form=form)
    picture: Picture | None = None if is_removal else form.cleaned_data["logo"]
    try:
        change_logo(application, picture, actor=request.user)
    except Application.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Logo removed.") if is_removal else _("Logo saved."))
    return redirect(application)


@require_safe
@project_page(role=Role.VIEWER)
def application_logo(request: MemberRequest, name: str) -> HttpResponse:
    """The picture with this name."""
    content = find_logo(request.project, name)
    if content is None:
        raise Http404
    return logo_response(content, name)
