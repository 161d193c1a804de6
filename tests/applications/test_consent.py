"""People decide what a third party's application may know, once, and can change their mind."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from applications import services
from applications.access import end_access
from applications.models import Application, Consent, Grant
from projects.models import Project, User
from tests.applications.test_code_flow import ask, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.applications.test_logout import follow
from tests.cast import sign_in_as

Shop = tuple[Application, str]
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def third_party(shop: Shop, owner: User) -> Application:
    return services.change_application(shop[0], {"is_third_party": True}, actor=owner)


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in_as(person)


def asked(browser: Client, application: Application, **given: Any) -> Any:
    """The page with the question, or the answer to the application."""
    return follow(browser, ask(browser, application, **given))


def decide(browser: Client, page: Any, answer: str, **headers: str) -> Any:
    path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    sent = browser.post(path, {"answer": answer}, headers=headers or SAME)
    return follow(browser, sent)


def test_the_page_says_what_is_asked_for(third_party: Application, browser: Client) -> None:
    text = asked(browser, third_party, scope="openid email").content.decode()
    assert "Allow Shop to know who you are?" in text
    assert "You are signed in as Li." in text
    assert "Your email address" in text
    assert "Your name and picture" not in text
    assert Grant.objects.count() == 0


def test_an_answer_is_remembered_for_what_was_asked(
    third_party: Application, browser: Client, person: User
) -> None:
    page = asked(browser, third_party, scope="openid profile")
    assert "code" in returned(decide(browser, page, "allow"))
    assert "code" in returned(ask(browser, third_party, scope="openid"))
    assert "code" in returned(ask(browser, third_party, scope="openid", prompt="none"))
    more = ask(browser, third_party, scope="openid email", prompt="none")
    assert returned(more)["error"] == "consent_required"
    page = asked(browser, third_party, scope="openid email")
    assert "code" in returned(decide(browser, page, "allow"))
    assert Consent.objects.get().scope == "email openid profile"
    assert "code" in returned(ask(browser, third_party, scope="openid profile email"))


def test_prompt_consent_asks_again_each_time(third_party: Application, browser: Client) -> None:
    for _time in range(2):
        page = asked(browser, third_party, prompt="consent")
        assert page.status_code == 200
        assert "code" in returned(decide(browser, page, "allow"))


def test_who_does_not_allow_it_goes_back_with_an_error(
    third_party: Application, browser: Client
) -> None:
    page = asked(browser, third_party)
    told = returned(decide(browser, page, "deny"))
    assert (told["error"], told["state"]) == ("access_denied", "a&b=c %")
    assert Consent.objects.count() == Grant.objects.count() == 0


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_no_other_website_can_answer(
    third_party: Application, browser: Client, headers: dict[str, str]
) -> None:
    page = decide(browser, asked(browser, third_party), "allow", **headers)
    assert "Allow Shop to know who you are?" in page.content.decode()
    assert Consent.objects.count() == 0


def test_somebody_else_does_not_answer_for_the_person(
    third_party: Application, browser: Client, project: Project
) -> None:
    page = asked(browser, third_party, prompt="consent")
    other = sign_in_as(User.objects.create(project=project, name="Wang", password="!"))
    path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    other.post(path, {"answer": "allow"}, headers=SAME)
    again = follow(browser, browser.get(path.replace("consent", "continue")))
    assert "You are signed in as Li." in again.content.decode()


def test_without_a_session_the_person_signs_in_first(
    third_party: Application, browser: Client
) -> None:
    page = asked(browser, third_party)
    browser.cookies.clear()
    path = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    assert "Sign in to" in follow(browser, browser.get(path)).content.decode()


def test_an_application_of_the_project_itself_asks_nobody(shop: Shop, browser: Client) -> None:
    assert "code" in returned(ask(browser, shop[0], prompt="consent"))


@pytest.mark.parametrize("query", ["", "application=a&request=b"])
def test_an_unknown_request_shows_a_page(shop: Shop, browser: Client, query: str) -> None:
    assert browser.get(f"/oauth2/consent?{query}").status_code == 400


def test_it_can_be_withdrawn_on_the_account_page(
    third_party: Application, browser: Client, person: User
) -> None:
    assert "code" in returned(decide(browser, asked(browser, third_party), "allow"))
    end_access(person, "a" * 24)
    assert "code" in returned(ask(browser, third_party, prompt="none"))
    end_access(person, third_party.client_id)
    assert Consent.objects.count() == 0
    assert returned(ask(browser, third_party, prompt="none"))["error"] == "consent_required"
