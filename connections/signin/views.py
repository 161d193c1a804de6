"""The project host: sign-in page, start, callback, the end user's page."""

from __future__ import annotations

import logging
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, logout
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections import domain_files
from connections.browsers import browser_of
from connections.limits import TooMany
from connections.models import Connection
from connections.providers.definition import Site
from connections.signin import flow, pages, posted, state
from connections.signin.failures import SignInFailed
from connections.signin.pages import outcome_page, sign_in_policy
from connections.signin.references import new_reference
from connections.signin.relying_party import callback_url
from connections.signin.same_site import comes_from_here, safe_next
from projects.models import User
from projects.requests import TenantRequest
from projects.sessions import SessionStore
from projects.telling import tell

BACKEND = "projects.authentication.EndUserBackend"
CONNECTION = "connection"
NOBODY = UUID(int=0)

log = logging.getLogger("menkou.signin")


@require_safe
def home(request: TenantRequest) -> HttpResponse:
    """The bare host leads to the sign-in page."""
    return redirect("login")


@require_safe
@sign_in_policy
def sign_in(request: TenantRequest, mode: str) -> HttpResponse:
    """The signup / login page; it never asks who is signed in already."""
    next_path = safe_next(request, request.GET.get("next", ""))
    return pages.sign_in_page(request, request.project, mode=mode, next_path=next_path)


@csrf_exempt
@require_POST
@sign_in_policy
def start(request: TenantRequest, alias: str) -> HttpResponse:
    """Send the browser to the provider."""
    if not comes_from_here(request):
        # Not counted: another website must not use up what a visitor may do here.
        return junk_page(request, connection_of(request, alias), "cross_site")
    next_path = safe_next(request, request.POST.get("next", ""))
    mode = "signup" if request.POST.get("mode") == "signup" else "login"
    try:
        connection, has_secret = flow.find(request, alias)
    except TooMany as refusal:
        return pages.too_many_page(request, request.project, refusal, next_path=next_path)
    except Connection.DoesNotExist:
        raise Http404 from None
    try:
        begun = flow.begin(
            request, connection, has_secret=has_secret, next_path=next_path, mode=mode
        )
    except SignInFailed as failure:
        sign_in = flow.record_refusal(request, connection, failure)
        return failed_page(request, connection, sign_in.cause, sign_in.reference)
    return sent_away(begun)


@require_safe
@sign_in_policy
def elsewhere(request: TenantRequest, alias: str) -> HttpResponse:
    """What to do where the connection does not work, for people who pressed its button there."""
    connection = connection_of(request, alias)
    definition = flow.known_definition(connection)
    if not (connection.enabled and definition and definition.elsewhere):
        raise Http404
    next_path = safe_next(request, request.GET.get("next", ""))
    if not definition.refusal(browser_of(request)):
        # Somebody passed on the address of this page in place of the link in it.
        return redirect(pages.address_of("login", next_path))
    return pages.elsewhere_page(request, connection, next_path=next_path)


@require_safe
def domain_file(request: TenantRequest, name: str) -> HttpResponse:
    """The file by which a provider checks that this host is the project's."""
    content = domain_files.content_of(request.project, name)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="text/plain; charset=utf-8")


def sent_away(begun: flow.Begun) -> HttpResponse:
    """The redirect to the provider."""
    response = HttpResponseRedirect(begun.url)
    response["Cache-Control"] = "no-store"
    # The provider learns our origin from the redirect URI anyway, and needs no more.
    response["Referrer-Policy"] = "no-referrer"
    state.set_browser_cookie(response, begun.browser)
    return response


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
@sign_in_policy
def callback(request: TenantRequest, alias: str) -> HttpResponse:
    """Sign in whoever comes back from the provider."""
    if request.method == "POST":
        return sent_on(request, connection_of(request, alias))
    try:
        returned = flow.come_back(request, alias)
    except TooMany as refusal:
        return pages.too_many_page(request, request.project, refusal)
    except Connection.DoesNotExist:
        raise Http404 from None
    connection = returned.connection
    try:
        ended = flow.finish(request, returned)
    except flow.Junk:
        return junk_page(request, connection, "state")
    if ended.user is None:
        return failed_page(request, connection, ended.sign_in.cause, ended.sign_in.reference)
    tell(request, outcome=ended.sign_in.outcome, reference=ended.sign_in.reference)
    welcome(request, ended.user, connection)
    # The browser keeps its key, for another tab may be on its way; alone it opens nothing.
    return redirect(ended.next_path or "account")


def sent_on(request: TenantRequest, connection: Connection) -> HttpResponse:
    """The redirect to the callback proper, for providers that post to it."""
    definition = flow.known_definition(connection)
    if definition is None or not definition.posts_back:
        return HttpResponseNotAllowed(["GET"])
    response = HttpResponse(status=303, headers={"Location": posted.keep(request, connection)})
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
def metadata(request: TenantRequest, alias: str) -> HttpResponse:
    """Say who we are to a provider that wants to know; the connection may be off meanwhile."""
    connection = connection_of(request, alias)
    definition = flow.known_definition(connection)
    if definition is None or definition.own_metadata is None:
        raise Http404
    site = Site.of(callback_url(request, connection))
    return HttpResponse(
        definition.own_metadata(connection.settings, site),
        content_type="application/samlmetadata+xml",
        headers={"Content-Disposition": f'attachment; filename="{alias}-metadata.xml"'},
    )


@require_safe
@sign_in_policy
def account(request: TenantRequest) -> HttpResponse:
    """The end user's own page, or the way to sign in."""
    person = end_user(request)
    if person is None:
        return redirect("login")
    connection = request.project.connections.filter(
        pk=request.session.get(CONNECTION, NOBODY)
    ).first()
    return pages.account_page(request, request.project, person=person, connection=connection)


@csrf_exempt
@require_POST
def sign_out(request: TenantRequest) -> HttpResponse:
    """Sign the end user out."""
    if comes_from_here(request):
        logout(request)
    return redirect("login")


def connection_of(request: TenantRequest, alias: str) -> Connection:
    """Return the project's connection, or a 404."""
    return get_object_or_404(request.project.connections.select_related("project"), alias=alias)


def welcome(request: HttpRequest, person: User, connection: Connection) -> None:
    """Begin a session with a key of its own; whatever was there before is gone.

    What Django's `login()` would do besides is done elsewhere or for nobody: the moment is saved
    with the identity, and there is no form on a project's host that has a token to turn.
    """
    session: SessionStore = request.session  # type: ignore[assignment]
    session.begin(
        {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: person.get_session_auth_hash(),
            CONNECTION: str(connection.pk),
        }
    )


def end_user(request: TenantRequest) -> User | None:
    """Return who is signed in to this project."""
    person = request.user
    if isinstance(person, User) and person.project_id == request.project.pk:
        return person
    return None


def failed_page(
    request: TenantRequest, connection: Connection, cause: str, reference: str
) -> HttpResponse:
    """The friendly end of an attempt that is on record."""
    return outcome_page(
        request, request.project, cause=cause, connection=connection, reference=reference
    )


def junk_page(request: TenantRequest, connection: Connection, cause: str) -> HttpResponse:
    """The friendly end of a request that is not on record: only the log knows the reference."""
    reference = new_reference()
    log.info("refused a request at %s: %s, reference %s", connection.pk, cause, reference)
    return failed_page(request, connection, cause, reference)
