"""Pages of the OpenID Connect provider for people whose way to an application has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from applications.models import Application
from applications.redirect_uris import with_parameters
from connections.providers import catalogue
from core.content_policy import set_policy
from core.limits.rate import RateLimited, retry_after_text
from core.text import join_names
from projects.models import Project
from projects.requests import TenantRequest


def problem_page(
    request: TenantRequest, problem: str, *, application: Application | None, status: int
) -> HttpResponse:
    """Return the page for a request that cannot go on: "over" or "request".

    It leads back to the application where that is known: to where it starts a sign-in, else to its
    home page.
    """
    name = application.name if application else ""
    texts = {
        "over": (
            _("This sign-in has expired"),
            _("Go back to %(name)s and sign in again.") % {"name": name}
            if name
            else _("Go back to the website from which you came, and sign in again."),
        ),
        "request": (
            _("This sign-in request is not valid"),
            _(
                "The website that sent you here has made a mistake. Go back to it, and tell the "
                "people who run it if this happens again."
            ),
        ),
    }
    title, text = texts[problem]
    target = way_back(request.project, application)
    context = {
        "outcome": "retry" if problem == "over" else "reject",
        "title": title,
        "text": text,
        "logo": application.logo if application else "",
        "action_url": target,
        "action_label": (_("Back to %(name)s") % {"name": name}) if target else "",
    }
    return page(request, context, status=status)


def way_back(project: Project, application: Application | None) -> str:
    """Return where a person can start anew, or "" (OpenID Connect Core 1.0, 4)."""
    if application is None:
        return ""
    if application.initiate_login_uri:
        return with_parameters(application.initiate_login_uri, [("iss", project.issuer)])
    return application.home_page


def rate_limited_page(
    request: TenantRequest, refusal: RateLimited, *, application: Application | None = None
) -> HttpResponse:
    """Return the rate-limit page, which says when to try again and leads to the home page."""
    context = {
        "outcome": "soon",
        "title": _("Too many attempts"),
        "text": _("%(when)s You do not have to start over.")
        % {"when": retry_after_text(refusal.seconds)},
        "action_url": "",
        "action_label": _("Continue signing in") if request.method == "GET" else "",
        "cancel_url": application.home_page if application else "",
    }
    response = page(request, context, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return response


def page(
    request: HttpRequest,
    context: Mapping[str, Any],
    *,
    status: int,
    template: str = "signin/outcome.html",
) -> HttpResponse:
    """Return a page of the project, which nobody keeps.

    Its form may lead to any host: Chromium applies form-action to the redirects after a form, and
    the last one leads to an application. These pages have no fields with data to steal.
    """
    project = request.project  # type: ignore[attr-defined]
    common = {
        "project": project,
        "test_endpoints": join_names(catalogue.moved_brands()),
        "reference": "",
        "cancel_url": "",
        "outcome_query": "",
    }
    response = render(request, template, {**common, **context}, status=status)
    response["Cache-Control"] = "no-store"
    set_policy(response, any_form_action=True)
    return response


def see_other(url: str) -> HttpResponse:
    """Return a redirect by GET (RFC 9700, 4.12). It may lead to an app's own scheme."""
    return HttpResponse(status=303, headers={"Location": url})
