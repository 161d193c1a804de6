"""What a provider said while a class of somebody else's was asking, for a better word than a crash.

The classes of django-allauth raise errors of their own for answers that they cannot use, which
quote the answer. Nothing of that may go anywhere; but the error word in it says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests import Response, Session

from connections.providers.definition import Definition
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.reading import json_of

_heard: ContextVar[list[Response] | None] = ContextVar("heard", default=None)


@contextmanager
def listening() -> Iterator[list[Response]]:
    """Collect the answers that are given within the block."""
    answers: list[Response] = []
    token = _heard.set(answers)
    try:
        yield answers
    finally:
        _heard.reset(token)


def attach(session: Session) -> None:
    """Have a session's answers collected, where somebody listens."""
    answers = _heard.get()
    if answers is not None:
        session.hooks["response"].append(lambda response, **_options: answers.append(response))


def refusal(definition: Definition, answers: list[Response]) -> SignInFailed:
    """Return what the last answer means, which a class could not use."""
    if not answers:
        return SignInFailed("malformed")
    last = answers[-1]
    try:
        error = error_in(json_of(last))
    except SignInFailed as failure:
        if failure.cause != "malformed" or last.status_code < 400:
            return failure
        error = None
    if error is not None:
        return said_by_provider(definition, error)
    if last.status_code >= 400:
        return SignInFailed("unknown_code", code=str(last.status_code))
    return SignInFailed("malformed")


def error_in(answer: Any) -> str | None:
    """Return the error word of an answer, in the shapes that are common."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        error = error.get("type") or error.get("code")
    return str(error) if error else None
