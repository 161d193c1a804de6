"""allauth's adapter: operators sign in with email and password; there is no sign-up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.limits.rate import RateLimited, client_ip, retry_after_text
from portal.access import known_browsers, login_limits
from portal.access.reauthentication import is_recently_authenticated
from portal.account.notices import NOTICES
from portal.allauth_internals import context
from portal.mail import send_notice
from projects.models import User
from projects.people.languages import store_language

# Our labels of allauth's reauthentication methods.
METHOD_LABELS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


class OperatorAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account flows for operators; accounts are made by invitation or command."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        email = credentials.get("email", "")
        # A signed-in person is reauthenticating.
        person = request.user if isinstance(request.user, User) else None
        try:
            taken = login_limits.take_login_attempt(
                request, login_limits.PASSWORD, account=email, person=person
            )
        except RateLimited as refusal:
            raise rate_limit_error(_("Too many failed sign-ins. %(when)s"), refusal) from None
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            login_limits.return_login_attempts(taken)
        return user

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponseBase:
        # allauth calls this after the last step of every sign-in.
        response: HttpResponseBase = super().post_login(request, user, **kwargs)
        known_browsers.remember_browser(response, user)
        store_language(user, get_language() or settings.LANGUAGE_CODE)
        return response

    def is_safe_url(self, url: str) -> bool:
        # allauth's own rule trusts all ALLOWED_HOSTS, which include the hosts of all projects.
        return url_has_allowed_host_and_scheme(url, allowed_hosts={context.request.get_host()})

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": METHOD_LABELS[method["id"]]} for method in methods]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        # Unlike allauth's rule, a recent sign-in counts as well.
        return not is_recently_authenticated(context.request)

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        # allauth's own emails quote the User-Agent, which an attacker chooses. End users have no
        # email address for notices.
        if user.email and (what := NOTICES.get(template_prefix)):
            send_notice(user, what, address=client_ip(self.request))


def rate_limit_error(text: str, refusal: RateLimited) -> ValidationError:
    """Return the error for too many attempts; `text` contains %(when)s."""
    text = text % {"when": retry_after_text(refusal.seconds)}
    if isinstance(refusal, login_limits.AccountRateLimited):
        text = _("%(refusal)s You can still sign in from a browser that you have used before.") % {
            "refusal": text
        }
    # The code that allauth gives to such errors.
    return ValidationError(text, code="too_many_login_attempts")
