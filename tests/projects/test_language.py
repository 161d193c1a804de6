"""Which language a page speaks: ?lang=, then an earlier choice, then the browser's."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from projects.models import Project
from tests.cast import client_of


@pytest.fixture
def browser(project: Project) -> Client:
    return client_of(project.host)


def spoken(client: Client, path: str = "/login", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    language: str = answer.headers["content-language"]
    assert f'<html lang="{language}">' in answer.content.decode()
    return language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,zh-CN;q=0.5", "zh-hans"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("x" * 600, "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_without_a_choice_the_browser_decides(
    browser: Client, accepted: str, language: str
) -> None:
    assert spoken(browser, **{"accept-language": accepted}) == language


def test_a_choice_in_the_address_comes_first_and_is_remembered(browser: Client) -> None:
    assert spoken(browser, "/login?lang=zh-hans", **{"accept-language": "en"}) == "zh-hans"
    assert browser.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"

    assert spoken(browser, **{"accept-language": "en"}) == "zh-hans"
    assert spoken(browser, "/login?lang=en") == "en"
    assert spoken(browser, **{"accept-language": "zh-CN"}) == "en"


@pytest.mark.parametrize("lang", ["fr", "zh", "ZH-HANS", "", "en'", "<script>", "../en"])
def test_an_unknown_choice_is_ignored_and_not_remembered(browser: Client, lang: str) -> None:
    answer = browser.get("/login", {"lang": lang}, headers={"accept-language": "zh-CN"})

    assert answer.headers["content-language"] == "zh-hans"
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_an_unknown_remembered_choice_is_ignored(browser: Client) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../xx"

    assert spoken(browser, **{"accept-language": "zh-CN"}) == "zh-hans"


def test_the_choice_stays_on_its_host_for_a_year(browser: Client) -> None:
    cookie = browser.get("/login?lang=en").cookies[settings.LANGUAGE_COOKIE_NAME]

    assert (cookie["domain"], cookie["max-age"]) == ("", 365 * 24 * 3600)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_caches_are_told_what_a_page_depends_on(browser: Client) -> None:
    vary = {each.strip() for each in browser.get("/login").headers["vary"].split(",")}

    assert {"Accept-Language", "Cookie"} <= vary
