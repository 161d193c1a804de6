"""A log line tells what happened in which request, and never a secret."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, RequestFactory

from connections.models import Connection, SignIn
from core.observability import request_context
from core.observability.log_formatting import LineFormatter, ScrubFilter
from core.observability.request_context import begin_request
from core.observability.scrubbing import scrub_text
from projects.models import Project
from tests.cast import client_of, make_connection
from tests.processor_time import within
from tests.rows import each_row
from tests.wechat import Visitor

CANARY = "CANARY-6f1d-20c97be4"
FORMATS = pytest.mark.parametrize("log_format", ["json", "lines"])


@each_row(
    "text, expected",
    [
        (
            f"GET /sns/oauth2/access_token?appid=wx1&secret={CANARY}&code={CANARY}",
            "GET /sns/oauth2/access_token?appid=wx1&secret=[removed]&code=[removed]",
        ),
        (
            f'{{"access_token": "{CANARY}", "expires_in": 7200, "refresh_token":"{CANARY}"}}',
            '{"access_token": "[removed]", "expires_in": 7200, "refresh_token":"[removed]"}',
        ),
        (f"{{'client_secret': '{CANARY}'}}", "{'client_secret': '[removed]'}"),
        (f"appsecret = {CANARY}, AppID = wx1", "appsecret = [removed], AppID = wx1"),
        (f"PASSWORD={CANARY} user=me", "PASSWORD=[removed] user=me"),
        (f"state={CANARY}", "state=[removed]"),
        (f"token: {CANARY}; key: {CANARY}", "token: [removed] key: [removed]"),
        ("postgres://me:hidden@db/menkou", "postgres://me:[removed]@db/menkou"),
        (
            "Not Found: /password/reset/key/1-cxyz12-0123456789abcdef0123456789abcdef/",
            "Not Found: /password/reset/key/[removed]/",
        ),
        (
            "/projects/a-project-of-a-rather-long-name/",
            "/projects/a-project-of-a-rather-long-name/",
        ),
        ("errcode=40029, errmsg=invalid code", "errcode=40029, errmsg=invalid code"),
        ("grant_type=authorization_code&appid=wx1", "grant_type=authorization_code&appid=wx1"),
        ("用户登录成功", "用户登录成功"),
        (
            f"duplicate key value\nDETAIL:  Key (session_key)=({CANARY}) already exists.",
            "duplicate key value\n[removed]",
        ),
        (
            f"null value\nDETAIL:  Failing row contains ({CANARY}\n\n{CANARY}, null).\n\n"
            "The above exception was the direct cause of the following exception:\n\nTraceback",
            "null value\n[removed]\n\n"
            "The above exception was the direct cause of the following exception:\n\nTraceback",
        ),
        (
            f"invalid input syntax\nLINE 1: ... VALUES ('{CANARY}', 'x')\n            ^\n\n"
            "During handling of the above exception, another exception occurred:\n\nTraceback",
            "invalid input syntax\n[removed]\n\n"
            "During handling of the above exception, another exception occurred:\n\nTraceback",
        ),
    ],
)
def test_what_names_and_places_give_away_is_removed_and_others_stay(
    text: str, expected: str
) -> None:
    assert scrub_text(text) == expected


def test_the_installations_own_secrets_are_known_by_their_value() -> None:
    text = f"it is {django_settings.SECRET_KEY}, as you see"
    assert scrub_text(text) == "it is [removed], as you see"


@each_row("where", ["cookie", "code", "encoded code", "typed", "authorization"])
def test_what_a_request_brought_is_known_by_its_value(where: str) -> None:
    factory = RequestFactory()
    request = {
        "cookie": factory.get("/", headers={"cookie": f"menkou_signin={CANARY}; a=b"}),
        "code": factory.get(f"/?code={CANARY}&next=/account"),
        "encoded code": factory.get(f"/?code={CANARY.replace('-', '%2D')}"),
        "typed": factory.post("/?next=/account", {"client_secret": CANARY, "name": "Acme"}),
        "authorization": factory.get("/", headers={"authorization": f"Bearer {CANARY}"}),
    }[where]
    assert request.POST is not None  # somebody reads the form

    def told() -> str:
        begin_request(request.META, request)
        return scrub_text(f"unexpected {CANARY} of Acme at /account")

    assert Context().run(told) == "unexpected [removed] of Acme at /account"


class TestValuesThatStrangersChoose:
    """They are taken out only where they look like secrets, so that nobody censors a line."""

    WORDS = (
        "GET",
        "login",
        "answered",
        "menkou.access",
        "redirect_uri_mismatch",
        "Internal Server Error",
        "/sso/oauth2/callback/wechat_web",
        "2026-11-28T22:20:19.000+00:00",
    )
    LINE = (
        "2026-11-28T22:20:19.000+00:00 menkou.access answered GET 200 redirect_uri_mismatch "
        "Internal Server Error: /sso/oauth2/callback/wechat_web /login"
    )

    @each_row("word", WORDS[:-1])
    @each_row(
        "where",
        ["cookie", "own cookie", "authorization", "code", "state", "typed"],
    )
    def test_86_a_word_of_the_line_stays(self, where: str, word: str) -> None:
        assert self.told_with(where, word) == self.LINE

    @pytest.mark.parametrize("where", ["cookie"])
    def test_86_a_cookie_that_is_not_ours_takes_nothing_out(self, where: str) -> None:
        assert self.told_with(where, self.WORDS[-1]) == self.LINE

    def test_86_a_projects_name_in_a_cookie_stays_in_the_line(
        self, db: None, access: io.StringIO
    ) -> None:
        # As long as the key of a session.
        slug = "a" * 31 + "1"
        Project.objects.create(slug=slug, name="Acme")
        browser = client_of(f"{slug}.login.test")
        browser.cookies["menkou_session"] = slug
        browser.get("/login")
        (line,) = told(access)
        assert (line["project"], line["path"], line["event"]) == (slug, "/login", "answered")

    def test_86_thousands_of_long_cookies_and_parameters_cost_little(self) -> None:
        # More than the web server lets through.
        cookies = "; ".join(f"c{n}={'x1' * 20}{n}" for n in range(5_000))
        query = "&".join(f"code={'y1' * 20}{n}" for n in range(5_000))
        request = RequestFactory().get(f"/?{query}", headers={"cookie": cookies})
        request.COOKIES  # noqa: B018 - parsed once a request, whoever asks first

        def scrub() -> None:
            begin_request(request.META, request)
            with within(1):
                for _ in range(100):
                    scrub_text("GET /login 200 " * 20)

        Context().run(scrub)

    def test_of_a_typed_key_each_line_is_taken_out(self) -> None:
        key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEAMBMGByqGSM49AwEH\n"
        request = RequestFactory().post("/", {"client_secret": key})
        assert request.POST is not None

        def told() -> str:
            begin_request(request.META, request)
            return scrub_text("unexpected AgEAMBMGByqGSM49AwEH of MIGHAgEAMBMGByqGSM49")

        assert Context().run(told) == "unexpected [removed] of [removed]"

    def told_with(self, where: str, word: str) -> str:
        """The line of a request that has sent the word there."""
        factory, path = RequestFactory(), "/sso/oauth2/callback/wechat_web"
        request = {
            "cookie": lambda: factory.get(path, headers={"cookie": f"other={word}"}),
            "own cookie": lambda: factory.get(path, headers={"cookie": f"menkou_session={word}"}),
            "authorization": lambda: factory.get(path, headers={"authorization": f"x {word}"}),
            "code": lambda: factory.get(path, {"code": word}),
            "state": lambda: factory.get(path, {"state": word}),
            "typed": lambda: factory.post(path, {"password": word}),
        }[where]()
        assert request.POST is not None

        def told() -> str:
            begin_request(request.META, request)
            return scrub_text(self.LINE)

        return Context().run(told)


def record_of(message: str, *arguments: object, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("menkou", logging.WARNING, "file", 1, message, arguments, None)
    record.__dict__.update(extra)
    return record


class TestRecords:
    """Other handlers, which we have not made, see the record itself."""

    def test_arguments_are_scrubbed_with_the_message(self) -> None:
        record = record_of("called %s", f"https://api.example/?access_token={CANARY}")
        assert ScrubFilter().filter(record)
        assert record.getMessage() == "called https://api.example/?access_token=[removed]"

    def test_a_line_with_a_wrong_placeholder_breaks_nothing(self) -> None:
        record = record_of(f"code={CANARY} %d", "no number")
        assert ScrubFilter().filter(record)
        assert record.getMessage() == "code=[removed] %d"


class TestLines:
    def test_one_of_json_has_its_fields(self) -> None:
        line = Context().run(LineFormatter("json").format, record_of("hello %s", "你好"))
        told = json.loads(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told.pop("time"))
        assert told == {"level": "warning", "logger": "menkou", "event": "hello 你好"}

    def test_one_for_people_reads_as_a_sentence(self) -> None:
        line = Context().run(LineFormatter("lines").format, record_of("hello"))
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 WARNING menkou \[-\] hello", line
        )

    @FORMATS
    def test_nobody_begins_a_line_of_their_own(self, log_format: str) -> None:
        path = "/a\n2026-01-01 ERROR forged"
        line = Context().run(
            LineFormatter(log_format).format, record_of("hello", fields={"path": path})
        )
        assert len(line.splitlines()) == 1

    @FORMATS
    def test_fields_are_scrubbed_whatever_they_hold(self, log_format: str) -> None:
        fields = {
            "secret": CANARY,
            "asked": {"token": CANARY, "url": f"/?code={CANARY}"},
            "seen": [f"password={CANARY}", {"key": {"deep": CANARY}}, None, 7],
        }
        line = Context().run(LineFormatter(log_format).format, record_of("hello", fields=fields))
        assert CANARY not in line
        assert line.count("[removed]") == 5

    @FORMATS
    def test_a_trace_is_scrubbed_too(self, log_format: str) -> None:
        record = record_of("it broke")
        try:
            raise ValueError(f"client_secret={CANARY}")
        except ValueError:
            record.exc_info = sys.exc_info()
        line = Context().run(LineFormatter(log_format).format, record)
        assert "ValueError: client_secret=[removed]" in line
        assert "Traceback (most recent call last)" in line
        # The trace quotes the source, which holds the name of the canary and not its value.
        assert CANARY not in line


@contextmanager
def written_by(name: str, level: int) -> Iterator[io.StringIO]:
    """What a logger writes as JSON, drawn when it is logged."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(LineFormatter("json"))
    logger = logging.getLogger(name)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    yield written
    logger.setLevel(before)
    logger.removeHandler(handler)


def told(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What Django says of requests."""
    with written_by("django.request", logging.WARNING) as written:
        yield written


@pytest.fixture
def access() -> Iterator[io.StringIO]:
    """The line of each request."""
    with written_by("menkou.access", logging.INFO) as written:
        yield written


class TestLinesOfRequests:
    def test_an_answer_that_refuses_and_its_line_carry_the_same_id(
        self, project: Project, lines: io.StringIO
    ) -> None:
        answers = {
            "Bad Request: /login": client_of("acme.login.test").get("/login?a=%00"),
            "Not Found: /login": client_of("nobody.example").get("/login"),
            "Not Found: /nowhere": client_of("acme.login.test").get("/nowhere"),
        }
        ids = [answer.headers["x-request-id"] for answer in answers.values()]
        assert len(set(ids)) == 3
        assert [(each["request_id"], each["event"]) for each in told(lines)] == list(
            zip(ids, answers, strict=True)
        )

    def test_what_breaks_and_its_line_carry_the_same_id(
        self, as_owner: Client, project: Project, lines: io.StringIO
    ) -> None:
        make_connection(project)
        Connection.objects.update(settings=["written by no release of ours"])
        as_owner.raise_request_exception = False
        answer = as_owner.get("/projects/acme/connections/wechat_web/")
        assert answer.status_code == 500
        (line,) = told(lines)
        assert line["event"] == "Internal Server Error: /projects/acme/connections/wechat_web/"
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["exception"].startswith("Traceback")


class TestAccessLines:
    def test_one_tells_what_was_asked_and_answered_without_the_query(
        self, project: Project, access: io.StringIO
    ) -> None:
        answer = client_of("acme.login.test").get(f"/login?next=/account&code={CANARY}")
        (line,) = told(access)
        assert line.pop("time")
        assert line.pop("duration_ms") > 0
        assert line == {
            "level": "info",
            "logger": "menkou.access",
            "event": "answered",
            "request_id": answer.headers["x-request-id"],
            "method": "GET",
            "path": "/login",
            "project": "acme",
            "status": 200,
        }

    def test_a_sign_in_is_found_by_its_reference(
        self, visitor: Visitor, project: Project, access: io.StringIO
    ) -> None:
        make_connection(project)
        visitor.sign_in()
        visitor.press()
        visitor.come_back(state=visitor.state)
        success, cancelled = (
            line for line in told(access) if line["path"] == "/sso/oauth2/callback/wechat_web"
        )
        first, second = SignIn.objects.order_by("id")
        assert (success["connection"], success["outcome"]) == ("wechat_web", "ok")
        assert success["reference"] == first.reference
        assert (cancelled["connection"], cancelled["outcome"]) == ("wechat_web", "cancelled")
        assert (cancelled["cause"], cancelled["reference"]) == ("cancelled", second.reference)

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/nowhere.css"])
    def test_load_balancers_and_files_have_none(
        self, project: Project, access: io.StringIO, path: str
    ) -> None:
        client_of("acme.login.test").get(path)
        assert told(access) == []

    def test_a_link_to_a_new_password_is_no_logs_business(
        self, db: None, access: io.StringIO
    ) -> None:
        key = "1-cxyz12-0123456789abcdef0123456789abcdef"
        client_of("portal.test").get(f"/password/reset/key/{key}/")
        assert [line["path"] for line in told(access)] == ["/password/reset/key/[removed]/"]


class TestUncountedProxies:
    SAID = "a request carries X-Forwarded-For, and MENKOU_PROXY_COUNT is 0"

    @pytest.fixture(autouse=True)
    def nobody_was_warned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(request_context, "first_warning", threading.Lock())

    def warnings(self, caplog: pytest.LogCaptureFixture) -> int:
        return sum(record.getMessage().startswith(self.SAID) for record in caplog.records)

    def test_95_a_process_warns_once(
        self, project: Project, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = client_of("acme.login.test")
        client.get("/login")
        assert self.warnings(caplog) == 0
        for address in ("192.0.2.1", "192.0.2.2", ""):
            client.get("/login", headers={"x-forwarded-for": address})
        assert self.warnings(caplog) == 1
        assert "192.0.2" not in caplog.text

    def test_with_a_counted_proxy_it_is_no_news(
        self, project: Project, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        client_of("acme.login.test").get("/login", headers={"x-forwarded-for": "192.0.2.1"})
        assert self.warnings(caplog) == 0


class TestRequestIds:
    @pytest.mark.parametrize("given", ["7f3a9c12", "req_2026-11.04", "a" * 64])
    def test_one_of_our_proxy_is_kept(self, project: Project, settings: Any, given: str) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        answer = client_of("acme.login.test").get("/login", headers={"x-request-id": given})
        assert answer.headers["x-request-id"] == given

    @pytest.mark.parametrize("given", ["short", "a" * 65, "a b c d e f", "<script>1234", "é" * 9])
    def test_one_that_is_not_well_formed_is_replaced(
        self, project: Project, settings: Any, given: str
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        answer = client_of("acme.login.test").get("/login", headers={"x-request-id": given})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])

    def test_without_a_proxy_of_ours_anybody_could_have_sent_it(self, project: Project) -> None:
        answer = client_of("acme.login.test").get("/login", headers={"x-request-id": "7f3a9c12"})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
