"""The logos of applications, on the project's host."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from applications.logos import find_logo, logo_response
from projects.requests import TenantRequest


@require_safe
def logo(request: TenantRequest, name: str) -> HttpResponse:
    """The picture with this name."""
    content = find_logo(request.project, name)
    if content is None:
        raise Http404
    return logo_response(content, name)
