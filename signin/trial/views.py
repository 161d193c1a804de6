"""Trials on the project's host: the page of a link, the start, and the callback."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from connections.configured import known_definition
from connections.models import Trial
from connections.trials.services import find_by_link, find_by_state, take_trial
from core.limits import rate as limits
from core.random_text import hash_text
from core.same_origin import is_page_visit, is_same_origin
from projects.requests import TenantRequest
from signin import form_post, state
from signin.pages import rate_limited_page, sign_in_policy
from signin.relying_party import callback_url
from signin.trial.flow import (
    TrialUsed,
    begin_trial,
    end_in_another_browser,
    end_trial,
    make_claim,
)
from signin.trial.pages import ended_page, invitation_page, unusable_page


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_policy
def trial(request: TenantRequest, token: str) -> HttpResponse:
    """Say what a trial is, and start it when somebody presses the button.

    An administrator's own trial starts at once. Its result is shown only to their session in the
    portal, so that nobody else's sign-in can be looked at by this address.
    """
    try:
        limits.take_attempt(limits.start_allowance(request, request.project.pk))
    except limits.RateLimited as refusal:
        return rate_limited_page(request, request.project, refusal)
    found = find_by_link(request.project, token)
    if found is None:
        raise Http404
    if found.started_at is not None or found.expires_at <= timezone.now():
        return unusable_page(request)
    if found.is_by_link:
        if request.method != "POST" or not is_same_origin(request):
            return invitation_page(request, found)
    elif request.method != "GET" or not is_page_visit(request):
        raise Http404
    return start(request, found)


def start(request: TenantRequest, found: Trial) -> HttpResponse:
    """Return the redirect to the provider, or the end of a trial that could not begin."""
    browser = state.browser_key(request)
    try:
        url, claim = begin_trial(request, found, browser=browser)
    except TrialUsed:
        return unusable_page(request)
    if not url:
        return ended_response(request, found, claim)
    response = redirect_without_referrer(url)
    state.set_browser_cookie(response, browser)
    return response


def trial_callback(request: TenantRequest, alias: str, sent_state: str) -> HttpResponse:
    """End the trial that a callback belongs to. It signs nobody in, whatever it brings."""
    try:
        limits.take_attempt(limits.callback_allowance(request, request.project.pk))
    except limits.RateLimited as refusal:
        return rate_limited_page(request, request.project, refusal)
    found = find_by_state(request.project, alias, sent_state)
    if found is None:
        return unusable_page(request, is_known=False)
    browser = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    if not is_own_browser(found, browser):
        if found.taken_at is None and found.finished_at is None:
            end_in_another_browser(found, has_key=bool(browser))
        return ended_page(request, found, is_other_browser=True)
    parameters = [(name, value) for name, values in request.GET.lists() for value in values]
    definition = known_definition(found.connection)
    if definition is not None and definition.posts_back:
        # The query did not come from the provider.
        if found.posted is None:
            return unusable_page(request, is_known=False)
        parameters = form_post.unseal(bytes(found.posted), sent_state)
    if take_trial(found):
        counts = Counter(name for name, _value in parameters)
        end_trial(
            found,
            dict(parameters),
            repeated=frozenset(name for name, count in counts.items() if count > 1),
            callback_url=callback_url(request, found.connection),
            is_expired=found.expires_at <= timezone.now(),
        )
    return ended_response(request, found, make_claim(sent_state, browser))


def ended_response(request: TenantRequest, found: Trial, claim: str) -> HttpResponse:
    """Return the last page of a link, or the redirect to the result in the portal."""
    if found.is_by_link:
        return ended_page(request, found)
    return redirect_without_referrer(f"{found.return_url}?{urlencode({'claim': claim})}")


def redirect_without_referrer(url: str) -> HttpResponse:
    """Return a redirect to another host, which does not learn this address."""
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def is_own_browser(found: Trial, browser: str) -> bool:
    """Whether the browser has the cookie of the trial."""
    return constant_time_compare(hash_text(browser), found.browser_hash)
