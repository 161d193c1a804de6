"""Removes secrets from texts, by field name, by position in URLs, and by value.

This is the last line of defence: our own code does not log secrets in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, QueryDict

from core.observability.request_context import current_request

REMOVED = "[removed]"
SENSITIVE_NAMES = (
    r"code|state|nonce|secret|client_secret|appsecret|access_token|refresh_token|id_token"
    r"|code_verifier|client_assertion|password\d?|key|token"
)
NAMED_SECRET = re.compile(rf"(?i)\b({SENSITIVE_NAMES})(['\"]?\s*[=:]\s*['\"]?)([^&\s'\",}}]+)")
SENSITIVE_NAME = re.compile(rf"(?i)(?:.*[_-])?(?:{SENSITIVE_NAMES})")
# The password in the URL of a database or a mail server.
URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)@")
# A random part of a path, as in links to reset a password or to accept an invitation.
PATH_TOKEN = re.compile(r"(?<=/)(?=[^/\s?]*\d)[\w~=:-]{24,}(?=[/?\s'\"]|$)", re.ASCII)
# One-time links: a reader of the log could use one first.
ONE_TIME_LINK = re.compile(r"(/invitation/link/|/password/reset/key/|/try/)[^\s/?'\"]+")
# PostgreSQL's details quote rows and statements; a traceback may follow them.
POSTGRESQL_DETAIL = re.compile(
    r"\n(?:DETAIL|LINE \d+|CONTEXT): .*?"
    r"(?=\n\n(?:The above exception was|During handling of the above exception)|\Z)",
    re.DOTALL,
)
# Shorter secrets of the installation are not searched for.
MIN_SECRET_LENGTH = 6
# Ours are 32 letters and digits; those of providers are long and have both. The words of a log line
# are shorter or have no digit, so a client cannot blank out a line by sending them.
SECRET_LIKE = re.compile(
    r"[A-Za-z0-9]{32}|(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[!-~]{16,}", re.ASCII
)
MAX_SECRET_LENGTH = 4096
# Limits on the values taken from one request, and on the text searched for them.
MAX_VALUES = 20
MAX_SEARCHED = 16_384
MAX_NAME_LENGTH = 64
# Settings that name the cookies whose values must stay secret.
COOKIES = (
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "BROWSER_COOKIE_NAME",
    "KNOWN_BROWSER_COOKIE_NAME",
)


def scrub_text(text: str) -> str:
    """Return the text without secrets."""
    return remove_values(known_secrets(), text)


def scrub_fields(fields: Mapping[str, Any], *, except_for: frozenset[str]) -> dict[str, Any]:
    """Return the fields without secrets; those in `but` are not changed."""
    values = known_secrets()
    return {
        name: value if name in except_for else scrub_value(values, name, value)
        for name, value in fields.items()
    }


def scrub_value(values: Sequence[str], name: str, value: Any) -> Any:
    """Return the value of a field without secrets, for any type."""
    if isinstance(value, int | float) or value is None:
        return value
    if SENSITIVE_NAME.fullmatch(name):
        return REMOVED
    if isinstance(value, dict):
        return {
            remove_values(values, str(key)): scrub_value(values, str(key), each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub_value(values, "", each) for each in value]
    return remove_values(values, str(value))


def remove_named(text: str) -> str:
    """Return the text without the values of secrets that it names, such as `code=…`."""
    if "=" in text or ":" in text:
        return NAMED_SECRET.sub(rf"\1\2{REMOVED}", text)
    return text


def remove_values(values: Sequence[str], text: str) -> str:
    """Return the text without these values, named secrets, and secrets in URLs."""
    if "\n" in text:
        text = POSTGRESQL_DETAIL.sub(f"\n{REMOVED}", text)
    text = remove_named(text)
    if "/" in text:
        text = PATH_TOKEN.sub(REMOVED, ONE_TIME_LINK.sub(rf"\1{REMOVED}", text))
    if "://" in text:
        text = URL_PASSWORD.sub(rf"\1:{REMOVED}@", text)
    return without_values(values, text)


def without_values(values: Sequence[str], text: str) -> str:
    """Return the text without these values; other random parts stay, such as a tenant's id."""
    for value in values:
        if value in text:
            text = text.replace(value, REMOVED)
    return text


def known_secrets() -> list[str]:
    """Return the known secrets of this installation and of the current request."""
    values = [*installation_secrets()] if settings.configured else []
    request = current_request.get()
    if request is not None:
        found = (each for each in request_secrets(request) if is_secret_like(each, request.path))
        values += islice(found, MAX_VALUES)
    return values


@cache
def installation_secrets() -> tuple[str, ...]:
    """Return the secrets among the settings."""
    values = (
        settings.SECRET_KEY,
        str(settings.DATABASES["default"].get("PASSWORD") or ""),
        str(settings.EMAIL_HOST_PASSWORD or ""),
    )
    return tuple(value for value in values if len(value) >= MIN_SECRET_LENGTH)


def is_secret_like(value: str, path: str) -> bool:
    """Whether a value from the request may be removed from the whole line.

    A value that is part of the path is not secret, and removing it would make the line useless.
    """
    return (
        len(value) <= MAX_SECRET_LENGTH
        and SECRET_LIKE.fullmatch(value) is not None
        and value not in path
    )


def request_secrets(request: HttpRequest) -> Iterator[str]:
    """Yield the secrets of a request: cookies, codes, and secrets in forms."""
    for setting in COOKIES:
        yield request.COOKIES.get(getattr(settings, setting), "")
    yield request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip()
    query = request.META.get("QUERY_STRING", "")[:MAX_SEARCHED]
    for pair in query.split("&", MAX_VALUES):
        name, _sign, value = pair.partition("=")
        if is_secret_name(name):
            yield value
            yield unquote_plus(value)
    # Only if the form was parsed already: parsing it here could fail again.
    form: QueryDict | None = request.__dict__.get("_post")
    for name, sent in form.lists() if form else ():
        if is_secret_name(name):
            for value in sent:
                # A key has several lines, and a passphrase several words.
                yield from value[:MAX_SEARCHED].split()


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return len(name) <= MAX_NAME_LENGTH and SENSITIVE_NAME.fullmatch(name) is not None
