"""Serves cached sign-in pages, before any database query or session access."""

from __future__ import annotations

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
        key = PageKey(
            project=project.pk,
            version=project.version,
            epoch=hosts.epoch,
            path=request.path,
            language=query.language or translation.get_language_from_request(request),
            browser=detect_browser(request),
            application=query.application,
            connection=query.connection,
        )
        page = page_cache.get(key)
        if page is None:
            page_cache_miss.inc()
            return self._render(request, key, query)
        page_cache_hit.inc()
        # The URL is not resolved; for a cached page, the path is the name of the route.
        request.__dict__["cached_route"] = request.path.strip("/")
        response = response_of(page, request, query)
        if query.language:
            remember_language(response, query.language)
        elif response.status_code == HTTPStatus.OK:
            mark_as_cached(request, key, page)
        return response

    def _render(self, request: HttpRequest, key: PageKey | None, query: PageQuery) -> HttpResponse:
        rendered = self.get_response(request)
        if not getattr(rendered, "is_cacheable", False):
            return rendered
        page = CachedPage.from_response(rendered)
        is_same_for_all = rendered.cookies.keys() <= {settings.LANGUAGE_COOKIE_NAME}
        if key is not None and is_same_for_all and not getattr(rendered, "is_made_up", False):
            page_cache.store(key, page)
        response = response_of(page, request, query)
        response.cookies = rendered.cookies
        return response


def response_of(page: CachedPage, request: HttpRequest, query: PageQuery) -> HttpResponse:
    """Return a page as a response, with the visitor's own request where it has a place for one."""
    if query.request_id:
        return page.response_for_request(query.request_id)
    return page.response_to(request)
