"""Pages for what went wrong: plain, in the reader's language, naming nobody."""

from __future__ import annotations

import logging
import sys

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import requires_csrf_token

from connections.limits import again_in
from portal.attempts import seconds_left
from projects.middleware import nobody_here

log = logging.getLogger("menkou.errors")


def error_page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    """Return an error page, drawn without the request: nothing in it may fail again."""
    # What fails early fails before the middleware that chooses the language.
    language = getattr(request, "LANGUAGE_CODE", "") or get_language_from_request(request)
    with override(language):
        response = HttpResponse(render_to_string(name, context), status=status)
    response["Cache-Control"] = "no-store"
    return response


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read, or was sent to a host that is not ours."""
    if isinstance(exception, DisallowedHost):
        return nobody_here()
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, "413.html", 413)
    return error_page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person's role does not allow it."""
    return error_page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was sent from elsewhere, or is too old."""
    return error_page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing is here, or nothing that this person may know of."""
    return error_page(request, "404.html", 404)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Too much was tried; the page says when to try again."""
    response = error_page(request, "429.html", 429, when=again_in(seconds))
    response["Retry-After"] = str(seconds)
    return response


def too_many_for_allauth(request: HttpRequest) -> HttpResponse:
    """The same, for what django-allauth counts."""
    return too_many(request, seconds_left(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; the log has the request's id."""
    error = sys.exc_info()[1]
    if isinstance(error, (OperationalError, InterfaceError)):
        # The database is away, or all its connections are taken.
        response = error_page(request, "503.html", 503)
        response["Retry-After"] = "5"
        # A line for each request is enough: a trace for each would say the same as often.
        log.error("the database failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    return error_page(request, "500.html", 500)
