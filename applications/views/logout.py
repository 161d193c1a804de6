"""The pages of a sign-out that an application asks for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from applications.logout.requests import (
    NAMES,
    WantedLogout,
    find_request,
    read_request,
    store_request,
)
from applications.protocol.client_authentication import single_values
from applications.views.pages import page, rate_limited_page, see_other
from connections.sessions.browser import end_session, end_user_session
from core.limits.rate import RateLimited, client_ip, make_allowance, take_attempt
from core.same_origin import is_same_origin
from projects.requests import TenantRequest

CONTINUE = "/oauth2/logout/continue"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def logout(request: TenantRequest) -> HttpResponse:
    """Sign the person out, or ask first (OpenID Connect RP-Initiated Logout 1.0, 2)."""
    sent = request.POST if request.method == "POST" else request.GET
    pairs = [(name, value) for name, values in sent.lists() if name in NAMES for value in values]
    wanted = read_request(request.project, single_values(pairs))
    # A form of another website comes without our cookies.
    if request.method == "POST" or wanted.needs_consent(end_user_session(request)):
        return ask_later(request, wanted)
    return sign_out(request, wanted)


def ask_later(request: TenantRequest, wanted: WantedLogout) -> HttpResponse:
    """Store the sign-out, as often as anybody may start a sign-in, and lead to its page."""
    try:
        take_attempt(
            make_allowance(
                "logout",
                request.project.pk,
                client_ip(request),
                amount=settings.MENKOU_LIMIT_AUTHORIZATIONS,
            )
        )
        return see_other(continue_path(store_request(request.project, wanted)))
    except RateLimited as refusal:
        return rate_limited_page(request, refusal)
    except IntegrityError:
        # The application was deleted at this moment.
        return see_other(CONTINUE)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def continue_logout(request: TenantRequest) -> HttpResponse:
    """Ask whether the person wants to sign out, and do it."""
    wanted = find_request(request.project, request.GET.get("request", ""))
    if wanted is None:
        return (
            sign_out(request, WantedLogout()) if is_confirmed(request) else done_page(request, None)
        )
    if is_confirmed(request) or not wanted.needs_consent(end_user_session(request)):
        return sign_out(request, wanted)
    return confirmation_page(request, wanted)


def is_confirmed(request: HttpRequest) -> bool:
    """Whether a button of our own page was pressed."""
    return request.method == "POST" and is_same_origin(request)


def sign_out(request: TenantRequest, wanted: WantedLogout) -> HttpResponse:
    """End the browser's session, if there is one, and go on."""
    leads_to_application = bool(wanted.target) and not wanted.is_wrong
    response = see_other(wanted.target) if leads_to_application else done_page(request, wanted)
    end_session(request, response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def continue_path(request_id: str) -> str:
    """Return the page that asks about a stored sign-out."""
    return f"{CONTINUE}?{urlencode({'request': request_id})}"


def confirmation_page(request: TenantRequest, wanted: WantedLogout) -> HttpResponse:
    """Return the page with the question."""
    name = wanted.application.name if wanted.application else request.project.name
    context: dict[str, Any] = {
        "title": _("Sign out of %(name)s?") % {"name": request.project.name},
        "text": _("%(name)s asks to sign you out.") % {"name": name} if wanted.application else "",
        "application": wanted.application,
        "person": end_user_session(request),
    }
    return page(request, context, template="applications/logout.html", status=200)


def done_page(request: TenantRequest, wanted: WantedLogout | None) -> HttpResponse:
    """Return the page that says that the person is signed out."""
    application = wanted.application if wanted else None
    target = application.home_page if application else ""
    context = {
        "outcome": "done",
        "title": _("You are signed out"),
        "text": _("You can close this page."),
        "logo": application.logo if application else "",
        "action_url": target,
        "action_label": _("Back to %(name)s") % {"name": application.name}
        if application and target
        else "",
    }
    return page(request, context, status=200)
