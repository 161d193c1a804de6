"""Serves cached sign-in pages, before any database query or session access."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from connections.values.browsers import detect_browser
from core.language_middleware import GetResponse, remember_language
from core.observability.metrics import page_cache_hit, page_cache_miss
from projects.models import Project
from projects.tenants.hosts import hosts
from signin.page_cache.cache import CachedPage, PageKey, page_cache
from signin.page_cache.last_used import read_last_used
from signin.page_cache.query import PageQuery, read_query
from signin.page_cache.wsgi import mark_as_cached


class PageCacheMiddleware:
    """Caches responses that the sign-in view marks as cacheable, and adds an ETag.

    `/login` is cached, with `lang`, and with an application's authorization request, whose id is
    put into its place in the page. A URL with `next` is rendered for each visitor: the number of
    values is unlimited, and `next` appears in the page in two kinds of escaping, which a
    placeholder could not reproduce.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        project: Project | None = request.project  # type: ignore[attr-defined]
        if project is None or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        query = read_query(request.META.get("QUERY_STRING", ""))
        if query is None:
            return self._render(request, None, PageQuery())
        if not settings.KEPT_PAGES_BYTES:
            return self._render(request, None, query)
        plain = plain_key(request, project, query)
        last_used = read_last_used(request.META)
        key, page = find_page(plain, last_used)
        if page is None:
            page_cache_miss.inc()
            return self._render(request, plain, query)
        page_cache_hit.inc()
        # The URL is not resolved; for a cached page, the path is the name of the route.
        request.__dict__["cached_route"] = request.path.strip("/")
        response = build_response(page, request, query)
        if query.language:
            remember_language(response, query.language)
        elif response.status_code == HTTPStatus.OK and key.last_used == last_used:
            mark_as_cached(request, key, page)
        return response

    def _render(
        self, request: HttpRequest, plain: PageKey | None, query: PageQuery
    ) -> HttpResponse:
        rendered = self.get_response(request)
        if not getattr(rendered, "is_cacheable", False):
            return rendered
        page = CachedPage.from_response(rendered)
        is_same_for_all = rendered.cookies.keys() <= {settings.LANGUAGE_COOKIE_NAME}
        if plain is not None and is_same_for_all and not getattr(rendered, "is_made_up", False):
            last_used = read_last_used(request.META)
            is_marked = last_used in page.aliases
            page_cache.store(replace(plain, last_used=last_used) if is_marked else plain, page)
        response = build_response(page, request, query)
        response.cookies = rendered.cookies
        return response


def plain_key(request: HttpRequest, project: Project, query: PageQuery) -> PageKey:
    """Return the key of the page without a mark."""
    return PageKey(
        project=project.pk,
        version=project.version,
        epoch=hosts.epoch,
        path=request.path,
        language=query.language or translation.get_language_from_request(request),
        browser=detect_browser(request),
        application=query.application,
        connection=query.connection,
    )


def find_page(plain: PageKey, last_used: str) -> tuple[PageKey, CachedPage | None]:
    """Return the page for a browser that used the connection `last_used`, or None, and its key.

    The page without a mark also serves browsers whose alias has no button, so that aliases that
    somebody made up add no pages.
    """
    marked = replace(plain, last_used=last_used)
    page = page_cache.get(marked)
    if page is not None or not last_used:
        return marked, page
    page = page_cache.get(plain)
    if page is not None and last_used in page.aliases:
        return marked, None
    return plain, page


def build_response(page: CachedPage, request: HttpRequest, query: PageQuery) -> HttpResponse:
    """Return a page as a response, with the visitor's own request where it has a place for one."""
    if query.request_id:
        return page.response_for_request(query.request_id)
    return page.response_to(request)
