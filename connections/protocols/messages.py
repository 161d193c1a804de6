"""What a provider says of an error in words, for administrators."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connections.protocols.responses import parse_object
from connections.values.facts import fact_text
from connections.values.failures import SignInFailed
from core.http.client import Response
from core.observability.scrubbing import MIN_SECRET_LENGTH, REMOVED, remove_values

# The members with a sentence about an error, the more specific first: OAuth 2 (RFC 6749), Alipay,
# WeChat and WeCom, Baidu, Douyin, Meta, X, and the others.
MEMBERS = (
    "error_description",
    "sub_msg",
    "errmsg",
    "error_msg",
    "error_message",
    "message",
    "msg",
    "description",
    "detail",
    "error_uri",
)
# Where providers put these members, besides at the top of the response.
ENVELOPES = ("error", "error_response", "data", "extra", "meta")
# RFC 6750, section 3.
CHALLENGED = re.compile(r'error_description="([^"]{1,2000})"')
# What may be a token, a code or a key, wherever it comes from: a long word with digits or with many
# capital letters among small ones. An id in groups of hexadecimal digits, such as a tenant's, is
# none.
LONG_WORD = re.compile(r"[A-Za-z0-9_~+=-]{20,}")
CAPITALS = 6
GROUPED_ID = re.compile(r"[0-9A-Fa-f]+(?:-[0-9A-Fa-f]+)+")
# Longer than any token that could be quoted. It is read before a secret could be cut in two.
LONGEST_READ = 20_000


def response_message(response: Response, secrets: Collection[str]) -> str:
    """Return what an error's response says in words, without these secrets, or ""."""
    challenge = CHALLENGED.search(response.headers.get("www-authenticate", "")[:LONGEST_READ])
    if challenge:
        return cleaned(challenge[1], secrets)
    try:
        return provider_message(parse_object(response), secrets)
    except SignInFailed:
        return ""


def provider_message(answer: Mapping[str, Any], secrets: Collection[str]) -> str:
    """Return the sentences about an error among the members, without these secrets, or ""."""
    return cleaned(" ".join(dict.fromkeys(sentences(answer))), secrets)


def sentences(answer: Mapping[str, Any]) -> Iterator[str]:
    """Return the most specific sentence, and the address of a page about the error."""
    nested = [answer[name] for name in ENVELOPES if isinstance(answer.get(name), dict)]
    nested += [each for name, each in answer.items() if name.endswith("_response")]
    levels = [answer, *(each for each in nested if isinstance(each, dict))]
    values = [level.get(name) for name in MEMBERS[:-1] for level in levels]
    found = next((each for each in values if isinstance(each, str) and each.strip()), None)
    if found is not None:
        yield found
    for level in levels:
        page = level.get(MEMBERS[-1])
        if isinstance(page, str) and page.strip():
            yield page


def cleaned(text: str, secrets: Collection[str]) -> str:
    """Return a text of the provider as one line without secrets, or anything like a token."""
    values = [each for each in secrets if len(each) >= MIN_SECRET_LENGTH]
    return fact_text(LONG_WORD.sub(without_token, remove_values(values, text[:LONGEST_READ])))


def without_token(found: re.Match[str]) -> str:
    """Return the word, or a placeholder if it looks like a token."""
    word = found[0]
    is_mixed = sum(map(str.isupper, word)) >= CAPITALS and not word.isupper()
    is_token = any(map(str.isdigit, word)) or is_mixed
    return REMOVED if is_token and not GROUPED_ID.fullmatch(word) else word
