"""How operators sign in: by e-mail and password, and nobody signs up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class OperatorAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account flows for operators; accounts are made by invitation or command."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        # allauth's own rule trusts every host in ALLOWED_HOSTS, so the hosts of all tenants, too.
        return url_has_allowed_host_and_scheme(url, allowed_hosts={context.request.get_host()})
