"""The connection that this browser used last, in a cookie of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from connections.fields.common import ALIAS
from core.language_middleware import YEAR_SECONDS


def set_last_used(response: HttpResponse, alias: str) -> None:
    """Set the cookie after a successful sign-in. It holds the alias alone."""
    response.set_cookie(
        settings.LAST_USED_COOKIE_NAME,
        alias,
        max_age=YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def read_last_used(environ: Mapping[str, Any]) -> str:
    """Return the alias in the cookie of a WSGI environ, or "" if it cannot be one.

    Anybody can make up aliases; the project may have no connection with this one.
    """
    # Not Django's parser: this also runs in front of Django, for every cached page.
    cookie = cookie_pattern(settings.LAST_USED_COOKIE_NAME)
    found = cookie.search(environ.get("HTTP_COOKIE", ""))
    return found[1] if found else ""


@cache
def cookie_pattern(name: str) -> re.Pattern[str]:
    """Return the pattern of a cookie whose whole value is an alias."""
    cookie = re.compile(rf"(?:^|;)\s*{re.escape(name)}=({ALIAS.pattern})\s*(?:;|$)")
    return cookie
