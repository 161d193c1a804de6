"""The request that a change comes from, for the record of the change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest

from core.limits.client_address import read_address

LONGEST_USER_AGENT = 200


@dataclass(frozen=True)
class Origin:
    """A request, as far as its changes are recorded with it."""

    request_id: str
    address: str | None
    user_agent: str


# Empty in commands and jobs. The request of the log stays set after a response; this one does not.
_current: ContextVar[tuple[HttpRequest, str] | None] = ContextVar("origin", default=None)


@contextmanager
def request_origin(request: HttpRequest, request_id: str) -> Iterator[None]:
    """Record changes that are made inside the block as made by this request."""
    token = _current.set((request, request_id))
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def without_origin() -> Iterator[None]:
    """Record changes inside the block without a request, which is another person's."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def current_origin() -> Origin | None:
    """Return the request that this thread is answering, or None outside of any."""
    found = _current.get()
    if found is None:
        return None
    request, request_id = found
    address = read_address(request.META)
    return Origin(
        request_id=request_id,
        address=str(address) if address else None,
        user_agent=clean_user_agent(request.META.get("HTTP_USER_AGENT", "")),
    )


def clean_user_agent(sent: str) -> str:
    """Return what a browser calls itself, in one line without characters that cannot be seen."""
    start = sent[: 2 * LONGEST_USER_AGENT]
    visible = "".join(each if each.isprintable() else " " for each in start)
    return " ".join(visible.split())[:LONGEST_USER_AGENT]
