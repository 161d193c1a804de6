"""Every page that ends a sign-in leads back to the application from which it was started."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application
from connections.models import Connection, PendingSignIn
from projects.models import User
from tests.applications.later import let_pass
from tests.applications.relying_party import START, RelyingParty, Visit, hidden_fields
from tests.cast import client_of

HOME = "https://shop.example/"
BACK = re.compile(r'<a href="([^"]+)">Go back without signing in</a>')
ACTION = re.compile(r'<a class="action" href="([^"]+)"')


class Journey:
    """A sign-in that an application has started, up to the sign-in page."""

    def __init__(self, party: RelyingParty, visit: Visit, settings: Any) -> None:
        self.party, self.visit, self.settings = party, visit, settings
        self.client: Client = visit.client
        self.question = party.question()
        self.page = self.client.get("/oauth2/authorize", self.question)["Location"]

    def form(self) -> tuple[str, dict[str, str]]:
        """Where the button of the sign-in page leads, and what it sends."""
        form = START.search(self.client.get(self.page).content.decode())
        assert form is not None
        return form[1], hidden_fields(form[2])

    def press(self, form: tuple[str, dict[str, str]] | None = None, **headers: str) -> Any:
        """Press the button of the sign-in page."""
        action, fields = form or self.form()
        sent = {"origin": f"http://{self.visit.project.host}", **headers}
        return self.client.post(action, fields, headers=sent)

    def start(self) -> dict[str, str]:
        """Press the button, and return what the provider was sent."""
        sent = dict(parse_qsl(urlsplit(self.press()["Location"]).query))
        assert self.visit.provider is not None
        self.visit.provider.nonce = sent["nonce"]
        self.callback = urlsplit(sent["redirect_uri"]).path
        return sent

    def follow(self, response: Any) -> Any:
        """Go on until a page is shown."""
        while response.has_header("Location"):
            response = self.client.get(response["Location"])
        return response

    def return_with(self, **answer: str) -> Any:
        """Come back from the provider with this answer."""
        query = urlencode({"state": self.start()["state"], **answer})
        self.back = f"{self.callback}?{query}"
        return self.client.get(self.back)


Outcome = Callable[[Journey], Any]


def failed_at_the_provider(journey: Journey) -> Any:
    assert journey.visit.provider is not None
    journey.visit.provider.status["/token"] = "500 Oops"
    return journey.return_with(code="the-code")


def repeated(journey: Journey) -> Any:
    journey.return_with(error="access_denied")
    return journey.client.get(journey.back)


def expired_at_the_provider(journey: Journey) -> Any:
    state = journey.start()["state"]
    PendingSignIn.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    return journey.client.get(f"{journey.callback}?{urlencode({'state': state, 'code': 'c'})}")


def too_many_starts(journey: Journey) -> Any:
    journey.settings.MENKOU_LIMIT_STARTS = 1
    journey.press()
    return journey.press()


def too_many_callbacks(journey: Journey) -> Any:
    journey.settings.MENKOU_LIMIT_CALLBACKS = 1
    journey.return_with(error="access_denied")
    return journey.return_with(error="access_denied")


def another_website(journey: Journey) -> Any:
    return journey.press(origin="https://other.example")


def turned_off(journey: Journey) -> Any:
    form = journey.form()
    Connection.objects.update(enabled=False)
    return journey.press(form)


def deleted(journey: Journey) -> Any:
    form = journey.form()
    Connection.objects.all().delete()
    return journey.follow(journey.press(form))


def nothing_configured(journey: Journey) -> Any:
    Connection.objects.all().delete()
    return journey.client.get(journey.page)


def gone_in_this_browser(journey: Journey) -> Any:
    next_path = f"/oauth2/continue?{urlsplit(journey.page).query}"
    path = f"/sso/unknown/elsewhere?{urlencode({'next': next_path})}"
    return journey.follow(journey.client.get(path))


OUTCOMES: dict[str, tuple[Outcome, int]] = {
    "cancelled": (lambda journey: journey.return_with(error="access_denied"), 200),
    "refused": (lambda journey: journey.return_with(error="unauthorized_client"), 503),
    "unavailable": (lambda journey: journey.return_with(error="temporarily_unavailable"), 503),
    "without a code": (lambda journey: journey.return_with(), 200),
    "failed": (failed_at_the_provider, 503),
    "repeated": (repeated, 200),
    "expired": (expired_at_the_provider, 400),
    "too many starts": (too_many_starts, 429),
    "too many callbacks": (too_many_callbacks, 429),
    "sent by another website": (another_website, 400),
    "turned off": (turned_off, 503),
    "deleted": (deleted, 200),
    "nothing configured": (nothing_configured, 200),
    "gone in this browser": (gone_in_this_browser, 200),
}


# Whether there is a home page matters once the request has expired.
@pytest.mark.parametrize(
    ("name", "home_page"), [*((name, HOME) for name in OUTCOMES), ("cancelled", "")]
)
def test_each_outcome_leads_back(
    name: str, home_page: str, party: RelyingParty, visit: Visit, settings: Any
) -> None:
    Application.objects.update(home_page=home_page)
    journey = Journey(party, visit, settings)
    outcome, status = OUTCOMES[name]

    response = outcome(journey)
    text = response.content.decode()

    assert response.status_code == status, text
    found = BACK.search(text)
    assert found is not None, text
    back = unescape(found[1])
    # Other ways on lead to the request, too.
    assert 'href="/login"' not in text
    sent = visit.follow(visit.get(back)).query
    assert (sent["error"], sent["state"]) == ("access_denied", journey.question["state"])

    let_pass(minutes=61)
    for address in (HOME, ""):
        Application.objects.update(home_page=address)
        late = visit.get(back)
        assert late.status_code == 400
        assert b"This sign-in has expired" in late.content
        assert ACTION.findall(late.content.decode()) == ([address] if address else [])


@pytest.mark.parametrize("home_page", [HOME, ""], ids=["home", "no-home"])
@pytest.mark.parametrize("limit", [600, 1])
def test_a_browser_without_the_cookie_learns_the_home_page_only(
    limit: int, home_page: str, party: RelyingParty, visit: Visit, settings: Any
) -> None:
    Application.objects.update(home_page=home_page)
    journey = Journey(party, visit, settings)
    sent = journey.start()
    back = f"{journey.callback}?{urlencode({'state': sent['state'], 'code': 'the-code'})}"
    settings.MENKOU_LIMIT_CALLBACKS = limit
    stranger = client_of(visit.project.host)
    for _attempt in range(2):
        response = stranger.get(back)
    text = response.content.decode()
    assert response.status_code == (400 if limit > 1 else 429)
    shown = [HOME] if home_page and limit > 1 else []
    assert re.findall(r'<a href="([^"]+)">Back to Shop</a>', text) == shown
    # Whoever has copied a callback cannot go on with the request.
    assert "request=" not in text


@pytest.mark.parametrize("home_page", [HOME, ""], ids=["home", "no-home"])
def test_too_many_requests_lead_to_the_home_page(
    home_page: str, party: RelyingParty, visit: Visit, settings: Any
) -> None:
    Application.objects.update(home_page=home_page)
    settings.MENKOU_LIMIT_AUTHORIZATIONS = 1
    for _attempt in range(2):
        response = visit.client.get("/oauth2/authorize", party.question())
    assert response.status_code == 429
    assert BACK.findall(response.content.decode()) == ([home_page] if home_page else [])


def test_the_projects_own_pages_lead_back_to_nothing(visit: Visit, person: User) -> None:
    Connection.objects.all().delete()
    for path in ("/sso/unknown/elsewhere", "/sso/unknown/elsewhere?next=/account"):
        assert visit.get(path).status_code == 404
    origin = {"origin": f"http://{visit.project.host}"}
    start = visit.client.post("/sso/unknown/start", {"next": "/account"}, headers=origin)
    assert start.status_code == 404
    for path in ("/login", "/sso/oauth2/callback/unknown?state=x"):
        assert not BACK.search(visit.get(path).content.decode())
