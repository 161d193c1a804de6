"""What end users see: buttons, who they are, and friendly ends of sign-ins that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from connections.browsers import browser_of
from connections.limits import TooMany, again_in
from connections.models import Connection, Outcome
from connections.pictures import safe_picture
from connections.providers import catalogue
from connections.signin.buttons import buttons_of, usable_here
from connections.signin.failures import fault_of
from connections.signin.flow import known_definition
from connections.signin.references import shown
from projects.models import Project, User
from projects.telling import tell

View = Callable[..., HttpResponse]
Decorator = Callable[[View], View]

STATUS = {
    Outcome.CANCELLED: 200,
    Outcome.RETRY: 400,
    Outcome.REJECT: 400,
    Outcome.POLICY: 403,
    Outcome.CONFIG: 503,
    Outcome.TEMPORARY: 503,
}

# Chromium applies form-action to the whole chain of redirects, which would stop people on their
# way to the provider and from there to another one. There is no field on these pages to steal.
sign_in_policy = cast(Decorator, csp_replace({"form-action": None}))


def moved_providers() -> str:
    """Return the names of the providers that somebody else plays on this installation, or ""."""
    return ", ".join(dict.fromkeys(str(each.brand) for each in catalogue.moved()))


def sign_in_page(
    request: HttpRequest, project: Project, *, mode: str, next_path: str
) -> HttpResponse:
    """The signup / login page."""
    buttons = buttons_of(project, browser_of(request))
    context = {
        "mode": mode,
        "buttons": buttons.shown,
        "some_refused": buttons.some_refused,
        "link": link_to_sign_in(request, project, mode=mode, next_path=next_path),
        "next": next_path,
        **shared(project),
    }
    response = render(request, "signin/login.html", context)
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["User-Agent"])
    # Of who is visiting, nothing but the kind of browser matters, so it may be kept.
    response.same_for_everybody = True  # type: ignore[attr-defined]
    return response


def elsewhere_page(request: HttpRequest, connection: Connection, *, next_path: str) -> HttpResponse:
    """What to do in a browser that the provider does not work in."""
    project = connection.project
    context = {
        "elsewhere": connection.definition.elsewhere,
        "link": link_to_sign_in(request, project, mode="login", next_path=next_path),
        "here": usable_here(connection, browser_of(request)),
        "next": next_path,
        **shared(project),
    }
    return private(render(request, "signin/elsewhere.html", context))


def account_page(
    request: HttpRequest, project: Project, *, person: User, connection: Connection | None
) -> HttpResponse:
    """The end user's own page."""
    definition = known_definition(connection) if connection else None
    hosts = definition.picture_hosts if definition else ()
    context = {
        "person": {
            "name": person.name,
            "picture": safe_picture(person.picture, hosts),
            "initials": initials(person.name),
        },
        # The words of the provider's own button say no more than its name.
        "via": connection.label if connection and connection.labels else "",
        "provider_name": brand_of(connection),
        "logout_url": "/logout",
        **shared(project),
    }

    @csp_update({"img-src": [f"https://{host}" for host in hosts]})
    def drawn(request: HttpRequest) -> HttpResponse:
        return render(request, "signin/account.html", context)

    return private(cast(HttpResponse, drawn(request)))


def outcome_page(
    request: HttpRequest,
    project: Project,
    *,
    cause: str,
    connection: Connection | None = None,
    reference: str = "",
) -> HttpResponse:
    """The end of a sign-in that signed nobody in."""
    definition = known_definition(connection) if connection else None
    fault = fault_of(definition, cause)
    title, text = words(fault.outcome, brand_of(connection))
    context = {
        "outcome": fault.outcome.value,
        "title": title,
        "text": fault.public or text,
        "action_label": action_label(fault.outcome),
        "action_url": "/login",
        "reference": shown(reference),
        **shared(project),
    }
    tell(request, outcome=fault.outcome.value, cause=cause, reference=reference)
    response = render(request, "signin/outcome.html", context, status=STATUS[fault.outcome])
    # It is on record or in our own log; as a 503 it would also be logged as an error of the site.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return private(response)


def link_to_sign_in(request: HttpRequest, project: Project, *, mode: str, next_path: str) -> str:
    """Return the sign-in page's whole address, to be opened in another browser."""
    return f"{request.scheme}://{project.host}{address_of(mode, next_path)}"


def address_of(mode: str, next_path: str) -> str:
    """Return the path of the sign-in page."""
    return f"/{mode}?{urlencode({'next': next_path})}" if next_path else f"/{mode}"


def too_many_page(
    request: HttpRequest, project: Project, refusal: TooMany, *, next_path: str = ""
) -> HttpResponse:
    """A refusal that says when to try again; nothing was recorded, and nothing is lost."""
    came_back = request.method == "GET"
    context = {
        "outcome": "soon",
        "title": _("Too many attempts"),
        "text": _("%(when)s Nothing is lost.") % {"when": again_in(refusal.seconds)},
        # An empty address is that of this page, with all that the provider has put into it.
        "action_url": "" if came_back else address_of("login", next_path),
        "action_label": _("Continue signing in") if came_back else _("Back to the sign-in page"),
        **shared(project),
    }
    response = render(request, "signin/outcome.html", context, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return private(response)


def words(outcome: Outcome, brand: str) -> tuple[str, str]:
    """Return the title and the sentence for an outcome, in the reader's language."""
    table = {
        Outcome.CANCELLED: (
            _("Sign-in cancelled"),
            _("You cancelled at %(provider)s. Nothing has changed."),
        ),
        Outcome.RETRY: (
            _("This sign-in has expired"),
            _("Sign in again, and scan the code once more if there is one."),
        ),
        Outcome.REJECT: (
            _("This sign-in could not be completed"),
            _("For your safety it was stopped. Begin again on the sign-in page, in one browser."),
        ),
        Outcome.POLICY: (
            _("Sign-in is not possible here"),
            _("%(provider)s does not let you sign in this way."),
        ),
        Outcome.CONFIG: (
            _("Sign-in with %(provider)s is not available at the moment"),
            _("It is not your fault. Use another way to sign in, or tell the site's owner."),
        ),
        Outcome.TEMPORARY: (
            _("%(provider)s is busy"),
            _("Try again in a moment."),
        ),
    }
    title, text = table[outcome]
    return title % {"provider": brand}, text % {"provider": brand}


def action_label(outcome: Outcome) -> str:
    """Return the words on the way back."""
    if outcome in {Outcome.CANCELLED, Outcome.RETRY, Outcome.TEMPORARY}:
        return _("Try again")
    return _("Back to the sign-in page")


def brand_of(connection: Connection | None) -> str:
    """Return what end users call the provider."""
    definition = known_definition(connection) if connection else None
    return str(definition.brand) if definition else _("the provider")


def initials(name: str) -> str:
    """Return one or two letters that stand for a name."""
    words_of_name = [word for word in name.split() if word[0].isalnum()]
    if not words_of_name:
        return "?"
    if ord(words_of_name[0][0]) > 0x2E7F:
        return words_of_name[0][0]
    return "".join(word[0] for word in words_of_name[:2]).upper()


def shared(project: Project) -> dict[str, Any]:
    """What every page of a project needs."""
    return {"project": project, "test_endpoints": moved_providers()}


def private(response: HttpResponse) -> HttpResponse:
    """Keep a page that is about one person out of every cache."""
    response["Cache-Control"] = "no-store"
    return response
