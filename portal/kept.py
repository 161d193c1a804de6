"""Answers with kept sign-in pages, before anything asks the database or reads a session."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from connections.browsers import browser_of
from connections.signin.kept import Key, Page, pages
from portal.front import mark
from portal.middleware import GetResponse, known_language, remember_language
from portal.observing.metrics import kept_hit, kept_miss
from projects.hosts import hosts
from projects.models import Project


class KeptSignInPage:
    """Keeps what the sign-in view marks as the same for everybody, and gives it an ETag.

    Only addresses as plain as `/login` and `/login?lang=en` are kept. An address with `next` is
    drawn for each visitor: there is no end of them, and `next` stands in the page in two kinds of
    escaping, which the templates do better than a search for a placeholder would.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        project: Project | None = request.project  # type: ignore[attr-defined]
        if project is None or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        query = request.META.get("QUERY_STRING", "")
        chosen = known_language(query.removeprefix("lang="))
        if query and query != f"lang={chosen}" or not settings.KEPT_PAGES_BYTES:
            return self._draw(request, None)
        key = Key(
            project=project.pk,
            version=project.version,
            epoch=hosts.epoch,
            path=request.path,
            language=chosen or translation.get_language_from_request(request),
            browser=browser_of(request),
        )
        page = pages.get(key)
        if page is None:
            kept_miss.inc()
            return self._draw(request, key)
        kept_hit.inc()
        # Nobody resolves its address; a kept page's is plain and has the name of its route.
        request.__dict__["kept_route"] = request.path.strip("/")
        response = page.answer(request)
        if chosen:
            remember_language(response, chosen)
        elif response.status_code == HTTPStatus.OK:
            mark(request, key, page)
        return response

    def _draw(self, request: HttpRequest, key: Key | None) -> HttpResponse:
        drawn = self.get_response(request)
        if not getattr(drawn, "same_for_everybody", False):
            return drawn
        page = Page.of(drawn)
        if key is not None and drawn.cookies.keys() <= {settings.LANGUAGE_COOKIE_NAME}:
            pages.keep(key, page)
        response = page.answer(request)
        response.cookies = drawn.cookies
        return response
