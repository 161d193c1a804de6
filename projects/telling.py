"""What a view knows of a request that its line in the log should say."""

from __future__ import annotations

from django.http import HttpRequest

NAME = "told_facts"


def tell(request: HttpRequest, **facts: str) -> None:
    """Have the request's line in the log say this as well; nothing secret, no person's data."""
    request.__dict__.setdefault(NAME, {}).update(facts)


def told(request: HttpRequest) -> dict[str, str]:
    """Return what was told of the request."""
    facts: dict[str, str] = request.__dict__.get(NAME, {})
    return facts
