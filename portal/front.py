"""Gives a kept sign-in page to a visitor just like one before, without asking Django again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from connections.signin.kept import Key, Page, pages
from portal.observing import metrics
from portal.observing.current import begin
from portal.observing.middleware import note
from projects.hosts import hosts
from projects.models import Project

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Visitor = tuple[str, ...]

# Where the middleware says that its answer was a kept page.
KEPT = "menkou.kept"
# What visitors differ in, as far as a kept page or the answer around it depends on it.
DIFFERENCES = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "PATH_INFO",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_USER_AGENT",
)
# A request that has any of these is Django's.
SPECIAL = ("QUERY_STRING", "SCRIPT_NAME", "CONTENT_TYPE", "HTTP_IF_NONE_MATCH")
# Headers and what counts of a visitor; the page itself is counted where it is kept.
MOST_ANSWERS = 2000
LONGEST = 1000


def mark(request: HttpRequest, key: Key, page: Page) -> None:
    """Say that the request is answered with this page, and nothing that is its visitor's own."""
    project: Project = request.project  # type: ignore[attr-defined]
    request.META[KEPT] = (key, page, project.slug)


@dataclass(frozen=True)
class Answer:
    """What Django answered to a visitor, while the page stays kept."""

    key: Key
    page: Page
    slug: str
    headers: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """Whether the middleware would give the same page now."""
        return (
            self.key.epoch == hosts.epoch
            and hosts.version_of(self.slug) == (self.key.project, self.key.version)
            and pages.get(self.key) is self.page
        )


class KeptFirst:
    """A WSGI application before Django's.

    It decides nothing by itself: it repeats what Django answered to a request that was the same in
    everything that counts, as long as the very page is kept and its project has not changed.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._lock = threading.Lock()
        self._answers: OrderedDict[Visitor, Answer] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = perf_counter()
        visitor = visitor_of(environ)
        if visitor is None:
            return self.application(environ, start_response)
        answer = self._answer(visitor)
        if answer is None:
            return self._asked(visitor, environ, start_response)
        request_id = begin(environ, None)
        start_response("200 OK", [*answer.headers, ("X-Request-Id", request_id)])
        path = environ["PATH_INFO"]
        metrics.kept_hit.inc()
        # No request of Django's says these.
        facts = {"method": "GET", "path": path, "project": answer.slug}
        note("GET", path.strip("/"), 200, perf_counter() - began, facts)
        return [answer.page.body]

    def _answer(self, visitor: Visitor) -> Answer | None:
        with self._lock:
            answer = self._answers.get(visitor)
        if answer is None or answer.holds:
            return answer
        with self._lock:
            self._answers.pop(visitor, None)
        return None

    def _asked(
        self, visitor: Visitor, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Ask Django, and remember an answer that was a kept page."""
        said: dict[str, Headers] = {}

        def noted(status: str, headers: Headers, *error: Any) -> Any:
            said[status] = headers
            return start_response(status, headers, *error)

        body = self.application(environ, noted)
        if KEPT in environ and "200 OK" in said:
            self._remember(visitor, environ[KEPT], said["200 OK"])
        return body

    def _remember(self, visitor: Visitor, kept: tuple[Key, Page, str], headers: Headers) -> None:
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return
        same = tuple(each for each in headers if each[0].lower() != "x-request-id")
        with self._lock:
            self._answers[visitor] = Answer(*kept, same)
            if len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)


def visitor_of(environ: Environ) -> Visitor | None:
    """Return what counts of a request, or None where it is Django's."""
    if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in SPECIAL):
        return None
    # Whoever has chosen a language has a cookie that says so.
    if settings.LANGUAGE_COOKIE_NAME in environ.get("HTTP_COOKIE", ""):
        return None
    scheme = settings.SECURE_PROXY_SSL_HEADER
    told = environ.get(scheme[0], "") if scheme else ""
    visitor = (told, *(environ.get(name, "") for name in DIFFERENCES))
    return visitor if sum(map(len, visitor)) <= LONGEST else None
