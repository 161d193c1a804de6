"""An authorization request waits for its person, whatever they do until they have signed in."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from applications.models import Application, AuthorizationRequest
from tests.applications.later import let_pass
from tests.applications.relying_party import START, Arrival, RelyingParty, Visit, hidden_fields

ACTION = re.compile(r'<a class="action" href="([^"]+)"')
LANGUAGE = re.compile(r'href="(\?lang=zh-hans[^"]*)"')


def begin(party: RelyingParty, visit: Visit, **changes: str) -> tuple[dict[str, str], str]:
    """Send a request; return it, and the address of the sign-in page."""
    question = party.question(**changes)
    start = visit.client.get("/oauth2/authorize", question)
    assert start.status_code == 303
    return question, start["Location"]


def press(visit: Visit, page: str) -> Arrival:
    """Open a sign-in page, sign in there, and arrive."""
    form = START.search(visit.get(page).content.decode())
    assert form is not None, page
    return visit.follow(visit.sign_in(form[1], hidden_fields(form[2])))


def action_of(visit: Visit) -> str:
    """Where the button of the page that was seen last leads."""
    found = ACTION.search(visit.seen[-1].content.decode())
    assert found is not None
    return unescape(found[1])


def test_another_try_after_a_failure(party: RelyingParty, visit: Visit) -> None:
    assert visit.provider is not None
    question, page = begin(party, visit)
    visit.provider.status["/token"] = "500 Oops"
    assert press(visit, page).is_page
    del visit.provider.status["/token"]

    arrival = visit.follow(visit.get(action_of(visit)))

    party.check_arrival(arrival, question)
    assert arrival.pages == 1
    assert "code" in arrival.query


def test_another_language(party: RelyingParty, visit: Visit) -> None:
    question, page = begin(party, visit, ui_locales="en")
    found = LANGUAGE.search(visit.get(page).content.decode())
    assert found is not None
    chinese = f"/login{unescape(found[1])}"

    shown = visit.get(chinese).content.decode()
    arrival = press(visit, chinese)

    assert 'lang="zh-hans"' in shown.lower()
    assert "登录" in shown
    assert "Shop" in shown
    party.check_arrival(arrival, question)
    assert "code" in arrival.query


def test_many_tabs(party: RelyingParty, visit: Visit) -> None:
    tabs = [begin(party, visit) for _tab in range(3)]

    arrivals = [press(visit, page) for _question, page in reversed(tabs)]

    for (question, _page), arrival in zip(reversed(tabs), arrivals, strict=True):
        party.check_arrival(arrival, question)
        party.check_tokens(party.redeem(arrival.query["code"]))


def test_the_back_button_for_a_minute(party: RelyingParty, visit: Visit) -> None:
    question, page = begin(party, visit)
    first, second = press(visit, page), press(visit, page)
    assert first.query["code"] != second.query["code"]
    party.check_arrival(second, question)
    let_pass(minutes=2)

    late = press(visit, page)

    assert late.is_page
    assert late.response.status_code == 400


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"initiate_login_uri": "https://shop.example/login?a=1"}, "https://shop.example/login"),
        ({"home_page": "https://shop.example/"}, "https://shop.example/"),
        ({}, ""),
    ],
    ids=["initiate_login_uri", "home page", "neither"],
)
def test_a_request_that_is_too_old_leads_back_to_the_website(
    fields: dict[str, str], target: str, party: RelyingParty, visit: Visit
) -> None:
    Application.objects.update(**fields)
    _question, page = begin(party, visit)
    let_pass(minutes=61)

    arrival = press(visit, page)

    assert arrival.is_page
    assert arrival.response.status_code == 400
    assert visit.asked == [], "nobody scans a QR code in vain"
    if target:
        link = urlsplit(action_of(visit))
        assert link._replace(query="").geturl() == target
        if "initiate_login_uri" in fields:
            assert parse_qs(link.query)["iss"] == [party.metadata["issuer"]]
    else:
        assert not ACTION.search(arrival.response.content.decode())
        assert b"Shop" in arrival.response.content


def test_another_browser_goes_on(party: RelyingParty, visit: Visit) -> None:
    """A phone continues in WeChat: the code goes to the website, which knows its own state."""
    question, page = begin(party, visit)
    other = Visit(visit.project, visit.provider)

    arrival = press(other, page)

    party.check_arrival(arrival, question)
    assert "code" in arrival.query


def test_an_id_that_is_none_is_a_page(party: RelyingParty, visit: Visit) -> None:
    _question, page = begin(party, visit)
    request_id = page.partition("request=")[2]
    client_id = party.application.client_id
    for query in (
        "",
        f"application={client_id}",
        f"application={client_id}&request=",
        f"application={client_id}&request={'a' * 32}",
        f"application={client_id}&request={request_id}x",
        f"application={client_id}&request={request_id.swapcase()}",
        f"application={'a' * 24}&request={request_id}",
        f"application=%00&request={request_id}",
        f"request={request_id}",
    ):
        response = visit.get(f"/oauth2/continue?{query}")
        assert response.status_code == 400, query
        assert "Location" not in response
    assert AuthorizationRequest.objects.filter(completed_at=None).count() == 1


CANCEL = re.compile(r'<a href="(/oauth2/cancel\?[^"]+)"')


@pytest.mark.parametrize("where", ["the sign-in page", "the page of a failure"])
def test_who_does_not_want_to_sign_in_goes_back(
    party: RelyingParty, visit: Visit, where: str
) -> None:
    assert visit.provider is not None
    question, page = begin(party, visit)
    if where == "the page of a failure":
        visit.provider.status["/token"] = "500 Oops"
        assert press(visit, page).is_page
        shown = visit.seen[-1]
    else:
        shown = visit.get(page)
    found = CANCEL.search(shown.content.decode())
    assert found is not None

    arrival = visit.follow(visit.get(unescape(found[1])))

    assert arrival.query["error"] == "access_denied"
    assert arrival.query["state"] == question["state"]
    assert "code" not in arrival.query


@pytest.mark.parametrize("query", ["", "application=x&request=y"])
def test_there_is_nothing_to_go_back_from(party: RelyingParty, visit: Visit, query: str) -> None:
    assert visit.get(f"/oauth2/cancel?{query}").status_code == 400


def test_the_projects_own_sign_in_page_leads_nowhere_else(
    party: RelyingParty, visit: Visit
) -> None:
    assert "/oauth2/cancel" not in visit.get("/login").content.decode()
