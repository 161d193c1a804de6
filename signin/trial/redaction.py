"""Shows what was sent and received without secrets, codes, tokens, verifiers and states.

A value is removed because of its name, because it is known to be secret, or because it has the form
of a token. What is left is about the person, or public.
"""

from __future__ import annotations

import json
import re
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from connections.protocols.responses import charset_of, content_type_of, parse_json_bytes
from connections.values.failures import SignInFailed
from core.http.client import Response
from core.observability.scrubbing import is_secret_name
from core.text import display_name

# In place of a secret.
REMOVED = "…"
LONGEST = 400
MOST_FACTS = 60
DEEPEST = 3
# Shorter values that a sensitive name has are not looked for elsewhere.
SHORTEST_LEARNED = 8
# No real trial has so many secrets. With more of them, nothing is shown any more.
MOST_LEARNED = 300
# What one redactor shows in all, so that a provider cannot fill the database.
MOST_SHOWN = 64_000
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
STATUS = re.compile(r"-?[0-9]{1,6}")
# A JSON Web Token, signed or encrypted. It begins where a run of its letters does, and no letter is
# given back, so that no text is read more than a few times.
JWT = re.compile(
    r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+(?:\.[A-Za-z0-9_-]*+){1,3}"
)
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL)
# Besides those that no log may have.
SECRET_NAMES = frozenset(
    {
        "app_auth_token",
        "assertion",
        "auth_code",
        "authorization",
        "authcode",
        "cookie",
        "csrf",
        "hash",
        "jwt",
        "otp",
        "password",
        "pwd",
        "relay_state",
        "samlrequest",
        "samlresponse",
        "session_id",
        "session_key",
        "sign",
        "signature",
        "ticket",
        "user_ticket",
    }
)
SECRET_ENDINGS = (
    "apikey",
    "credential",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "secret",
    "signature",
    "ticket",
    "token",
)
# Such as the client id of TikTok and Douyin.
PUBLIC_NAMES = frozenset(
    {"client_key", "country_code", "err_code", "error_code", "status_code", "sub_code"}
)

Facts = list[list[str]]


class Redactor:
    """The secrets to remove from the record of one trial. `repr` leaves them out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._parts: list[str] = []
        self._left = MOST_SHOWN
        self.learn_all(secrets)

    def __repr__(self) -> str:
        return "Redactor()"

    def learn_all(self, values: Iterable[str]) -> None:
        """Remove these values from now on."""
        for each in values:
            self.learn(each)

    def learn(self, value: str) -> None:
        """Remove this value from now on, wherever it is."""
        if not value or value in self._exact or self._is_full:
            return
        self._exact.add(value)
        if len(value) >= SHORTEST_LEARNED:
            # A secret may be part of a longer one.
            insort(self._parts, value, key=lambda each: -len(each))

    @property
    def _is_full(self) -> bool:
        return len(self._exact) >= MOST_LEARNED

    def learn_from(self, values: Any, name: str = "", *, depth: int = 0) -> None:
        """Learn the values with sensitive names in a JSON value."""
        if isinstance(values, Mapping) and depth < 2 * DEEPEST:
            for key, each in values.items():
                self.learn_from(each, name_inside(name, key), depth=depth + 1)
        elif isinstance(values, list) and depth < 2 * DEEPEST:
            for each in values[:MOST_FACTS]:
                self.learn_from(each, name, depth=depth + 1)
        elif isinstance(values, str) and is_sensitive(name) and len(values) >= SHORTEST_LEARNED:
            self.learn(values)

    def facts(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Facts:
        """Return names and values as texts; of secrets only that they are there."""
        pairs = values.items() if isinstance(values, Mapping) else values
        found: Facts = []
        for name, value in flattened(pairs):
            if len(found) == MOST_FACTS or self._left <= 0:
                found.append(["…", ""])
                break
            fact = [self.text(name)[:100], self.value(name, value)]
            self._left -= sum(map(len, fact))
            found.append(fact)
        return found

    def value(self, name: str, value: Any) -> str:
        """Return the value of a name as text, or REMOVED."""
        if value in (None, "", [], {}):
            return ""
        is_status = isinstance(value, (int, float)) or (
            isinstance(value, str) and name.endswith("code") and STATUS.fullmatch(value) is not None
        )
        if is_sensitive(name) and not (is_status and value not in self._exact):
            return REMOVED
        if isinstance(value, str):
            return self.text(value)
        return self.text(json.dumps(self._without_secrets(value), ensure_ascii=False, default=str))

    def text(self, value: str) -> str:
        """Return a text as one line without secrets."""
        if value in self._exact or self._is_full:
            return REMOVED
        for each in self._parts:
            value = value.replace(each, REMOVED)
        value = PEM.sub(REMOVED, JWT.sub(REMOVED, value))
        shown = display_name(value, longest=LONGEST)
        return f"{shown}…" if len(shown) == LONGEST else shown

    def _without_secrets(self, value: Any, depth: int = 0) -> Any:
        if depth > 2 * DEEPEST:
            return REMOVED
        if isinstance(value, Mapping):
            return {
                str(key): REMOVED
                if is_sensitive(str(key)) and isinstance(each, (str, list, Mapping))
                else self._without_secrets(each, depth + 1)
                for key, each in islice(value.items(), MOST_FACTS)
            }
        if isinstance(value, list):
            return [self._without_secrets(each, depth + 1) for each in value[:MOST_FACTS]]
        return self.text(value) if isinstance(value, str) else value


def is_sensitive(name: str) -> bool:
    """Whether values of this name are secret: by the name itself, or by what they are inside of."""
    outer, _dot, last = name.rpartition(".")
    words = snake_case(last)
    if words in PUBLIC_NAMES:
        return False
    return is_secret_name(words) or any(
        map(names_secrets, (words, *map(snake_case, outer.split("."))))
    )


def snake_case(name: str) -> str:
    """Return a name in lower case with underscores between its words."""
    return CAPITAL.sub("_", name[:100]).lower().replace("-", "_")


def names_secrets(words: str) -> bool:
    """Whether a name is that of a secret, or of several ones."""
    return any(
        each in SECRET_NAMES or each.endswith(SECRET_ENDINGS)
        for each in (words, words.removesuffix("s"))
    )


def name_inside(outer: str, name: object) -> str:
    """Return the name of a member of an object; of long names the beginning."""
    return f"{outer[:LONGEST]}.{name}" if outer else str(name)


def flattened(pairs: Iterable[tuple[str, Any]], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Return the pairs with those of objects inside, by names with dots."""
    for name, value in pairs:
        if isinstance(value, Mapping) and value and depth < DEEPEST:
            inside = ((name_inside(name, key), each) for key, each in value.items())
            yield from flattened(inside, depth + 1)
        else:
            yield name, value


def parsed_body(response: Response) -> Any:
    """Return the JSON object or the fields in a response, or None if it has neither."""
    if "x-www-form-urlencoded" in content_type_of(response):
        return dict(parse_qsl(response.text, keep_blank_values=True)[:MOST_FACTS])
    try:
        found = parse_json_bytes(response.content, charset_of(response))
    except SignInFailed:
        return None
    return found if isinstance(found, dict | list) else None
