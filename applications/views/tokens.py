"""The endpoints that applications call themselves; all answers are JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from applications.protocol import bearer_tokens
from applications.protocol.client_authentication import Sender, identify, single_values
from applications.protocol.developer_errors import record_mistake
from applications.protocol.parameters import NAMES as PARAMETERS
from applications.protocol.stored_requests import PUSHED_VALID, push_request
from applications.protocol.token_requests import answer_token_request
from applications.views.authorize import MISTAKES, checked_parameters
from applications.views.cross_origin import answer_preflight, is_preflight, open_to_scripts
from core.keyring.keyset import KeysetError
from core.limits.rate import RateLimited
from core.log_context import add_log_context
from projects.requests import TenantRequest

FORM = "application/x-www-form-urlencoded"
INVALID_CLIENT = 401
# Where a request has the application that it names.
SENDER = "_sender"
log = logging.getLogger("menkou.applications")

View = Callable[[TenantRequest], HttpResponse]


def for_applications(view: View) -> View:
    """Answer as JSON that nobody stores, and refuse politely what comes too often.

    The scripts of browser apps may read it.
    """

    @csrf_exempt
    @wraps(view)
    def viewed(request: TenantRequest) -> HttpResponse:
        try:
            response = answer_preflight() if is_preflight(request) else view(request)
        except RateLimited as refusal:
            response = error(429, "temporarily_unavailable", "Too many requests.")
            response["Retry-After"] = str(refusal.seconds)
        except KeysetError:
            # An operator has to bring the keyset back; the code can be redeemed then.
            log.error("a signing key of project %s does not open", request.project.pk)
            response = error(503, "temporarily_unavailable", "The signing key cannot be used.")
        except IntegrityError:
            # The application was deleted at this moment.
            response = add_challenge(error(INVALID_CLIENT, "invalid_client"))
        open_to_scripts(request, response, request.__dict__.get(SENDER))
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response

    return viewed


@for_applications
def token(request: TenantRequest) -> HttpResponse:
    """Exchange a code or a refresh token (RFC 6749, 3.2)."""
    if not is_form(request):
        return not_a_form(request, "token")
    sent = pairs(request)
    sender = identify_sender(request, sent, "token")
    if sender.problem == "two_methods":
        return refuse(request, sender, "two_methods")
    answer = answer_token_request(sender, sent, issuer=request.project.issuer)
    if answer.mistake and sender.application is not None:
        record_mistake(sender.application, answer.mistake)
    outcome = answer.mistake or ("tokens" if answer.status == 200 else "refused")
    add_log_context(request, outcome=outcome)
    return oauthlib_response(answer.status, answer.body, sender)


@for_applications
def introspect(request: TenantRequest) -> HttpResponse:
    """Say whether a token is valid, and what it stands for (RFC 7662)."""
    return answer_about_token(request, "introspect", bearer_tokens.answer_introspection)


@for_applications
def push(request: TenantRequest) -> HttpResponse:
    """Store an authorization request that an application sends directly (RFC 9126)."""
    if not is_form(request):
        return not_a_form(request, "push")
    sent = pairs(request)
    sender = identify_sender(request, sent, "push")
    if sender.application is None or sender.problem:
        return refuse(request, sender, sender.problem)
    if any(name == "request_uri" for name, _value in sent):
        return error(400, "invalid_request", "A request_uri cannot be pushed.")
    named = [(name, value) for name, value in sent if name in PARAMETERS and value]
    if not any(name == "client_id" for name, _value in named):
        named.append(("client_id", sender.application.client_id))
    try:
        parameters = checked_parameters(
            request, named, sender.application, None, is_session_known=False
        )
    except OAuth2Error as refusal:
        cause = MISTAKES.get(type(refusal).__name__, "authorization_parameter")
        record_mistake(sender.application, cause, message=refusal.description or refusal.error)
        return error(400, refusal.error, refusal.description)
    request_uri = push_request(sender.application, parameters)
    seconds = int(PUSHED_VALID.total_seconds())
    return JsonResponse({"request_uri": request_uri, "expires_in": seconds}, status=201)


@for_applications
def revoke(request: TenantRequest) -> HttpResponse:
    """Revoke a token (RFC 7009)."""
    return answer_about_token(request, "revoke", bearer_tokens.answer_revocation)


def answer_about_token(
    request: TenantRequest,
    endpoint: str,
    answer: Callable[[Sender, Sequence[tuple[str, str]]], tuple[int, str]],
) -> HttpResponse:
    """Return the response to an application that has sent one of its tokens."""
    if not is_form(request):
        return not_a_form(request, endpoint)
    sent = pairs(request)
    sender = identify_sender(request, sent, endpoint)
    if sender.problem:
        return refuse(request, sender, sender.problem)
    status, body = answer(sender, sent)
    return oauthlib_response(status, body, sender)


@for_applications
def userinfo(request: TenantRequest) -> HttpResponse:
    """Return the claims about the person of an access token (OpenID Connect Core 1.0, 5.3)."""
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    authorization = request.headers.get("Authorization", "")
    headers = {"Authorization": authorization} if authorization else {}
    sent = pairs(request, "access_token") if is_form(request) else []
    if (len(sent) + bool(headers)) > 1:
        return bearer_error(400, "invalid_request")
    if not sent and not headers:
        return bearer_error(401, "")
    try:
        body = bearer_tokens.answer_userinfo(
            request.project.pk, request.method, headers=headers, pairs=sent
        )
    except OAuth2Error as refusal:
        return bearer_error(refusal.status_code, refusal.error)
    return HttpResponse(body, content_type="application/json")


def identify_sender(request: TenantRequest, sent: list[tuple[str, str]], purpose: str) -> Sender:
    """Return who sends the request; counts the attempt. Raises RateLimited."""
    sender = identify(request, request.project, single_values(sent), purpose=purpose)
    request.__dict__[SENDER] = sender.application
    return sender


def is_form(request: HttpRequest) -> bool:
    """Whether this is a POST with a form."""
    return request.method == "POST" and request.content_type == FORM


def not_a_form(request: TenantRequest, purpose: str) -> HttpResponse:
    """Refuse a request that is no POST of a form, and tell the application's developers."""
    if request.method != "POST":
        response = error(405, "invalid_request", "Send a POST request.")
        response["Allow"] = "POST"
    else:
        response = error(400, "invalid_request", f"Send the parameters as {FORM}.")
    sender = identify_sender(request, [], purpose)
    if sender.application is not None:
        record_mistake(sender.application, "method")
    return response


def pairs(request: HttpRequest, only: str = "") -> list[tuple[str, str]]:
    """Return the fields of a form, in order; `only` those of one name."""
    fields = request.POST.lists()
    return [(name, value) for name, values in fields for value in values if only in {"", name}]


def refuse(request: TenantRequest, sender: Sender, mistake: str) -> HttpResponse:
    """Refuse a request whose sender is not proven."""
    if sender.application is not None:
        record_mistake(sender.application, mistake)
    add_log_context(request, outcome=mistake)
    if mistake == "two_methods":
        return error(400, "invalid_request", "Use one method of client authentication.")
    return add_challenge(error(INVALID_CLIENT, "invalid_client"))


def oauthlib_response(status: int, body: str, sender: Sender) -> HttpResponse:
    """Return an answer of oauthlib."""
    response = HttpResponse(body, status=status, content_type="application/json")
    return add_challenge(response) if status == INVALID_CLIENT else response


def add_challenge(response: HttpResponse) -> HttpResponse:
    """Name the method of client authentication (RFC 6749, 5.2)."""
    response["WWW-Authenticate"] = 'Basic realm="OAuth 2.0 client"'
    return response


def bearer_error(status: int, name: str) -> HttpResponse:
    """Return a refusal of an access token (RFC 6750, 3)."""
    response = error(status, name) if name else HttpResponse(status=status)
    detail = f' error="{name}"' if name else ""
    response["WWW-Authenticate"] = f'Bearer realm="userinfo"{"," if detail else ""}{detail}'
    return response


def error(status: int, name: str, description: str = "") -> HttpResponse:
    """Return an error as JSON (RFC 6749, 5.2)."""
    document = {"error": name}
    if description:
        document["error_description"] = description
    return JsonResponse(document, status=status)
