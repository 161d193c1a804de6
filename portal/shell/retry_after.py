"""The waiting time of django-allauth's rate limits."""

from __future__ import annotations

import math
import time

from django.http import HttpRequest

from portal.allauth_internals import rate_limit_ends

# The name of allauth's rate limit, by URL name.
ACTIONS = {
    "account_login": "login",
    "account_signup": "signup",
    "account_reauthenticate": "reauthenticate",
    "account_change_password": "change_password",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
}
LONGEST = 60


def seconds_left(request: HttpRequest) -> int:
    """Return the seconds until the next attempt is possible, rounded up."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    moments = list(rate_limit_ends(request, ACTIONS.get(name or "", "")))
    # Nothing is found if the limit has just expired, or has another name.
    left = max(moments) - time.time() if moments else LONGEST
    return max(1, math.ceil(left))
