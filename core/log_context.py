"""Fields that a view adds to the log line of its request."""

from __future__ import annotations

from django.http import HttpRequest

ATTRIBUTE = "log_context"


def add_log_context(request: HttpRequest, **facts: str) -> None:
    """Add fields to the request's log line; no secrets, no personal data."""
    request.__dict__.setdefault(ATTRIBUTE, {}).update(facts)


def get_log_context(request: HttpRequest) -> dict[str, str]:
    """Return the fields added so far."""
    facts: dict[str, str] = request.__dict__.get(ATTRIBUTE, {})
    return facts
