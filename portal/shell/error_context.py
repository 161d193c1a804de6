"""What error pages show of the project and the language, without the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.translation import get_language_from_request, get_language_info

from core.language_links import chosen_language, language_switch
from projects.tenants.hosts import hosts


def error_context(request: HttpRequest) -> dict[str, Any]:
    """Return the project's name and what the language switch needs."""
    return {
        "project_name": project_name(request),
        "languages": [
            (code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES
        ],
        **language_switch(request),
    }


def project_name(request: HttpRequest) -> str:
    """Return the name of the project whose host this is, or "" on the portal.

    Early errors happen before the project is found, and the database may be away. Then the name is
    the cached one, if there is one, even if it may have changed since.
    """
    project = getattr(request, "project", None)
    if project is not None:
        return str(project.name)
    try:
        return hosts.cached_name(request.get_host().lower())
    except DisallowedHost:
        return ""


def error_language(request: HttpRequest) -> str:
    """Return the language of an error page. Early errors happen before the language middleware."""
    language: str = getattr(request, "LANGUAGE_CODE", "")
    return language or chosen_language(request) or get_language_from_request(request)
