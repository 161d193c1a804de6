"""Before Django: a visitor just like one before gets the same answer, and nobody else does."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import TestCase

from connections.models import Connection
from connections.services import set_enabled
from core.observability import metrics
from projects.models import Project, User
from projects.tenants.hosts import hosts
from signin.page_cache import wsgi as front
from signin.page_cache.cache import page_cache
from signin.page_cache.wsgi import PageCacheApplication
from tests.browsers import DESKTOP, WECHAT
from tests.cast import make_connection
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
no_statement = TestCase().assertNumQueries


@dataclass
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """The whole program as a web server calls it, and how often Django was asked."""

    host: str
    asked: int = 0
    program: PageCacheApplication = field(init=False)

    def __post_init__(self) -> None:
        django = WSGIHandler()

        def counted(environ: Any, start_response: Any) -> Iterable[bytes]:
            self.asked += 1
            return django(environ, start_response)

        self.program = PageCacheApplication(counted)

    def get(self, path: str = "/login", **changes: str) -> Answer:
        said: list[Any] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "HTTP_HOST": self.host,
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_USER_AGENT": DESKTOP,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            **changes,
        }
        body = self.program(environ, lambda *told: said.extend(told))
        content = b"".join(body)
        getattr(body, "close", int)()
        return Answer(said[0], dict(said[1]), content)


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project)


@pytest.fixture
def site(project: Project, connection: Connection, settings: Any) -> Iterator[Site]:
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    site = Site(project.host)
    # Drawn, then kept: from now on it can be repeated.
    site.get(), site.get()
    assert site.asked == 2
    yield site
    hosts.listener.stop()


def test_the_same_visitor_gets_the_same_answer_and_django_is_not_asked(site: Site) -> None:
    other = Site(site.host)
    expected = other.get()

    with no_statement(0):
        repeated = site.get()

    assert (site.asked, other.asked) == (2, 1)
    assert repeated.body == expected.body
    assert b"Sign in with WeChat" in repeated.body
    assert repeated.status == expected.status == "200 OK"
    assert repeated.headers.pop("X-Request-Id") != expected.headers.pop("X-Request-Id")
    assert repeated.headers == expected.headers
    assert repeated.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"HTTP_ACCEPT_LANGUAGE": "zh-CN"}, "200 OK"),
        ({"HTTP_USER_AGENT": WECHAT}, "200 OK"),
        ({"HTTP_COOKIE": "menkou_language=zh-hans"}, "200 OK"),
        ({"HTTP_COOKIE": "a=b; menkou_last_used=wechat_web"}, "200 OK"),
        ({"wsgi.url_scheme": "https"}, "200 OK"),
        ({"QUERY_STRING": "lang=zh-hans"}, "200 OK"),
        ({"QUERY_STRING": "next=/account"}, "200 OK"),
        ({"PATH_INFO": "/signup"}, "200 OK"),
        ({"HTTP_HOST": "nobody.login.test"}, "404 Not Found"),
        ({"HTTP_IF_NONE_MATCH": "*"}, "304 Not Modified"),
        ({"CONTENT_TYPE": "text/plain; charset=utf-7"}, "400 Bad Request"),
        ({"REQUEST_METHOD": "HEAD"}, "200 OK"),
        ({"REQUEST_METHOD": "DELETE"}, "403 Forbidden"),
        ({"HTTP_USER_AGENT": DESKTOP * 20}, "200 OK"),
    ],
)
def test_whoever_differs_is_djangos(site: Site, changes: dict[str, str], status: str) -> None:
    expected = Site(site.host).get(**changes)

    answer = site.get(**changes)

    assert site.asked == 3
    assert answer.status == expected.status == status
    assert answer.body == expected.body


def test_the_portal_is_djangos(site: Site) -> None:
    for _visit in range(3):
        assert b"csrfmiddlewaretoken" in site.get(HTTP_HOST="portal.test").body
    assert site.asked == 5


def test_whoever_comes_by_http_is_never_answered_as_by_https(site: Site, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    site = Site(site.host)

    for _visit in range(3):
        assert site.get(HTTP_X_FORWARDED_PROTO="https").status == "200 OK"
        assert site.get(HTTP_X_FORWARDED_PROTO="http").status == "301 Moved Permanently"

    # Once for https, and each time for http.
    assert site.asked == 4


def test_a_save_is_seen(site: Site, connection: Connection, owner: User) -> None:
    set_enabled(connection, enabled=False, actor=owner)
    wait_until(lambda: site.get().body.count(b"Sign in with WeChat") == 0, seconds=1)


def test_a_process_that_lost_sight_of_the_database_repeats_nothing(site: Site) -> None:
    hosts.listener.stop()

    site.get()

    assert site.asked == 3


def test_a_page_that_is_not_kept_any_more_is_not_repeated(site: Site) -> None:
    with page_cache._lock:
        page_cache._pages.clear()
        page_cache._size = 0

    site.get()

    assert site.asked == 3


def test_a_signed_in_visitor_gets_it_too_and_no_cookie_of_anybody_is_repeated(site: Site) -> None:
    for _visit in range(2):
        answer = site.get(HTTP_COOKIE="menkou_session=abc; other=1")
        assert "Set-Cookie" not in answer.headers
    assert site.asked == 2


def test_no_more_answers_are_remembered_than_the_most(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "MAX_RESPONSES", 3)
    for number in range(5):
        site.get(HTTP_USER_AGENT=f"{DESKTOP} {number}")

    assert len(site.program._responses) == 3


def test_it_has_its_line_and_its_count_as_from_django(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "menkou.access")
    fresh = Site(site.host)
    total, _duration = metrics.request_metrics("login", "GET", "2xx")
    before = total._value.get()

    fresh.get()
    site.get(HTTP_X_REQUEST_ID="not-from-a-proxy-of-ours")

    django, repeated = (record.__dict__["fields"] for record in caplog.records)
    assert total._value.get() == before + 2
    assert repeated.keys() - django.keys() == {"method", "path", "project"}
    assert (repeated["method"], repeated["path"], repeated["project"]) == ("GET", "/login", "acme")
    assert repeated["status"] == django["status"] == 200


def test_a_marked_button_is_repeated_to_browsers_that_used_it_and_to_no_others(site: Site) -> None:
    marked = [site.get(HTTP_COOKIE="menkou_last_used=wechat_web") for _visit in range(3)]
    made_up = [site.get(HTTP_COOKIE="menkou_last_used=made_up") for _visit in range(3)]

    # Drawn, kept, and then repeated. A page for an alias without a button is not repeated.
    assert site.asked == 2 + 2 + 3
    assert [b"Last used" in each.body for each in marked + made_up] == [True] * 3 + [False] * 3
    assert b"Last used" not in site.get().body
