"""Views of the project host: sign-in page, start, callback."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_safe,
)

from applications.protocol.client_authentication import find_by_client_id
from applications.protocol.stored_requests import (
    CONTINUE,
    StoredRequest,
    continue_path,
    find_application_of_path,
    find_request,
    find_request_of_path,
    straight_path,
)
from connections.configured import known_definition
from connections.drafts.domain_files import find_domain_file
from connections.models import Connection
from connections.sessions.browser import begin_session, end_user_session
from connections.values.browsers import detect_browser
from connections.values.failures import SignInFailed
from connections.values.outcomes import Outcome
from connections.values.sites import Site
from core.limits.rate import RateLimited
from core.log_context import add_log_context
from core.postgresql.retry import retry_on_lost_connection
from core.same_origin import is_page_visit, is_same_origin
from projects.requests import TenantRequest
from signin import flow, form_post, pages, state
from signin.buttons import find_better_way
from signin.next_path import safe_next
from signin.outcomes.links import PARAMETER, read_outcome
from signin.page_cache.last_used import set_last_used
from signin.page_cache.query import read_query
from signin.pages import outcome_page, sign_in_policy
from signin.relying_party import callback_url
from signin.trial.states import is_trial_state
from signin.trial.views import trial_callback

log = logging.getLogger("menkou.signin")


@require_safe
def home(request: TenantRequest) -> HttpResponse:
    """Redirect to the sign-in page."""
    return redirect("login")


@require_safe
@sign_in_policy
def sign_in(request: TenantRequest, mode: str) -> HttpResponse:
    """The sign-in or sign-up page. It does not depend on the session."""
    query = read_query(request.META.get("QUERY_STRING", ""))
    client_id = query.application if query else ""
    application = find_by_client_id(request.project, client_id)
    next_path = safe_next(request, request.GET.get("next", ""))
    response = pages.sign_in_page(
        request,
        request.project,
        mode=mode,
        next_path=next_path,
        application=application,
        connection=query.connection if query else "",
    )
    if client_id and application is None:
        # Anybody can make up client ids, and the cache must not fill with them.
        response.is_cacheable = False  # type: ignore[attr-defined]
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_policy
def start(request: TenantRequest, alias: str) -> HttpResponse:
    """Send the browser to the provider. An address that was opened leads to the button instead."""
    if request.method != "POST":
        return redirect("login")
    next_path = safe_next(request, request.POST.get("next", ""))
    if not is_same_origin(request):
        # Not counted: another website must not use up a visitor's attempts.
        connection = get_connection(request, alias, is_unpublished=False)
        return unrecorded_failure_page(request, connection, "cross_site", next_path=next_path)
    try:
        connection, secret_names = flow.find_connection(request, alias)
    except RateLimited as refusal:
        return pages.rate_limited_page(request, request.project, refusal, next_path=next_path)
    except Connection.DoesNotExist:
        # It may have been deleted since the page was opened.
        return what_is_left(next_path)
    waiting = find_request_of_path(request.project, next_path)
    if waiting is not None and waiting.is_over:
        # It says so before anybody scans a QR code in vain.
        return redirect(next_path)
    return begin_sign_in(request, connection, secret_names, waiting, next_path=next_path)


@require_GET
@never_cache
@sign_in_policy
def go(request: TenantRequest, alias: str) -> HttpResponse:
    """Send the browser straight to the provider that an application's request asks for.

    All other requests go to their sign-in page. Nothing leads here again after a sign-in that
    failed or was cancelled: its page leads to the sign-in page.
    """
    client_id, request_id = (request.GET.get(name, "") for name in ("application", "request"))
    next_path = continue_path(client_id, request_id)
    waiting = find_request(request.project, client_id, request_id)
    # An image of another website must not use up a visitor's attempts.
    if waiting is None or not waiting.skips_sign_in_page(alias) or not is_page_visit(request):
        return redirect(next_path)
    try:
        connection, secret_names = flow.find_connection(request, alias)
    except RateLimited as refusal:
        return pages.rate_limited_page(request, request.project, refusal, next_path=next_path)
    except Connection.DoesNotExist:
        return redirect(next_path)
    better = find_better_way(connection, detect_browser(request), allows=waiting.allows)
    if better.connection:
        return redirect(straight_path(better.connection.alias, client_id, request_id))
    if better.explained_by:
        return redirect(pages.browser_fallback_url(better.explained_by, next_path))
    return begin_sign_in(request, connection, secret_names, waiting, next_path=next_path)


def begin_sign_in(
    request: TenantRequest,
    connection: Connection,
    secret_names: frozenset[str],
    waiting: StoredRequest | None,
    *,
    next_path: str,
) -> HttpResponse:
    """Return the redirect to the provider, or the page for a refusal, which is recorded.

    `waiting` is the request of the application to which the person will go on.
    """
    demands = waiting.parameters if waiting else None
    try:
        begun = flow.begin(
            request,
            connection,
            secret_names=secret_names,
            next_path=next_path,
            reauthenticate=demands is not None and demands.wants_reauthentication,
            login_hint=demands.login_hint if demands else "",
        )
    except SignInFailed as failure:
        sign_in = flow.record_refusal(connection, failure)
        return failed_page(
            request, connection, sign_in.cause, sign_in.reference, next_path=next_path
        )
    return redirect_to_provider(begun)


@require_safe
@sign_in_policy
def browser_fallback(request: TenantRequest, alias: str) -> HttpResponse:
    """The page that explains what to do in a browser that the provider refuses."""
    next_path = safe_next(request, request.GET.get("next", ""))
    connection = find_by_alias(request, alias)
    definition = known_definition(connection) if connection else None
    if not (connection and connection.enabled and definition and definition.browser_fallback):
        return what_is_left(next_path)
    if not definition.refusal(detect_browser(request)):
        # The URL of this page was shared instead of the link in it.
        return redirect(pages.login_url("login", next_path))
    waiting = find_request_of_path(request.project, next_path)
    return pages.browser_fallback_page(
        request, connection, next_path=next_path, allows=waiting.allows if waiting else None
    )


@require_safe
def domain_file(request: TenantRequest, name: str) -> HttpResponse:
    """The file by which a provider verifies the project's domain."""
    content = find_domain_file(request.project, name)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="text/plain; charset=utf-8")


def redirect_to_provider(begun: flow.StartedSignIn) -> HttpResponse:
    """Return the redirect to the provider."""
    response = HttpResponseRedirect(begun.url)
    response["Cache-Control"] = "no-store"
    # The provider learns our origin from the redirect URI anyway, and needs no more.
    response["Referrer-Policy"] = "no-referrer"
    state.set_browser_cookie(response, begun.browser)
    return response


@require_safe
@never_cache
@sign_in_policy
def outcome(request: TenantRequest) -> HttpResponse:
    """A page of a failure in another language. It repeats nothing that led to the failure."""
    shown = read_outcome(request.project, request.GET.get(PARAMETER, ""))
    if shown is None:
        return redirect("login")
    return pages.draw_outcome(
        request,
        request.project,
        cause=shown.cause,
        connection=find_by_alias(request, shown.alias) if shown.alias else None,
        reference=shown.reference,
        next_path=shown.next_path,
        application=find_by_client_id(request.project, shown.application),
    )


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
@sign_in_policy
def callback(request: TenantRequest, alias: str) -> HttpResponse:
    """Sign in the user who returns from the provider."""
    if request.method == "POST":
        return redirect_form_post(request, get_connection(request, alias))
    states = request.GET.getlist("state")
    if len(states) == 1 and is_trial_state(states[0]):
        return trial_callback(request, alias, states[0])
    try:
        received = flow.receive(request, alias)
    except RateLimited as refusal:
        next_path = own_next_path(request, request.GET.get("state", ""))
        return pages.rate_limited_page(request, request.project, refusal, next_path=next_path)
    except Connection.DoesNotExist:
        raise Http404 from None
    if received.pending is None:
        return callback_without_sign_in(request, received)
    connection, pending = received.connection, received.pending
    ended = flow.finish(
        connection,
        pending,
        received.parameters,
        repeated=received.repeated,
        sealed_secrets=received.sealed_secrets,
        callback_url=callback_url(request, connection),
    )
    return ended_response(request, connection, ended, next_path=pending.next_path)


def callback_without_sign_in(
    request: TenantRequest, received: flow.ReceivedCallback
) -> HttpResponse:
    """Return the outcome that another request of this browser had, or refuse the callback."""
    if received.taken_state:
        return repeat_outcome(request, received.connection, received.taken_state)
    if received.stray is None:
        return unrecorded_failure_page(request, received.connection, "state")
    has_key = bool(request.COOKIES.get(settings.BROWSER_COOKIE_NAME))
    reference = flow.record_stray(received.connection, received.stray, has_key=has_key)
    application = find_application_of_path(request.project, received.stray.next_path)
    return outcome_page(
        request,
        request.project,
        cause="other_browser",
        connection=received.connection,
        reference=reference,
        application=application,
    )


def own_next_path(request: TenantRequest, sent_state: str) -> str:
    """Return where a sign-in goes on if this browser has started it, or ""."""
    browser = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    return state.find_next_path(request.project, sent_state, browser)


def repeat_outcome(
    request: TenantRequest, connection: Connection, taken_state: str
) -> HttpResponse:
    """Return the outcome that another request of this browser had.

    A success of more than a minute ago gives no session any more.
    """
    try:
        repeated = flow.repeat(connection, taken_state)
    except SignInFailed as failure:
        next_path = own_next_path(request, taken_state)
        return unrecorded_failure_page(request, connection, failure.cause, next_path=next_path)
    ended, next_path = repeated.ended, repeated.next_path
    session = end_user_session(request)
    if session is not None and session.user == ended.user:
        return redirect(next_path or "account")
    if ended.sign_in.outcome == Outcome.OK and not repeated.is_current:
        reference = ended.sign_in.reference
        return failed_page(request, connection, "ended", reference, next_path=next_path)
    return ended_response(request, connection, ended, next_path=next_path)


def ended_response(
    request: TenantRequest, connection: Connection, ended: flow.FinishedSignIn, *, next_path: str
) -> HttpResponse:
    """Return the response to a sign-in that ended: a session and a redirect, or a page."""
    if ended.user is None:
        cause, reference = ended.sign_in.cause, ended.sign_in.reference
        return failed_page(request, connection, cause, reference, next_path=next_path)
    response = redirect(next_path or "account")
    try:
        sign_in = flow.session_sign_in(connection, ended, ended.user)
        if not begin_session(request, response, sign_in):
            raise SignInFailed(flow.cause_of_no_session(ended.user))
    except SignInFailed as failure:
        # The user was blocked or deleted at this moment, for example.
        return unrecorded_failure_page(request, connection, failure.cause, next_path=next_path)
    set_last_used(response, connection.alias)
    add_log_context(request, outcome=ended.sign_in.outcome, reference=ended.sign_in.reference)
    # The browser keeps its key because a sign-in in another tab may need it. The key alone allows
    # nothing.
    return response


def redirect_form_post(request: TenantRequest, connection: Connection) -> HttpResponse:
    """Return the redirect to the callback by GET, for providers that post to it."""
    definition = known_definition(connection)
    if definition is None or not definition.posts_back:
        return HttpResponseNotAllowed(["GET"])
    response = HttpResponse(status=303, headers={"Location": form_post.store(request, connection)})
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
def metadata(request: TenantRequest, alias: str) -> HttpResponse:
    """The SAML metadata of the connection, also while it is turned off."""
    connection = get_connection(request, alias)
    definition = known_definition(connection)
    if definition is None or definition.own_metadata is None:
        raise Http404
    site = Site.from_callback_url(callback_url(request, connection))
    return HttpResponse(
        definition.own_metadata(connection.settings, site),
        content_type="application/samlmetadata+xml",
        headers={"Content-Disposition": f'attachment; filename="{alias}-metadata.xml"'},
    )


def what_is_left(next_path: str) -> HttpResponse:
    """Return the way on without a connection: to the application's sign-in page; else a 404."""
    if next_path.startswith(f"{CONTINUE}?"):
        return redirect(next_path)
    raise Http404


@retry_on_lost_connection
def find_by_alias(request: TenantRequest, alias: str) -> Connection | None:
    """Return the project's connection, or None."""
    return request.project.connections.select_related("project").filter(alias=alias).first()


@retry_on_lost_connection
def get_connection(request: TenantRequest, alias: str, **having: bool) -> Connection:
    """Return the project's connection, if it has these values; raises Http404."""
    connections = request.project.connections.select_related("project")
    return get_object_or_404(connections, alias=alias, **having)


def failed_page(
    request: TenantRequest,
    connection: Connection,
    cause: str,
    reference: str,
    *,
    next_path: str = "",
) -> HttpResponse:
    """Return the page for a recorded attempt that failed. Its button keeps `next_path`."""
    return outcome_page(
        request,
        request.project,
        cause=cause,
        connection=connection,
        reference=reference,
        next_path=next_path,
    )


def unrecorded_failure_page(
    request: TenantRequest, connection: Connection, cause: str, *, next_path: str = ""
) -> HttpResponse:
    """Return the page for a request that is not recorded. It has no reference."""
    log.info("refused a request at %s: %s", connection.pk, cause)
    return failed_page(request, connection, cause, "", next_path=next_path)
