"""All undocumented parts of django-allauth that the portal uses.

An upgrade may rename any of them. tests/portal/test_allauth_internals.py tests what we rely on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_password_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from projects.models import User

__all__ = [
    "SECRET_SESSION_KEY",
    "context",
    "generate_totp_secret",
    "get_authentication_records",
    "passkey_options",
    "password_reset_path",
    "person_at_second_step",
    "rate_limit_ends",
    "record_authentication",
    "sign_in_with_password",
]


def sign_in_with_password(request: HttpRequest, person: User, *, redirect_url: str) -> HttpResponse:
    """Sign in a person whose password has been verified or just set."""
    login = Login(user=person, redirect_url=redirect_url)
    response: HttpResponse = perform_password_login(request, {"email": person.email}, login)
    return response


def person_at_second_step(request: HttpRequest) -> User:
    """Return the person who has entered the password but no second factor yet."""
    person: User = request._login_stage.login.user  # type: ignore[attr-defined]
    return person


def password_reset_path(person: User) -> str:
    """Return the path of a link to choose a password; it is valid until one has been chosen."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": key},
    )


def passkey_options(person: User) -> dict[str, Any]:
    """Return what the browser needs to create a passkey that also allows passwordless sign-in."""
    # Imported here: error pages use this module, and need no library for passkeys.
    from allauth.mfa.webauthn.internal.auth import begin_registration

    options: dict[str, Any] = begin_registration(person, passwordless=True)
    return options


def rate_limit_ends(request: HttpRequest, action: str) -> Iterator[float]:
    """Yield the time at which each rate limit of the action that was reached ends."""
    for rate in ratelimit.get_rates(
        app="allauth.account", action=action, config=app_settings.RATE_LIMITS
    ):
        if rate.per == "user" and not request.user.is_authenticated:
            continue
        name = ratelimit.get_cache_key(request, app="allauth.account", action=action, rate=rate)
        attempts = cache.get(name, [])
        # The newest comes first.
        if len(attempts) >= rate.amount:
            yield attempts[rate.amount - 1] + rate.duration
