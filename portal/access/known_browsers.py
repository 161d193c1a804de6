"""Browsers in which an operator has signed in before, recognised by a signed cookie.

What OWASP calls device cookies: such a browser has a rate limit of its own, so that wrong passwords
from elsewhere do not lock the owner of the account out. The cookie replaces no password and no
second factor. https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase

from projects.models import User

YEAR_SECONDS = 365 * 24 * 3600
# The person's id, a random value, the time, and the signature.
COOKIE = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32}):[0-9A-Za-z]{6}:[\w-]{43}", re.ASCII)
LENGTH = 116


@dataclass(frozen=True)
class KnownBrowser:
    """A browser, and the operator who last signed in there."""

    person: User
    id: str


def remember_browser(response: HttpResponseBase, person: User) -> None:
    """Set the cookie. Call it only after every step of a sign-in."""
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        cookie_signer(person).sign(f"{person.pk.hex}.{secrets.token_hex(16)}"),
        max_age=YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def find_known_browser(request: HttpRequest) -> KnownBrowser | None:
    """Return the browser that the cookie identifies, or None without a valid one."""
    cookie = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
    matched = COOKIE.fullmatch(cookie) if len(cookie) == LENGTH else None
    if matched is None:
        return None
    person = User.objects.filter(pk=UUID(matched[1]), project=None).first()
    if person is None:
        return None
    try:
        cookie_signer(person).unsign(cookie, max_age=YEAR_SECONDS)
    except BadSignature:
        return None
    return KnownBrowser(person, matched[2])


def cookie_signer(person: User) -> TimestampSigner:
    """Return what signs the person's cookies; a new password makes all of them invalid."""
    return TimestampSigner(salt=f"menkou.known_browser:{person.password}")
