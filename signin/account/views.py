"""Views of the account page. Its forms are checked as the one that signs out."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from applications.access import end_access
from connections.models import EndUserSession
from connections.sessions import ending
from connections.sessions.browser import end_session, end_user_session
from core.same_origin import is_same_origin
from projects.requests import TenantRequest
from signin.account.page import account_page
from signin.pages import sign_in_policy


@require_safe
@sign_in_policy
def account(request: TenantRequest) -> HttpResponse:
    """The end user's account page, or a redirect to the sign-in page."""
    session = end_user_session(request)
    return account_page(request, session) if session else redirect("login")


@csrf_exempt
@require_POST
def sign_out(request: TenantRequest) -> HttpResponse:
    """Sign the end user out."""
    response = redirect("login")
    if is_same_origin(request):
        end_session(request, response)
    return response


@csrf_exempt
@require_POST
def sign_out_of_session(request: TenantRequest, sid: UUID) -> HttpResponse:
    """Sign the end user out of another browser. One that is not theirs stays as it is."""
    session = session_of_form(request)
    if session is not None:
        ending.end_session(session.user, sid)
    return redirect("account")


@csrf_exempt
@require_POST
def sign_out_of_others(request: TenantRequest) -> HttpResponse:
    """Sign the end user out of all browsers but this one."""
    session = session_of_form(request)
    if session is not None:
        ending.end_other_sessions(session)
    return redirect("account")


@csrf_exempt
@require_POST
def remove_access(request: TenantRequest, client_id: str) -> HttpResponse:
    """End the access of an application to the end user's account."""
    session = session_of_form(request)
    if session is not None:
        end_access(session.user, client_id)
    return redirect("account")


def session_of_form(request: TenantRequest) -> EndUserSession | None:
    """Return the session of a form that one of our own pages has sent, or None."""
    return end_user_session(request) if is_same_origin(request) else None
