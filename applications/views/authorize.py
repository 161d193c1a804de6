"""The pages of an authorization request: its start, and its end after the sign-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_supported_language_variant
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from applications.models import Application
from applications.protocol import stored_requests
from applications.protocol.authorization import check_request
from applications.protocol.client_authentication import (
    Credentials,
    find_application,
    find_by_client_id,
)
from applications.protocol.developer_errors import record_mistake
from applications.protocol.hints import UNKNOWN, subject_of_hint
from applications.protocol.parameters import NAMES, AuthorizationParameters
from applications.protocol.stored_requests import StoredRequest
from applications.tokens.grants import NotIssued, issue_code
from applications.views.consent import needs_consent
from applications.views.pages import problem_page, rate_limited_page, see_other
from applications.views.responses import FORM_POST, Pairs, redirect_with_error, send_back
from connections.models import EndUserSession
from connections.sessions.browser import end_user_session
from core.limits import rate as limits
from core.limits.rate import RateLimited
from core.log_context import add_log_context
from core.postgresql.retry import retry_on_lost_connection
from projects.requests import TenantRequest

# The mistake behind an error of oauthlib, by the name of its class.
MISTAKES = {
    "MismatchingRedirectURIError": "redirect_uri_unknown",
    "InvalidRedirectURIError": "redirect_uri_unknown",
    "MissingRedirectURIError": "redirect_uri_missing",
    "InvalidRequestFatalError": "parameter_repeated",
    "MissingResponseTypeError": "response_type",
    "UnsupportedResponseTypeError": "response_type",
    "UnauthorizedClientError": "response_type",
    "InvalidScopeError": "scope",
    "MissingCodeChallengeError": "pkce_missing",
    "RequestNotSupported": "request_object",
    "RequestURINotSupported": "request_object",
    "UnusableConnection": "connection_unusable",
    "InvalidRequestError": "authorization_parameter",
}
# Answers that no developer has to mend.
NO_MISTAKES = frozenset({"LoginRequired", "ConsentRequired"})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def authorize(request: TenantRequest) -> HttpResponse:
    """Send the browser back with a code, or to the sign-in page (OpenID Connect Core, 3.1.2)."""
    pairs = sent_parameters(request)
    client_ids = [value for name, value in pairs if name == "client_id"]
    client_id = client_ids[0] if len(client_ids) == 1 else ""
    try:
        application = load_application(request, client_id)
    except RateLimited as refusal:
        application = find_by_client_id(request.project, client_id)
        return rate_limited_page(request, refusal, application=application)
    # A form of another website comes without our cookies, so its person is looked for afterwards.
    session = None if request.method == "POST" else end_user_session(request)
    request_uri = next((value for name, value in pairs if name == "request_uri"), "")
    if application is not None and request_uri.startswith(stored_requests.PUSHED_URN):
        pushed = stored_requests.take_pushed_request(application, request_uri)
        if pushed is None:
            record_mistake(application, "pushed_request")
            return problem_page(request, "request", application=application, status=400)
        return answer(request, application, pushed, session)
    try:
        parameters = checked_parameters(
            request, pairs, application, session, is_session_known=request.method != "POST"
        )
    except FatalClientError as error:
        return fatal_page(request, application, error, pairs)
    except OAuth2Error as error:
        return refused(request, application, error, pairs)
    if application is None:
        raise AssertionError("oauthlib goes on without a client")
    ui_locales = next((value for name, value in pairs if name == "ui_locales"), "")
    return answer(request, application, parameters, session, ui_locales=ui_locales)


def checked_parameters(
    request: TenantRequest,
    pairs: Pairs,
    application: Application | None,
    session: EndUserSession | None,
    *,
    is_session_known: bool,
) -> AuthorizationParameters:
    """Return the checked parameters; raises what `check_request` raises."""
    hint = next((value for name, value in pairs if name == "id_token_hint"), "")
    subject = subject_of_hint(request.project, hint) if hint and application else ""
    parameters = check_request(
        pairs,
        application=application,
        session=session,
        hinted_subject=subject,
        is_session_known=is_session_known,
    )
    if subject == UNKNOWN and parameters.subject == UNKNOWN:
        # An old hint must not keep anybody from signing in.
        return parameters.without_subject()
    return parameters


def answer(
    request: TenantRequest,
    application: Application,
    parameters: AuthorizationParameters,
    session: EndUserSession | None,
    *,
    ui_locales: str = "",
) -> HttpResponse:
    """Return the code at once, or store the request and ask the person."""
    is_satisfied = parameters.is_satisfied_by(session, application, now=timezone.now())
    asks_person = is_satisfied and bool(session and needs_consent(application, parameters, session))
    if session and is_satisfied and not asks_person:
        return redirect_with_code(request, application, parameters, session)
    if "none" in parameters.prompt and request.method != "POST":
        return redirect_with_error(request, parameters, silent_error(is_satisfied=is_satisfied))
    try:
        request_id = stored_requests.store_request(application, parameters)
    except IntegrityError:
        return deleted_page(request)
    if request.method == "POST":
        path = stored_requests.continue_path(application.client_id, request_id, is_new=True)
        return see_other(path)
    if asks_person:
        return see_other(stored_requests.consent_path(application.client_id, request_id))
    language = known_language(ui_locales[:200].split())
    return see_other(
        sign_in_path(application, parameters, request_id, is_new=True, language=language)
    )


def silent_error(*, is_satisfied: bool) -> str:
    """Return why nothing can be done without the person (OpenID Connect Core 1.0, 3.1.2.6)."""
    return "consent_required" if is_satisfied else "login_required"


@require_safe
@never_cache
def continue_request(request: TenantRequest) -> HttpResponse:
    """Send the browser back to the application after the sign-in, or to the sign-in page."""
    client_id, request_id = (request.GET.get(name, "") for name in ("application", "request"))
    stored = stored_requests.find_request(request.project, client_id, request_id)
    if stored is None or stored.is_over:
        return over_page(request, client_id)
    application, parameters = stored.application, stored.parameters
    session = end_user_session(request)
    is_satisfied = parameters.is_satisfied_by(
        session, application, now=timezone.now(), requested_at=stored.requested_at
    )
    asks_person = is_satisfied and bool(
        session and needs_consent(application, parameters, session, stored)
    )
    if session and is_satisfied and not asks_person:
        response = redirect_with_code(request, application, parameters, session)
        stored_requests.complete_request(stored)
        return response
    if "none" in parameters.prompt:
        return redirect_with_error(request, parameters, silent_error(is_satisfied=is_satisfied))
    if asks_person:
        return see_other(stored_requests.consent_path(application.client_id, request_id))
    if is_another_person(session, stored):
        return redirect_with_error(request, parameters, "login_required")
    is_new = request.GET.get("new") == "1"
    return see_other(sign_in_path(application, parameters, request_id, is_new=is_new))


@require_safe
@never_cache
def cancel_request(request: TenantRequest) -> HttpResponse:
    """Send somebody who does not want to sign in back to the application."""
    client_id, request_id = (request.GET.get(name, "") for name in ("application", "request"))
    stored = stored_requests.find_request(request.project, client_id, request_id)
    if stored is None or stored.is_over:
        return over_page(request, client_id)
    return redirect_with_error(request, stored.parameters, "access_denied")


def over_page(request: TenantRequest, client_id: str) -> HttpResponse:
    """Return the page for a request that is over, which leads back to its application."""
    application = find_by_client_id(request.project, client_id)
    return problem_page(request, "over", application=application, status=400)


def is_another_person(session: EndUserSession | None, stored: StoredRequest) -> bool:
    """Whether somebody has signed in for this request whom the application does not accept."""
    subject = stored.parameters.subject
    return (
        session is not None
        and bool(subject)
        and subject != str(session.user_id)
        and session.auth_time >= stored.requested_at
    )


def sent_parameters(request: HttpRequest) -> Pairs:
    """Return the parameters that we read and that are not empty (RFC 6749, 3.1)."""
    sent = request.POST if request.method == "POST" else request.GET
    return [
        (name, value) for name, values in sent.lists() if name in NAMES for value in values if value
    ]


def load_application(request: TenantRequest, client_id: str) -> Application | None:
    """Count the attempt and return the application; raises RateLimited. One statement."""
    allowance = limits.make_allowance(
        "authorize",
        request.project.pk,
        limits.client_ip(request),
        amount=settings.MENKOU_LIMIT_AUTHORIZATIONS,
    )
    return find_application(request.project, Credentials(client_id), allowance)


def redirect_with_code(
    request: TenantRequest,
    application: Application,
    parameters: AuthorizationParameters,
    session: EndUserSession,
) -> HttpResponse:
    """Return the redirect to the application with a new code."""
    try:
        code = retry_on_lost_connection(issue_code)(
            application,
            session,
            redirect_uri=parameters.redirect_uri,
            scope=parameters.scope,
            nonce=parameters.nonce,
            code_challenge=parameters.code_challenge,
            claims=dict(parameters.claims),
        )
    except NotIssued:
        if "none" in parameters.prompt:
            return redirect_with_error(request, parameters, "login_required")
        return deleted_page(request)
    add_log_context(request, outcome="code")
    return send_back(
        request,
        parameters.redirect_uri,
        parameters.state,
        [("code", code)],
        response_mode=parameters.response_mode,
    )


def deleted_page(request: TenantRequest) -> HttpResponse:
    """Return the page where the session has ended, or the application was deleted, just now."""
    return problem_page(request, "over", application=None, status=400)


def refused(
    request: TenantRequest, application: Application | None, error: OAuth2Error, pairs: Pairs
) -> HttpResponse:
    """Tell the application about an error by a redirect."""
    sent = dict(pairs)
    if application is not None and type(error).__name__ not in NO_MISTAKES:
        cause = MISTAKES.get(type(error).__name__, "authorization_parameter")
        record_mistake(application, cause, message=error.description or error.error)
    told = [("error", error.error)]
    if error.description:
        told.append(("error_description", error.description))
    add_log_context(request, outcome=error.error)
    return send_back(
        request,
        sent["redirect_uri"],
        sent.get("state"),
        told,
        # One that cannot be used is part of what is told.
        response_mode=FORM_POST if is_form_wanted(sent) else "query",
    )


def is_form_wanted(sent: Mapping[str, str]) -> bool:
    """Whether an error can be sent as a form."""
    is_website = sent["redirect_uri"].startswith(("https:", "http:"))
    return sent.get("response_mode") == FORM_POST and is_website


def fatal_page(
    request: TenantRequest,
    application: Application | None,
    error: FatalClientError,
    pairs: Pairs,
) -> HttpResponse:
    """Return the page for a request whose redirect URI nobody may be sent to."""
    name = type(error).__name__
    if application is not None:
        cause = MISTAKES.get(name, "redirect_uri_unknown")
        received = next((value for key, value in pairs if key == "redirect_uri"), "")
        facts = {"field": "redirect_uri", "received": received}
        if cause == "parameter_repeated":
            facts = {"message": error.description}
        record_mistake(application, cause, **facts)
    add_log_context(request, outcome="refused", cause=name)
    return problem_page(request, "request", application=application, status=400)


def sign_in_path(
    application: Application,
    parameters: AuthorizationParameters,
    request_id: str,
    *,
    is_new: bool,
    language: str = "",
) -> str:
    """Return where the person of a stored request signs in, in the language it asks for.

    That is the sign-in page, or for a new request the way straight to the provider it asks for.
    """
    client_id, connection = application.client_id, parameters.connection
    if connection and is_new:
        path = stored_requests.straight_path(connection, client_id, request_id)
        return f"{path}&{urlencode({'lang': language})}" if language else path
    query = stored_requests.request_query(client_id, request_id, connection)
    chosen = urlencode({"lang": language}) + "&" if language else ""
    return f"/login?{chosen}{query}"


def known_language(tags: Iterable[str]) -> str:
    """Return the first of the languages that we have, or ""."""
    for tag in tags:
        try:
            return get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return ""
