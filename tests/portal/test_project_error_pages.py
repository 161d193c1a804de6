"""Error pages of a project's host: its name and the language switch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from projects.models import Project
from projects.tenants.hosts import hosts
from tests.cast import client_of
from tests.portal.page_reader import Page
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HTML = {"accept": "text/html"}
LONG = {"name": "x" * 1_000_000}


@pytest.fixture
def browser(project: Project, settings: Any) -> Iterator[Client]:
    """A browser of a process that knows the host."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    browser = client_of(project.host)
    browser.raise_request_exception = False
    browser.get("/login")
    yield browser
    hosts.listener.stop()


def check_page(answer: Any, *, status: int, heading: str, other_language: str) -> None:
    """It names the project, and its switch leads to this address."""
    page = Page(answer)
    assert (answer.status_code, page.one("h1").text) == (status, heading)
    assert page.one("title").text == f"{heading} · Acme"
    assert page.one("p", class_="signin-project").text == "Acme"
    assert page.one("a", hreflang="zh-hans").attributes["href"] == other_language


@pytest.mark.parametrize(
    ("path", "status", "heading", "other_language"),
    [
        ("/nowhere", 404, "Page not found", "?lang=zh-hans"),
        ("/no?a=%22&lang=en&b", 404, "Page not found", "?lang=zh-hans&a=%22&b"),
        ("/logout", 405, "This address cannot be opened", "?lang=zh-hans"),
        ("/login?a=%00", 400, "Bad request", "?lang=zh-hans&a=%00"),
    ],
)
def test_an_error_page_keeps_name_and_switch(
    browser: Client, path: str, status: int, heading: str, other_language: str
) -> None:
    answer = browser.get(path, headers=HTML)
    check_page(answer, status=status, heading=heading, other_language=other_language)

    switched = browser.get(f"{path.partition('?')[0]}{other_language}", headers=HTML)
    assert switched.status_code == status
    assert Page(switched).one("html").attributes["lang"] == "zh-hans"
    assert Page(browser.get("/nowhere")).one("html").attributes["lang"] == "zh-hans"


def test_after_a_form_the_switch_leads_to_the_sign_in_page(browser: Client) -> None:
    check_page(
        browser.post("/logout", LONG),
        status=413,
        heading="The upload is too large",
        other_language="/login?lang=zh-hans",
    )


def test_no_value_of_a_provider_is_on_the_page(browser: Client) -> None:
    answer = browser.get("/sso/oauth2/callback/nobody?code=fromprovider&state=s", headers=HTML)

    check_page(
        answer,
        status=404,
        heading="Page not found",
        other_language="/login?lang=zh-hans",
    )
    assert b"fromprovider" not in answer.content


def test_a_host_of_nobody_learns_no_name(browser: Client) -> None:
    answer = browser.get("/nowhere", headers={"host": "nobody.login.test"})
    assert (answer.status_code, answer.content) == (404, b"Not found.\n")
