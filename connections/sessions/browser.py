"""The session of the end user whose browser sent a request, and its cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from connections.models import EndUserSession
from connections.sessions import rows
from connections.sessions.ending import end_session_of_browser
from core.limits.client_address import read_address
from core.random_text import is_random_text, new_random_text
from core.request_origin import clean_user_agent
from projects.requests import TenantRequest

# Where a request has the session that was found for it.
FOUND = "_end_user_session"
DAY_SECONDS = 24 * 3600


def end_user_session(request: TenantRequest) -> EndUserSession | None:
    """Return the session of this browser at this project, with its user, or None.

    It is looked up at most once per request. A person who is blocked or deleted has none.
    """
    if FOUND not in request.__dict__:
        key = session_key(request)
        request.__dict__[FOUND] = rows.find_session(request.project, key) if key else None
    found: EndUserSession | None = request.__dict__[FOUND]
    return found


def begin_session(
    request: TenantRequest, response: HttpResponse, sign_in: rows.FederatedSignIn
) -> bool:
    """Begin a session with a new key, in place of the session that this browser had.

    Returns False, and sets no cookie, if the person is deleted or blocked by now.
    """
    key, address = new_random_text(), read_address(request.META)
    begun = rows.begin_session(
        sign_in,
        key=key,
        old_key=session_key(request),
        browser=clean_user_agent(request.META.get("HTTP_USER_AGENT", "")),
        address=str(address) if address else None,
    )
    request.__dict__.pop(FOUND, None)
    if begun:
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            key,
            max_age=rows.LONGEST_DAYS * DAY_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return begun


def end_session(request: TenantRequest, response: HttpResponse) -> None:
    """End the session of this browser at this project, if there is one."""
    key = session_key(request)
    if key:
        end_session_of_browser(request.project, key)
    request.__dict__[FOUND] = None
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")


def session_key(request: HttpRequest) -> str:
    """Return the key in the browser's cookie, or "" if it cannot be one of ours."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if is_random_text(key) else ""
