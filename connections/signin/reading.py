"""What a provider answered, read with suspicion: JSON of the right shape, or a failed sign-in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from requests import Response

from connections.providers.definition import Definition
from connections.signin.failures import SignInFailed, said_by_provider

SUBJECT = re.compile(r"(?!0$)[\x21-\x7e]{1,190}")
LARGEST_NUMBER = 2**63
CODE = re.compile(r"-?[0-9]{1,12}")


def json_of(response: Response) -> Any:
    """Return the JSON of an answer; raises SignInFailed.

    It is UTF-8 whatever the label says: WeChat's says text/plain without a charset, which would be
    read as Latin-1.
    """
    if response.status_code >= 500:
        raise SignInFailed("http_status", code=str(response.status_code))
    return json_in(response.content)


def json_in(body: bytes) -> Any:
    """Return the JSON that the bytes are; raises SignInFailed."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise SignInFailed("malformed") from None


def object_of(response: Response) -> dict[str, Any]:
    """Return the JSON object of an answer; raises SignInFailed."""
    answer = json_of(response)
    if not isinstance(answer, dict):
        raise SignInFailed("malformed")
    return answer


def required(answer: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    """Return a text that must be there, in this shape; raises SignInFailed."""
    value = answer.get(name)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise SignInFailed("malformed")
    return value


def text(answer: Mapping[str, Any], name: str) -> str:
    """Return a text, or "" where there is none; raises SignInFailed for anything else."""
    value = answer.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SignInFailed("malformed")
    return value


def number_as_subject(answer: Mapping[str, Any], name: str) -> str:
    """Return a person's number; raises SignInFailed, for two people without one would be one."""
    number = answer.get(name)
    if type(number) is not int or not 0 < number < LARGEST_NUMBER:
        raise SignInFailed("no_subject")
    return str(number)


def text_as_subject(answer: Mapping[str, Any], name: str) -> str:
    """Return a person's id where it is a text; raises SignInFailed where it is not usable."""
    value = answer.get(name)
    if not isinstance(value, str) or not SUBJECT.fullmatch(value):
        raise SignInFailed("no_subject")
    return value


def refuse_code(definition: Definition, answer: Mapping[str, Any], name: str) -> None:
    """Raise SignInFailed where the answer's own number is not 0; its HTTP status may be 200.

    Some write the number as a text.
    """
    code = answer.get(name)
    if code is None:
        return
    if type(code) is not int and not (isinstance(code, str) and CODE.fullmatch(code)):
        raise SignInFailed("malformed")
    if int(code) != 0:
        raise said_by_provider(definition, str(code))


def optional_subject(answer: Mapping[str, Any], name: str) -> str:
    """Return one of several ids, or "" where it is missing; raises SignInFailed as above."""
    return "" if answer.get(name) in (None, "") else text_as_subject(answer, name)
