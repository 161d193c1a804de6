"""How operators sign in: by e-mail and password, and nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.limits import address_of, again_in
from portal.attempts import seconds_left
from portal.fresh import is_fresh
from portal.notices import NOTICES
from portal.post import send_notice
from projects.models import User

# Allauth's ways of confirming who one is, in our words.
WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


class OperatorAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account flows for operators; accounts are made by invitation or command."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            # allauth's own words do not say when.
            key = self._get_login_attempts_cache_key(request, **credentials)
            when = again_in(seconds_left(request, action="login_failed", key=key))
            raise ValidationError(
                _("Too many failed sign-ins. %(when)s") % {"when": when},
                code="too_many_login_attempts",
            ) from None

    def is_safe_url(self, url: str) -> bool:
        # allauth's own rule trusts every host in ALLOWED_HOSTS, so the hosts of all tenants, too.
        return url_has_allowed_host_and_scheme(url, allowed_hosts={context.request.get_host()})

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS[method["id"]]} for method in methods]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        # allauth wants it confirmed anew; for us signing in counts as well, for as long.
        return not is_fresh(context.request)

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        # allauth's own letters quote the browser's name, in which a thief could write anything.
        # End users have no address of ours.
        if user.email and (what := NOTICES.get(template_prefix)):
            send_notice(user, what, address=address_of(self.request))
