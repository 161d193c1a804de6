"""Answers to authorization requests, which the browser carries to the application."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from applications.protocol.parameters import AuthorizationParameters
from applications.redirect_uris import with_parameters
from applications.views.pages import page, see_other
from core.log_context import add_log_context
from projects.requests import TenantRequest

Pairs = list[tuple[str, str]]
FORM_POST = "form_post"


def redirect_with_error(
    request: TenantRequest, parameters: AuthorizationParameters, error: str
) -> HttpResponse:
    """Return the error to the application (RFC 6749, 4.1.2.1)."""
    add_log_context(request, outcome=error)
    return send_back(
        request,
        parameters.redirect_uri,
        parameters.state,
        [("error", error)],
        response_mode=parameters.response_mode,
    )


def send_back(
    request: TenantRequest,
    redirect_uri: str,
    state: str | None,
    told: Pairs,
    *,
    response_mode: str = "query",
) -> HttpResponse:
    """Return the answer with state and issuer (RFC 9207): a redirect, or a form that is sent.

    https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
    """
    told = [*told, *([("state", state)] if state is not None else [])]
    told.append(("iss", request.project.issuer))
    if response_mode == FORM_POST:
        context = {"title": _("One moment…"), "action": redirect_uri, "fields": told}
        response = page(request, context, template="applications/form_post.html", status=200)
    else:
        response = see_other(with_parameters(redirect_uri, told))
    # The answer has the code, and its website needs no address of ours.
    response["Referrer-Policy"] = "no-referrer"
    return response
