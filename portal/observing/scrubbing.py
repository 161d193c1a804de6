"""Takes out of a text what is secret: by its name, by its place, and by its value.

The last line of defence: our own code does not log secrets in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest

from portal.observing.current import current

REMOVED = "[removed]"
NAMES = (
    r"code|state|nonce|secret|client_secret|appsecret|access_token|refresh_token|id_token"
    r"|code_verifier|client_assertion|password\d?|key|token"
)
NAMED = re.compile(rf"(?i)\b({NAMES})(['\"]?\s*[=:]\s*['\"]?)([^&\s'\",}}]+)")
A_NAME = re.compile(rf"(?i)(?:.*[_-])?(?:{NAMES})")
# The password in the address of a database or a mail server.
IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)@")
# A part of a path that nobody chose: a link to reset a password, an invitation.
IN_PATH = re.compile(r"(?<=/)(?=[^/\s?]*\d)[\w~=:-]{24,}(?=[/?\s'\"]|$)", re.ASCII)
# Links of one use: whoever reads one in a log could be the first to use it.
LINK = re.compile(r"(/invitation/link/|/password/reset/key/)[^\s/?'\"]+")
# Shorter values are found everywhere by chance.
LEAST = 6


def scrubbed(text: str) -> str:
    """Return the text without secrets."""
    return without(planted(), text)


def scrubbed_fields(fields: Mapping[str, Any], *, but: frozenset[str]) -> dict[str, Any]:
    """Return the fields without secrets, those apart that no secret can get into."""
    values = planted()
    return {
        name: value if name in but else field_without(values, name, value)
        for name, value in fields.items()
    }


def field_without(values: Sequence[str], name: str, value: Any) -> Any:
    """Return what may be told under this name, whatever its type."""
    if isinstance(value, int | float) or value is None:
        return value
    if A_NAME.fullmatch(name):
        return REMOVED
    if isinstance(value, dict):
        return {
            without(values, str(key)): field_without(values, str(key), each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [field_without(values, "", each) for each in value]
    return without(values, str(value))


def without(values: Sequence[str], text: str) -> str:
    """Return the text without these values, and without what its names and places give away."""
    if "=" in text or ":" in text:
        text = NAMED.sub(rf"\1\2{REMOVED}", text)
    if "/" in text:
        text = IN_PATH.sub(REMOVED, LINK.sub(rf"\1{REMOVED}", text))
    if "://" in text:
        text = IN_ADDRESS.sub(rf"\1:{REMOVED}@", text)
    for value in values:
        if value in text:
            text = text.replace(value, REMOVED)
    return text


def planted() -> list[str]:
    """Return the secrets that this process and this request are known to hold."""
    values = [*of_installation()] if settings.configured else []
    request = current.get()
    if request is not None:
        values += (value for value in of_request(request) if len(value) >= LEAST)
    return values


@cache
def of_installation() -> tuple[str, ...]:
    """The secrets among the settings."""
    values = (
        settings.SECRET_KEY,
        str(settings.DATABASES["default"].get("PASSWORD") or ""),
        str(settings.EMAIL_HOST_PASSWORD or ""),
    )
    return tuple(value for value in values if len(value) >= LEAST)


def of_request(request: HttpRequest) -> Iterator[str]:
    """What the request brought that nobody else may have: cookies, codes, typed secrets."""
    cookies = request.META.get("HTTP_COOKIE", "")
    if cookies:
        yield from (pair.partition("=")[2].strip() for pair in cookies.split(";"))
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    if authorization:
        yield authorization.partition(" ")[2].strip()
    query = request.META.get("QUERY_STRING", "")
    if query:
        for pair in query.split("&"):
            name, _sign, value = pair.partition("=")
            if A_NAME.fullmatch(name):
                yield value
                yield unquote_plus(value)
    # Only where somebody has read the form: to read it here could fail once more.
    form = request.__dict__.get("_post")
    if form:
        for name in form:
            if A_NAME.fullmatch(name):
                yield from form.getlist(name)
