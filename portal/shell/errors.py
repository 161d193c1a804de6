"""Error pages, in the reader's language."""

from __future__ import annotations

import logging
import sys

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import requires_csrf_token

from core.limits.rate import retry_after_text
from portal.shell.retry_after import seconds_left
from projects.tenants.middleware import unknown_host_response

log = logging.getLogger("menkou.errors")


def error_page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    """Return an error page, rendered without context processors, which could fail again."""
    # Early errors happen before the language middleware.
    language = getattr(request, "LANGUAGE_CODE", "") or get_language_from_request(request)
    with override(language):
        response = HttpResponse(render_to_string(name, context), status=status)
    response["Cache-Control"] = "no-store"
    return response


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request is invalid, or its host is unknown."""
    if isinstance(exception, DisallowedHost):
        return unknown_host_response()
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, "413.html", 413)
    return error_page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person's role does not permit it."""
    return error_page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the CSRF check failed."""
    return error_page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the page does not exist, or the person may not know of it."""
    return error_page(request, "404.html", 404)


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
