"""The page of a failure in another language, which repeats nothing and says nothing more."""

from __future__ import annotations

import re
import secrets
import time
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.services import ApplicationFields, add_application
from connections.models import SignIn
from connections.providers import catalogue
from connections.values.failures import SHARED_FAULTS
from projects.models import Project
from signin.outcomes.links import LONGEST, ShownOutcome, outcome_query, read_outcome
from tests.cast import client_of, make_connection
from tests.connections.sign_in_assertions import CHINESE, text_of
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

NEXT = "/account?from=here"


def switch(answer: HttpResponse, language: str) -> str:
    return Page(answer).one("a", hreflang=language).attributes["href"]


def facts(answer: HttpResponse) -> tuple[int, list[str], str]:
    """What a page has in every language: its status, its ways on and its reference."""
    page = Page(answer)
    ways = [
        each.attributes["href"] for each in page.every("a") if "hreflang" not in each.attributes
    ]
    codes = [each.text for each in page.every("code")]
    return answer.status_code, ways, " ".join(codes)


def test_a_failure_is_read_in_another_language_and_nothing_happens_again(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    wechat.fault("token", errcode=40125, errmsg="invalid appsecret")
    visitor.press(next=NEXT)
    code = wechat.code("LI")
    failed = visitor.come_back(code=code, state=visitor.state)
    assert failed.status_code == 503
    link = switch(failed, "zh-hans")
    calls = wechat.calls("token")

    with CaptureQueriesContext(database) as queries:
        chinese = visitor.client.get(link)

    # The project and the connection are read, and nothing is written.
    assert [each["sql"].split()[0] for each in queries.captured_queries] == ["SELECT"] * len(
        queries
    )
    assert len(queries) <= 3
    assert facts(chinese) == facts(failed)
    assert any(way.startswith("/login?next=") for way in facts(failed)[1])
    assert facts(failed)[2].replace("-", "") == SignIn.objects.get().reference
    assert '<html lang="zh-hans">' in chinese.content.decode()
    assert all(words in text_of(chinese) for words in CHINESE["config"])
    assert project.name in text_of(chinese)
    assert wechat.calls("token") == calls
    assert "no-store" in chinese.headers["Cache-Control"]
    for secret in (code, visitor.state):
        assert secret not in link
        assert secret not in chinese.content.decode()

    # The choice is kept, and the way back leads to the same page.
    assert visitor.client.cookies["menkou_language"].value == "zh-hans"
    again = visitor.client.get(switch(chinese, "en"))
    assert text_of(again) == text_of(failed)


CAUSES = sorted({*SHARED_FAULTS, *catalogue.get("wechat_web").faults})


@each_row("cause", CAUSES, undo=True)
def test_every_cause(project: Project, cause: str) -> None:
    make_connection(project)
    shown = ShownOutcome(cause, alias="wechat_web", reference="7K4M29XQTB")
    path = f"/sso/outcome?{outcome_query(project, shown)}"
    client = client_of(project.host)
    english, chinese = (client.get(f"{path}&lang={code}") for code in ("en", "zh-hans"))

    assert english.status_code == chinese.status_code != 302
    assert facts(english) == facts(chinese)
    assert "7K4M2-9XQTB" in text_of(chinese)
    assert re.search("[\u4e00-\u9fff]{4}", Page(chinese).one("h1").text)


def test_an_applications_way_back_is_kept(project: Project) -> None:
    make_connection(project)
    fields = ApplicationFields(name="Shop", home_page="https://shop.example/")
    application, _secret = add_application(project, fields, actor=None)
    shown = ShownOutcome("other_browser", application=application.client_id)
    answer = client_of(project.host).get(f"/sso/outcome?{outcome_query(project, shown)}")
    assert "Back to Shop" in text_of(answer)
    assert "https://shop.example/" in facts(answer)[1]


def signed(project: Project, **given: str) -> str:
    return parse_qs(outcome_query(project, ShownOutcome(**{"cause": "state", **given})))["of"][0]


def test_a_link_opens_for_an_hour_at_its_own_project_and_unchanged(
    project: Project, other_project: Project
) -> None:
    good = signed(project)
    assert read_outcome(project, good) == ShownOutcome("state")
    for minutes, opens in ((59, True), (61, False)):
        then = time.time() + timedelta(minutes=minutes).total_seconds()
        with patch("django.core.signing.time.time", return_value=then):
            assert (read_outcome(project, good) is not None) == opens

    client = client_of(project.host)
    for bad in (
        "",
        "x",
        good[:-1],
        good + "x",
        signed(other_project),
        "A" * 100_000,
        "a:b:c",
    ):
        answer = client.get("/sso/outcome", {"of": bad})
        assert (answer.status_code, answer.headers["location"]) == (302, "/login"), bad[:80]


def test_a_link_that_would_be_too_long_is_left_out(project: Project) -> None:
    long = f"/account?{secrets.token_hex(LONGEST)}"
    assert outcome_query(project, ShownOutcome("state", next_path=long)) == ""


def test_a_deleted_connection(project: Project) -> None:
    client = Client(headers={"host": project.host})
    query = outcome_query(project, ShownOutcome("40125", alias="gone", reference="7K4M29XQTB"))
    assert client.get(f"/sso/outcome?{query}").status_code == 503


def test_the_link_of_a_page_is_short(project: Project) -> None:
    query = outcome_query(project, ShownOutcome("40125", alias="wechat", reference="7K4M29XQTB"))
    assert len(urlsplit(f"/sso/outcome?{query}").query) < 200
