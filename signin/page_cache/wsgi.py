"""Serves cached sign-in pages in front of Django, for requests like an earlier one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.observability import metrics
from core.observability.access_log import count_and_log_response
from core.observability.request_context import begin_request
from projects.models import Project
from projects.tenants.hosts import hosts
from signin.page_cache.cache import CachedPage, PageKey, page_cache
from signin.page_cache.last_used import read_last_used

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Visitor = tuple[str, ...]

# The WSGI variable in which the middleware marks a response as a cached page.
CACHED_PAGE = "menkou.cached_page"
# The WSGI variables that a cached response depends on.
VISITOR_VARIABLES = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "PATH_INFO",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_USER_AGENT",
)
# Requests with any of these go to Django.
UNCACHEABLE_VARIABLES = ("QUERY_STRING", "SCRIPT_NAME", "CONTENT_TYPE", "HTTP_IF_NONE_MATCH")
# Limits on cached headers and keys; the pages are limited by the page cache.
MAX_RESPONSES = 2000
MAX_KEY_LENGTH = 1000


def mark_as_cached(request: HttpRequest, key: PageKey, page: CachedPage) -> None:
    """Mark the response to a request as this page, without anything specific to the visitor."""
    project: Project = request.project  # type: ignore[attr-defined]
    request.META[CACHED_PAGE] = (key, page, project.slug)


@dataclass(frozen=True)
class CachedResponse:
    """Django's response to an earlier visitor, valid while its page is cached."""

    key: PageKey
    page: CachedPage
    slug: str
    headers: tuple[tuple[str, str], ...]

    @property
    def is_valid(self) -> bool:
        """Whether the middleware would return the same page now."""
        return (
            self.key.epoch == hosts.epoch
            and hosts.cached_version(self.slug) == (self.key.project, self.key.version)
            and page_cache.get(self.key) is self.page
        )


class PageCacheApplication:
    """A WSGI application in front of Django's.

    It repeats Django's response to an earlier request with the same key, as long as the page is
    still cached and its project has not changed.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._lock = threading.Lock()
        self._responses: OrderedDict[Visitor, CachedResponse] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = perf_counter()
        visitor = visitor_key(environ)
        if visitor is None:
            return self.application(environ, start_response)
        answer = self._cached_response(visitor)
        if answer is None:
            return self._call_django(visitor, environ, start_response)
        request_id = begin_request(environ, None)
        start_response("200 OK", [*answer.headers, ("X-Request-Id", request_id)])
        path = environ["PATH_INFO"]
        metrics.page_cache_hit.inc()
        # There is no Django request to take these from.
        facts = {"method": "GET", "path": path, "project": answer.slug}
        count_and_log_response("GET", path.strip("/"), 200, perf_counter() - began, facts)
        return [answer.page.body]

    def _cached_response(self, visitor: Visitor) -> CachedResponse | None:
        with self._lock:
            answer = self._responses.get(visitor)
        if answer is None or answer.is_valid:
            return answer
        with self._lock:
            self._responses.pop(visitor, None)
        return None

    def _call_django(
        self, visitor: Visitor, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Call Django, and remember a response that was a cached page."""
        headers_by_status: dict[str, Headers] = {}

        def capture_headers(status: str, headers: Headers, *error: Any) -> Any:
            headers_by_status[status] = headers
            return start_response(status, headers, *error)

        body = self.application(environ, capture_headers)
        if CACHED_PAGE in environ and "200 OK" in headers_by_status:
            self._remember(visitor, environ[CACHED_PAGE], headers_by_status["200 OK"])
        return body

    def _remember(
        self, visitor: Visitor, cached: tuple[PageKey, CachedPage, str], headers: Headers
    ) -> None:
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return
        same = tuple(each for each in headers if each[0].lower() != "x-request-id")
        with self._lock:
            self._responses[visitor] = CachedResponse(*cached, same)
            if len(self._responses) > MAX_RESPONSES:
                self._responses.popitem(last=False)


def visitor_key(environ: Environ) -> Visitor | None:
    """Return the cache key of a request, or None if Django must handle it."""
    if environ["REQUEST_METHOD"] != "GET" or any(
        environ.get(name) for name in UNCACHEABLE_VARIABLES
    ):
        return None
    # The language cookie overrides Accept-Language.
    if settings.LANGUAGE_COOKIE_NAME in environ.get("HTTP_COOKIE", ""):
        return None
    scheme = settings.SECURE_PROXY_SSL_HEADER
    forwarded_scheme = environ.get(scheme[0], "") if scheme else ""
    values = (environ.get(name, "") for name in VISITOR_VARIABLES)
    visitor = (forwarded_scheme, read_last_used(environ), *values)
    return visitor if sum(map(len, visitor)) <= MAX_KEY_LENGTH else None
