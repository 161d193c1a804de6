"""The HTTP session of django-allauth's classes, and the failure that a recorded response means.

The classes raise their own errors for responses that they cannot use, and these quote the response.
They must not be logged or shown. The error code in the response is used instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from connections.protocols.oauth2 import refuse_profile_status
from connections.protocols.responses import parse_json, refuse_status
from connections.values.failures import HasFaults, SignInFailed, provider_error
from core.http.client import Response, Session

_answers: ContextVar[list[Response] | None] = ContextVar("answers", default=None)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Gives allauth's classes their HTTP session and apps (SOCIALACCOUNT_ADAPTER)."""

    def list_apps(self, *_arguments: Any, **_options: Any) -> list[Any]:
        """Return no apps: an app is made from a connection, and allauth would search its own
        tables.
        """
        return []

    def get_requests_session(self) -> Session:
        return RecordingSession()


class RecordingSession(Session):
    """A session that records its responses within `recording`."""

    def request(self, *arguments: Any, **options: Any) -> Any:
        answer = super().request(*arguments, **options)
        answers = _answers.get()
        if answers is not None:
            answers.append(answer)
        return answer


@contextmanager
def recording() -> Iterator[list[Response]]:
    """Record the responses that are received within the block."""
    answers: list[Response] = []
    token = _answers.set(answers)
    try:
        yield answers
    finally:
        _answers.reset(token)


def failure_of_last(definition: HasFaults, answers: list[Response]) -> SignInFailed:
    """Return the failure of the last response, which a class could not use."""
    if not answers:
        return SignInFailed("malformed")
    last = answers[-1]
    try:
        error = error_code(parse_json(last))
        if error is None:
            refuse_profile_status(last)
            refuse_status(last)
    except SignInFailed as failure:
        return failure
    if error is not None:
        return provider_error(definition, error)
    return SignInFailed("malformed")


def error_code(answer: Any) -> str | None:
    """Return the error code of a response, in the usual formats."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        error = error.get("type") or error.get("code")
    return str(error) if error else None
