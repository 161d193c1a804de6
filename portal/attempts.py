"""When the next attempt is possible, of those that django-allauth counts."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from allauth.account import app_settings
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

# By the name of the address: what allauth calls that which is counted there.
ACTIONS = {
    "account_login": "login",
    "account_signup": "signup",
    "account_reauthenticate": "reauthenticate",
    "account_change_password": "change_password",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
}
LONGEST = 60


def seconds_left(request: HttpRequest, *, action: str = "", key: str = "") -> int:
    """Return the seconds until what was refused is possible again, rounded up."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    key = key or request.POST.get("email", "").strip().lower()
    moments = list(_moments(request, action or ACTIONS.get(name or "", ""), key))
    # Where nothing is found, it ended while we looked, or is counted under another name.
    left = max(moments) - time.time() if moments else LONGEST
    return max(1, math.ceil(left))


def _moments(request: HttpRequest, action: str, key: str) -> Iterator[float]:
    for rate in ratelimit.get_rates(
        app="allauth.account", action=action, config=app_settings.RATE_LIMITS
    ):
        if rate.per == "user" and not request.user.is_authenticated:
            continue
        name = ratelimit.get_cache_key(
            request, app="allauth.account", action=action, rate=rate, key=key
        )
        attempts = cache.get(name, [])
        # The newest comes first.
        if len(attempts) >= rate.amount:
            yield attempts[rate.amount - 1] + rate.duration
