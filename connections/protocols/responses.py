"""Parse the responses of providers: JSON of the expected type, or SignInFailed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

from connections.values.facts import describe_json
from connections.values.failures import HasFaults, SignInFailed, provider_error
from core.http.client import RequestFailed, Response
from core.text import LONGEST_READ
from core.untrusted import BadInput, load_json

# The maximum of OpenID Connect.
LONGEST_ID = 255
# Control characters, halves of surrogate pairs and separators of lines. The last of them replaces
# bytes that could not be decoded, and could make two ids the same.
NOT_IN_IDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
UNDECODABLE = "\ufffd"
NUMBER = re.compile(r"[1-9][0-9]{0,18}")
LARGEST_NUMBER = 2**63
IP_ADDRESS = re.compile(r"(?<![0-9A-Za-z.:])[0-9A-Fa-f.:]{3,45}(?![0-9A-Za-z])")
CODE = re.compile(r"-?[0-9]{1,12}")
TOO_MANY_REQUESTS = 429
# Encodings by the charset of a Content-Type. GB 18030 contains the older two.
ENCODINGS = dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030") | dict.fromkeys(
    ("iso-8859-1", "latin1", "windows-1252"), "cp1252"
)
CHARSET = re.compile(r"charset\s*=\s*\"?([0-9a-z_-]{1,20})")


def parse_json(response: Response) -> Any:
    """Return the JSON of a response; raises SignInFailed.

    It is decoded as UTF-8 whatever the Content-Type: WeChat sends text/plain without a charset,
    which would be decoded as Latin-1. Only a response that is not UTF-8 is decoded as its charset.
    """
    status = response.status_code
    if status >= 500 or 300 <= status < 400 or status == TOO_MANY_REQUESTS:
        raise status_failure(response)
    try:
        return parse_json_bytes(response.content, charset_of(response))
    except SignInFailed:
        # An error's page is no JSON. Then the status says more.
        if status >= 400:
            raise status_failure(response) from None
        raise not_json(response) from None


def not_json(response: Response) -> SignInFailed:
    """Return the failure for a response that has another form, or is damaged JSON."""
    received = f"{media_type_of(response) or 'no Content-Type'}, {len(response.content)} bytes"
    if response.content.lstrip()[:1] in {b"{", b"["}:
        return SignInFailed("malformed", received=received, expected="valid JSON")
    return SignInFailed("not_json", received=received, expected="JSON")


def status_failure(response: Response) -> SignInFailed:
    """Return the failure for an HTTP status that does not mean success."""
    status = response.status_code
    code = str(status)
    if status == TOO_MANY_REQUESTS:
        return SignInFailed("rate_limited", code=code)
    if status >= 500:
        return SignInFailed("http_status", code=code)
    target = response.headers.get("location", "") if 300 <= status < 400 else ""
    # Some providers put tokens into the query.
    received = {"received": re.split("[?#]", target)[0]} if target else {}
    return SignInFailed("unexpected_status", code=code, **received)


def content_type_of(response: Response) -> str:
    """Return the beginning of the Content-Type in lower case, or ""."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return headers.get("content-type", "")[:200].lower()


def media_type_of(response: Response) -> str:
    """Return the media type of the Content-Type without its parameters."""
    return content_type_of(response).partition(";")[0].strip()


def charset_of(response: Response) -> str:
    """Return the charset of the Content-Type, or ""."""
    found = CHARSET.search(content_type_of(response))
    return found[1] if found else ""


def labelled_encoding(response: Response) -> str:
    """Return the encoding that the Content-Type names, where the response has it; else UTF-8."""
    encoding = ENCODINGS.get(charset_of(response), "utf-8")
    try:
        response.content.decode(encoding)
    except UnicodeDecodeError:
        return "utf-8"
    return encoding


def parse_json_bytes(body: bytes, charset: str = "") -> Any:
    """Return the parsed JSON; raises SignInFailed.

    Control characters and undecodable bytes may be in a name, so they do not make the response
    unusable. An id that has them is refused.
    """
    try:
        return load_json(decoded(body, charset), strict=False)
    except BadInput:
        raise SignInFailed("not_json", expected="JSON") from None


def decoded(body: bytes, charset: str) -> str:
    """Return the text of a response. What cannot be decoded is replaced."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode(ENCODINGS.get(charset, "utf-8"), errors="replace")


def parse_object(response: Response) -> dict[str, Any]:
    """Return the JSON object of a response; raises SignInFailed."""
    answer = parse_json(response)
    if not isinstance(answer, dict):
        raise SignInFailed("malformed", received=describe_json(answer), expected="JSON object")
    return answer


def refuse_status(response: Response) -> None:
    """Raise SignInFailed unless the status is a success, after the errors in the body."""
    if not 200 <= response.status_code < 300:
        raise status_failure(response)


def required(answer: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    """Return a required string of this form; raises SignInFailed."""
    value = answer.get(name)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise SignInFailed("malformed", field=name, received=describe_json(value))
    return value


def text(answer: Mapping[str, Any], name: str) -> str:
    """Return a string that is only shown, or "" if it is missing or of another type."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def no_subject(
    answer: Mapping[str, Any], name: str, expected: str = "", *, longest: int = LONGEST_ID
) -> SignInFailed:
    """Return the failure for a missing or unusable id."""
    received = describe_json(answer.get(name))
    expected = expected or f"string of 1 to {longest} characters, or integer"
    return SignInFailed("no_subject", field=name, received=received, expected=expected)


def number_as_subject(answer: Mapping[str, Any], name: str) -> str:
    """Return a numeric user id as a string; raises SignInFailed if it is missing.

    Otherwise two users without an id would be the same user.
    """
    number = answer.get(name)
    if isinstance(number, str) and NUMBER.fullmatch(number):
        number = int(number)
    if type(number) is not int or not 0 < number < LARGEST_NUMBER:
        raise no_subject(answer, name, "number above 0")
    return str(number)


def text_as_subject(answer: Mapping[str, Any], name: str, *, longest: int = LONGEST_ID) -> str:
    """Return a user id exactly as it was received; raises SignInFailed if it is not usable.

    An integer becomes its decimal text. 0 and "0" stand for a missing id.
    """
    value = answer.get(name)
    if type(value) is int and value != 0:
        value = str(value)
    if not isinstance(value, str) or value == "0" or not is_id(value, longest):
        raise no_subject(answer, name, longest=longest)
    return value


def is_id(value: str, longest: int) -> bool:
    """Whether a text can be kept as an id: not too long, nothing invisible, no space around it."""
    return (
        0 < len(value) <= longest
        and value == value.strip()
        and UNDECODABLE not in value
        and not any(unicodedata.category(each) in NOT_IN_IDS for each in value)
    )


def required_id(answer: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    """Return an id of the provider's own form; raises SignInFailed."""
    value = text_as_subject(answer, name)
    if not shape.fullmatch(value):
        raise no_subject(answer, name, shape.pattern)
    return value


def error_number(answer: Mapping[str, Any], name: str) -> int:
    """Return the response's own error code, 0 if it has none; raises SignInFailed.

    Some providers send the code as a string.
    """
    code = answer.get(name)
    if code is None or code == "":
        return 0
    if type(code) is not int and not (isinstance(code, str) and CODE.fullmatch(code)):
        raise SignInFailed("malformed", field=name, received=describe_json(code))
    return int(code)


def refuse_code(definition: HasFaults, answer: Mapping[str, Any], name: str) -> None:
    """Raise SignInFailed unless the response's own error code is 0. Its HTTP status may be 200."""
    code = error_number(answer, name)
    if code != 0:
        raise provider_error(definition, str(code))


@contextmanager
def only_shown() -> Iterator[None]:
    """Leave the block if a request in it fails, for values that are only shown.

    The sign-in goes on without them.
    """
    with suppress(SignInFailed, RequestFailed):
        yield


def parse_answer(definition: HasFaults, response: Response, name: str) -> dict[str, Any]:
    """Return the JSON object of a response that is not an error; raises SignInFailed.

    `name` is the member with the provider's own error code.
    """
    answer = parse_object(response)
    refuse_code(definition, answer, name)
    refuse_status(response)
    return answer


def required_object(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a required JSON object in a response; raises SignInFailed."""
    value = answer.get(name)
    if not isinstance(value, dict):
        raise SignInFailed(
            "malformed", field=name, received=describe_json(value), expected="JSON object"
        )
    return value


def refused_ip(message: object) -> str:
    """Return the first IP address in a message about an address that is not allowed, or ""."""
    words = IP_ADDRESS.findall(message[:LONGEST_READ]) if isinstance(message, str) else []
    for word in words:
        with suppress(ValueError):
            return str(ip_address(word.strip(".:") if "." in word else word))
    return ""


def has_error(answer: Mapping[str, Any]) -> bool:
    """Whether a response has an `error`. null and "" stand for none."""
    return answer.get("error") not in (None, "")


def optional_subject(answer: Mapping[str, Any], name: str) -> str:
    """Return one of several ids, or "" if it is missing; raises SignInFailed."""
    return "" if answer.get(name) in (None, "") else text_as_subject(answer, name)
