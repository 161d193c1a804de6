"""How operators sign in: by e-mail and password, and nobody signs up."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from projects.models import User

# Allauth's ways of confirming who one is, in our words.
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


class OperatorAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account flows for operators; accounts are made by invitation or command."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        # allauth's own rule trusts every host in ALLOWED_HOSTS, so the hosts of all tenants, too.
        return url_has_allowed_host_and_scheme(url, allowed_hosts={context.request.get_host()})

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS[method["id"]]} for method in methods]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        # allauth wants it confirmed anew; for us signing in counts as well, for as long.
        return not is_fresh(context.request)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved who they are a short while ago, by signing in or confirming."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0.0)
    return time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
