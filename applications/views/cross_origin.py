"""Lets the scripts of browser apps read our answers (CORS; RFC 9700, 2.6).

They send no cookies here, so a script learns nothing that its tokens would not tell anybody.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from applications.models import Application, Kind
from applications.redirect_uris import has_origin
from core.postgresql.retry import retry_on_lost_connection
from projects.models import Project
from projects.requests import TenantRequest

LONGEST = 300
# Seconds for which a browser need not ask again.
REMEMBERED = 600


def is_preflight(request: TenantRequest) -> bool:
    """Whether a browser asks whether a script may send a request."""
    asked = {"Origin", "Access-Control-Request-Method"}
    return request.method == "OPTIONS" and asked <= {*map(str.title, request.headers)}


def answer_preflight() -> HttpResponse:
    """Return what a script may send."""
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(REMEMBERED),
        },
    )


def open_to_scripts(
    request: TenantRequest, response: HttpResponse, application: Application | None
) -> None:
    """Let the script read the response if its origin is registered for the application.

    Where it is not known, as in a preflight, any browser app of the project will do.
    """
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if not origin or len(origin) > LONGEST:
        return
    known = [application] if application else browser_apps(request.project)
    if any(has_origin(each, origin) for each in known):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"


@retry_on_lost_connection
def browser_apps(project: Project) -> list[Application]:
    """Return the project's browser apps: one statement."""
    return list(project.applications.filter(kind=Kind.BROWSER))
