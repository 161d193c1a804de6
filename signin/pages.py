"""Pages for end users: the sign-in page, outcomes, and errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from applications.models import Application
from applications.protocol.stored_requests import CANCEL, CONTINUE, continue_path, request_query
from applications.views.pages import way_back
from connections.configured import definition_of, known_definition
from connections.models import Connection
from connections.providers import catalogue
from connections.values.browsers import detect_browser
from connections.values.failures import find_fault
from connections.values.outcomes import Outcome
from connections.values.provider_names import with_provider
from core.content_policy import HEADER, set_policy
from core.limits.rate import RateLimited, retry_after_text
from core.log_context import add_log_context
from core.text import join_names
from projects.models import Project
from signin.buttons import buttons_of, find_usable_sibling
from signin.outcomes.links import ShownOutcome, outcome_query
from signin.page_cache.last_used import read_last_used
from signin.page_cache.query import REQUEST_ID_PLACE
from signin.references import format_reference

View = Callable[..., HttpResponse]

STATUS = {
    Outcome.CANCELLED: 200,
    Outcome.RETRY: 400,
    Outcome.REJECT: 400,
    Outcome.POLICY: 403,
    Outcome.CONFIG: 503,
    Outcome.TEMPORARY: 503,
}


def sign_in_policy(view: View) -> View:
    """Allow forms of the view to lead to any host.

    Chromium applies form-action to the whole chain of redirects, which would block the redirect to
    the provider and from there to another one. These pages have no fields with data to steal.
    """

    @wraps(view)
    def viewed(*arguments: Any, **options: Any) -> HttpResponse:
        response = view(*arguments, **options)
        if HEADER not in response.headers:
            set_policy(response, any_form_action=True)
        return response

    return viewed


def moved_providers() -> str:
    """Return the names of the providers that are simulated on this installation, or ""."""
    return join_names(catalogue.moved_brands())


def sign_in_page(
    request: HttpRequest,
    project: Project,
    *,
    mode: str,
    next_path: str,
    application: Application | None = None,
    connection: str = "",
) -> HttpResponse:
    """Return the sign-in or sign-up page.

    For an application it has a place for the id of the authorization request, which the page cache
    fills. With the alias of a connection, it has the button of that one only.
    """
    allowed = application.connections if application else ()
    only = connection if application else ""
    buttons = buttons_of(
        project,
        detect_browser(request),
        allowed=allowed,
        only=only,
        last_used=read_last_used(request.META),
    )
    query = request_query(application.client_id, REQUEST_ID_PLACE, only) if application else ""
    if application:
        next_path = continue_path(application.client_id, REQUEST_ID_PLACE)
        link = f"{request.scheme}://{project.host}/{mode}?{query}"
    else:
        link = link_to_sign_in(request, project, mode=mode, next_path=next_path)
    context = {
        "mode": mode,
        "buttons": buttons.unfolded,
        "more_buttons": buttons.folded,
        "some_refused": buttons.some_refused,
        "link": link,
        "next": next_path,
        # Who wants to know the person, and how the page finds the request again.
        "name": application.name if application else project.name,
        "logo": application.logo if application else "",
        "query": query,
        "cancel_url": cancel_url(next_path),
        **base_context(project),
    }
    response = render(request, "signin/login.html", context)
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["User-Agent"])
    # The page depends on the kind of browser and the connection used last, so it can be cached.
    response.is_cacheable = True  # type: ignore[attr-defined]
    response.shown_aliases = buttons.aliases  # type: ignore[attr-defined]
    # Anybody can make up aliases, and the cache must not fill with them.
    is_made_up = bool(only) and not (buttons.shown or buttons.some_refused)
    response.is_made_up = is_made_up  # type: ignore[attr-defined]
    return response


def browser_fallback_page(
    request: HttpRequest,
    connection: Connection,
    *,
    next_path: str,
    allows: Callable[[str], bool] | None = None,
) -> HttpResponse:
    """Return the page that explains what to do in a browser that the provider refuses.

    `allows` says of an alias whether the application accepts a sign-in by it.
    """
    project = connection.project
    context = {
        "fallback": definition_of(connection).browser_fallback,
        "link": link_to_sign_in(request, project, mode="login", next_path=next_path),
        "here": find_usable_sibling(connection, detect_browser(request), allows=allows),
        "next": next_path,
        "back_url": login_url("login", next_path),
        "cancel_url": cancel_url(next_path),
        **base_context(project),
    }
    return mark_private(render(request, "signin/browser_fallback.html", context))


def outcome_page(
    request: HttpRequest,
    project: Project,
    *,
    cause: str,
    connection: Connection | None = None,
    reference: str = "",
    next_path: str = "",
    application: Application | None = None,
) -> HttpResponse:
    """Return the page for a sign-in that failed.

    It leads back to the request of an application that `next_path` names, or for a browser that
    may not know the request, to where the `application` starts a sign-in, else to its home page.
    """
    outcome = find_fault(known_definition(connection) if connection else None, cause).outcome
    add_log_context(request, outcome=outcome.value, cause=cause, reference=reference)
    return draw_outcome(
        request,
        project,
        cause=cause,
        connection=connection,
        reference=reference,
        next_path=next_path,
        application=application,
    )


def draw_outcome(
    request: HttpRequest,
    project: Project,
    *,
    cause: str,
    connection: Connection | None,
    reference: str,
    next_path: str,
    application: Application | None,
) -> HttpResponse:
    """Return the page of `outcome_page`, also for one that was shown in another language."""
    shown = ShownOutcome(
        cause=cause,
        alias=connection.alias if connection else "",
        reference=reference,
        next_path=next_path,
        application=application.client_id if application else "",
    )
    definition = known_definition(connection) if connection else None
    fault = find_fault(definition, cause)
    title, text = outcome_texts(fault.outcome, brand_of(connection))
    context = {
        "outcome": fault.outcome.value,
        "title": title,
        "text": fault.user_message or text,
        "action_label": action_label(fault.outcome),
        "action_url": login_url("login", next_path),
        "cancel_url": cancel_url(next_path) or way_back(project, application),
        "back_to": application.name if application else "",
        "logo": "",
        "reference": format_reference(reference),
        "outcome_query": outcome_query(project, shown),
        **base_context(project),
    }
    response = render(request, "signin/outcome.html", context, status=STATUS[fault.outcome])
    # The failure is recorded or in our log. Django would also log a 503 as an error of the site.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return mark_private(response)


def cancel_url(next_path: str) -> str:
    """Return where a person goes back to an application without signing in, or ""."""
    target, mark, query = next_path.partition("?")
    return f"{CANCEL}?{query}" if target == CONTINUE and mark else ""


def link_to_sign_in(request: HttpRequest, project: Project, *, mode: str, next_path: str) -> str:
    """Return the absolute URL of the sign-in page, for another browser."""
    return f"{request.scheme}://{project.host}{login_url(mode, next_path)}"


def login_url(mode: str, next_path: str) -> str:
    """Return the path of the sign-in page.

    That of an application is found by its request, which may have been answered meanwhile.
    """
    if next_path.startswith(f"{CONTINUE}?"):
        return next_path
    return f"/{mode}?{urlencode({'next': next_path})}" if next_path else f"/{mode}"


def browser_fallback_url(connection: Connection, next_path: str) -> str:
    """Return the path of the page that explains how to sign in in another browser."""
    return f"{connection.browser_fallback_path}?{urlencode({'next': next_path})}"


def rate_limited_page(
    request: HttpRequest, project: Project, refusal: RateLimited, *, next_path: str = ""
) -> HttpResponse:
    """Return the rate-limit page, which says when to try again. Nothing was recorded."""
    came_back = request.method == "GET"
    context = {
        "outcome": "soon",
        "title": _("Too many attempts"),
        "text": _("%(when)s You do not have to start over.")
        % {"when": retry_after_text(refusal.seconds)},
        # An empty URL is that of this page, with all parameters from the provider.
        "action_url": "" if came_back else login_url("login", next_path),
        "action_label": _("Continue signing in") if came_back else _("Back to the sign-in page"),
        "cancel_url": cancel_url(next_path),
        "logo": "",
        "outcome_query": "",
        **base_context(project),
    }
    response = render(request, "signin/outcome.html", context, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return mark_private(response)


def outcome_texts(outcome: Outcome, brand: str) -> tuple[str, str]:
    """Return the title and the text for an outcome, in the current language."""
    table = {
        Outcome.CANCELLED: (
            _("Sign-in cancelled"),
            _("You cancelled the sign-in with %(provider)s. Your account has not changed."),
        ),
        Outcome.RETRY: (
            _("This sign-in has expired"),
            _("Please sign in again. If you used a QR code, scan the new one."),
        ),
        Outcome.REJECT: (
            _("This sign-in could not be completed"),
            _(
                "This sign-in was stopped for your security. Go back to the sign-in page and "
                "sign in again in the same browser."
            ),
        ),
        Outcome.POLICY: (
            _("Sign-in is not possible here"),
            _("%(provider)s did not allow this sign-in."),
        ),
        Outcome.CONFIG: (
            _("Sign-in with %(provider)s is currently unavailable"),
            _(
                "This is not caused by anything you did. Sign in another way, or contact the "
                "site's owner."
            ),
        ),
        Outcome.TEMPORARY: (
            _("%(provider)s is temporarily unavailable"),
            _("Please try again in a moment."),
        ),
    }
    title, text = table[outcome]
    return with_provider(title, brand), with_provider(text, brand)


def action_label(outcome: Outcome) -> str:
    """Return the label of the button that leads back."""
    if outcome in {Outcome.CANCELLED, Outcome.RETRY, Outcome.TEMPORARY}:
        return _("Try again")
    return _("Back to the sign-in page")


def brand_of(connection: Connection | None) -> str:
    """Return the provider's name for end users."""
    definition = known_definition(connection) if connection else None
    return str(definition.brand) if definition else _("the provider")


def base_context(project: Project) -> dict[str, Any]:
    """Return the context that every page of a project needs."""
    return {"project": project, "test_endpoints": moved_providers()}


def mark_private(response: HttpResponse) -> HttpResponse:
    """Keep a page about one user out of every cache."""
    response["Cache-Control"] = "no-store"
    return response
