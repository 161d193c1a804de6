"""Error pages, in the reader's language."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import (
    DisallowedHost,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import override
from django.views.decorators.csrf import requires_csrf_token

from core.language_links import chosen_language
from core.language_middleware import remember_language
from core.limits.rate import retry_after_text
from portal.shell.error_context import error_context, error_language
from portal.shell.retry_after import seconds_left
from projects.models import Membership, Role, User
from projects.tenants.middleware import unknown_host_response

log = logging.getLogger("menkou.errors")


class RoleNeeded(PermissionDenied):
    """A member has less than the role that the page needs."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"needs the role {role}")
        self.role = role


@contextmanager
def gone_is_404() -> Iterator[None]:
    """Raise Http404 if what the page changes, or its project, was deleted meanwhile."""
    try:
        yield
    except ObjectDoesNotExist:
        raise Http404 from None


def error_page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    """Return an error page, rendered without context processors, which could fail again."""
    shown = {**error_context(request), **context}
    with override(error_language(request)):
        response = HttpResponse(render_to_string(name, shown), status=status)
    response["Cache-Control"] = "no-store"
    if chosen := chosen_language(request):
        remember_language(response, chosen)
    return response


def portal_error_page(
    request: HttpRequest, name: str, status: int, **context: object
) -> HttpResponse | None:
    """Return an error page within the portal, or None unless a signed-in operator reads it."""
    # htmx would insert the page into another.
    if request.headers.get("HX-Request"):
        return None
    try:
        # Early errors happen before the middleware that sets the user. On a project's host there
        # is none.
        if not isinstance(getattr(request, "user", None), User):
            return None
        response = render(request, name, context, status=status)
    except DatabaseError:
        return None
    response["Cache-Control"] = "no-store"
    return response


def owner_names(membership: Membership) -> list[str]:
    """Return the names of the project's owners, who can give another role."""
    owners = User.objects.filter(
        memberships__project=membership.project, memberships__role=Role.OWNER
    )
    return [owner.name or owner.email for owner in owners.order_by("name", "email")[:5]]


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request is invalid, or its host is unknown."""
    if isinstance(exception, DisallowedHost):
        return unknown_host_response()
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, "413.html", 413)
    return error_page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person's role does not permit it. Names the role, and the project's owners."""
    context = {}
    membership = getattr(request, "membership", None)
    if isinstance(exception, RoleNeeded) and membership is not None:
        context = {"needed": exception.role.label, "owners": owner_names(membership)}
    return portal_error_page(request, "portal/forbidden.html", 403, **context) or error_page(
        request, "403.html", 403
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the CSRF check failed."""
    return error_page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the page does not exist, or the person may not know of it."""
    return portal_error_page(request, "portal/not_found.html", 404) or error_page(
        request, "404.html", 404
    )


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: the page says when to try again."""
    response = error_page(request, "429.html", 429, when=retry_after_text(seconds))
    response["Retry-After"] = str(seconds)
    return response


def too_many_allauth_requests(request: HttpRequest) -> HttpResponse:
    """429 for django-allauth's own rate limits."""
    return too_many_requests(request, seconds_left(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 if the database is away."""
    error = sys.exc_info()[1]
    if isinstance(error, (OperationalError, InterfaceError)):
        # The database is away, or all its connections are taken.
        response = error_page(request, "503.html", 503)
        response["Retry-After"] = "5"
        # One line per request is enough; the tracebacks would all be the same.
        log.error("the database failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    return error_page(request, "500.html", 500)
