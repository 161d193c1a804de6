"""The Content-Security-Policy of every response, each built once.

https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
NONE, SELF = "'none'", "'self'"
DIRECTIVES = {
    "default-src": NONE,
    "script-src": SELF,
    "style-src": SELF,
    "img-src": f"{SELF} data:",
    "font-src": SELF,
    "connect-src": SELF,
    "manifest-src": SELF,
    "base-uri": NONE,
    "object-src": NONE,
    "form-action": SELF,
    "frame-ancestors": NONE,
}


@lru_cache(maxsize=100)
def policy(*, any_form_action: bool = False, picture_hosts: frozenset[str] = frozenset()) -> str:
    """Return the header's value; pictures may also come from the hosts, by https."""
    directives = dict(DIRECTIVES)
    if any_form_action:
        del directives["form-action"]
    pictures = (f"https://{host}" for host in sorted(picture_hosts))
    directives["img-src"] = " ".join((directives["img-src"], *pictures))
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def set_policy(
    response: HttpResponse, *, any_form_action: bool = False, picture_hosts: Iterable[str] = ()
) -> None:
    """Give a response another policy than the usual one."""
    response.headers[HEADER] = policy(
        any_form_action=any_form_action, picture_hosts=frozenset(picture_hosts)
    )


class ContentPolicyMiddleware:
    """Sets the usual policy on every response that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy())
        return response
