"""The page on which people decide what a third party's application may know."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from applications.models import Application, AuthorizationRequest, Consent
from applications.protocol import stored_requests
from applications.protocol.parameters import AuthorizationParameters
from applications.protocol.stored_requests import StoredRequest
from applications.views.pages import page, problem_page, see_other
from applications.views.responses import redirect_with_error
from connections.models import EndUserSession
from connections.sessions.browser import end_user_session
from core.postgresql.retry import retry_on_lost_connection
from core.same_origin import is_same_origin
from projects.models import User
from projects.requests import TenantRequest


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def consent(request: TenantRequest) -> HttpResponse:
    """Ask the person, and go on with their answer."""
    client_id, request_id = (request.GET.get(name, "") for name in ("application", "request"))
    stored = stored_requests.find_request(request.project, client_id, request_id)
    if stored is None or stored.is_over:
        known = stored.application if stored else None
        return problem_page(request, "over", application=known, status=400)
    session = end_user_session(request)
    if session is None:
        return see_other(stored_requests.continue_path(client_id, request_id))
    if request.method == "POST" and is_same_origin(request):
        if request.POST.get("answer") != "allow":
            return redirect_with_error(request, stored.parameters, "access_denied")
        try:
            give_consent(stored, session.user)
        except IntegrityError:
            # The application or the person was deleted at this moment.
            return problem_page(request, "over", application=None, status=400)
        return see_other(stored_requests.continue_path(client_id, request_id))
    name = stored.application.name
    context = {
        "title": _("Allow %(name)s to know who you are?") % {"name": name},
        "application": stored.application,
        "person": session.user,
        "wanted": describe_scope(stored.parameters.scope),
    }
    return page(request, context, template="applications/consent.html", status=200)


def describe_scope(scope: tuple[str, ...]) -> list[str]:
    """Return what an application asks for, in plain words."""
    texts = {
        "openid": _("An ID by which it recognizes you"),
        "profile": _("Your name and picture"),
        "email": _("Your email address"),
        "offline_access": _("To keep this access while you are away"),
    }
    return [texts[each] for each in scope]


@retry_on_lost_connection
def needs_consent(
    application: Application,
    parameters: AuthorizationParameters,
    session: EndUserSession,
    stored: StoredRequest | None = None,
) -> bool:
    """Whether the person has to be asked: up to one statement."""
    if not application.is_third_party:
        return False
    if stored is not None and stored.consented_by == session.user_id:
        return False
    if "consent" in parameters.prompt:
        return True
    given = Consent.objects.filter(application=application, user=session.user_id).first()
    return given is None or not set(parameters.scope) <= set(given.scope.split())


@retry_on_lost_connection
@transaction.atomic
def give_consent(stored: StoredRequest, person: User) -> None:
    """Remember what the person allows, for this request and for later ones."""
    AuthorizationRequest.objects.filter(id_hash=stored.id_hash).update(consented_by=person.pk)
    known = (
        Consent.objects.select_for_update()
        .filter(application=stored.application, user=person)
        .first()
    )
    scope = {*stored.parameters.scope, *(known.scope.split() if known else ())}
    Consent.objects.update_or_create(
        application=stored.application, user=person, defaults={"scope": " ".join(sorted(scope))}
    )
