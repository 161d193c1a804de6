"""Straight to one provider: who is led there, who is not, and what happens after a failure."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Application, AuthorizationRequest, DeveloperError, Grant
from connections.models import Connection, EndUserSession, PendingSignIn, SignIn
from connections.models.sign_in import Outcome
from core.limits.models import RateLimitBucket
from projects.models import Project, User
from projects.tenants.hosts import hosts
from signin.page_cache.cache import page_cache
from tests.applications.later import let_pass
from tests.applications.relying_party import (
    FORM,
    START,
    RelyingParty,
    hidden_fields,
    register,
)
from tests.browsers import DESKTOP, PHONE, WECHAT, WECOM
from tests.cast import client_of, end_user_session, make_connection, make_official_account
from tests.connections.sign_in_assertions import title_of
from tests.openid import OpenID, connect, openid_settings

COMPANY = "openid_connect"
OFFICIAL = "wechat_official_account"
HINT = "ada.lovelace@example.com"


@pytest.fixture
def company(project: Project, provider: OpenID) -> Connection:
    """A connection to an OpenID provider that somebody can sign in at."""
    return connect(project, COMPANY, **openid_settings(provider.origin))


@pytest.fixture
def browser(project: Project) -> Client:
    """A browser in which nobody is signed in."""
    return client_of(project.host)


@pytest.fixture
def signed_in_by(project: Project, person: User) -> Callable[..., Client]:
    """A browser with a session of the person by some connection."""

    def sign_in(connection: Connection | None, **given: Any) -> Client:
        from django.conf import settings

        client = client_of(project.host)
        alias = {"alias": connection.alias} if connection else {}
        client.cookies[settings.SESSION_COOKIE_NAME] = end_user_session(
            person, connection=connection, **{**alias, **given}
        )
        return client

    return sign_in


def ask(browser: Client, party: RelyingParty, **changes: Any) -> str:
    """Send an authorization request; return where it leads."""
    query = urlencode(party.question(**changes))
    response = browser.get(f"/oauth2/authorize?{query}")
    assert response.status_code == 303, response.content
    return str(response["Location"])


def going(party: RelyingParty, alias: str, location: str) -> str:
    """Expect that a request leads straight to a connection; return the id of the request."""
    parts = urlsplit(location)
    assert parts.path == f"/sso/{alias}/go", location
    sent = dict(parse_qsl(parts.query))
    assert sent["application"] == party.application.client_id
    return sent["request"]


def go(browser: Client, location: str, **headers: str) -> HttpResponse:
    """Follow a redirect of ours, one step."""
    response: HttpResponse = browser.get(location, headers=headers)
    return response


def left_for(response: HttpResponse, origin: str) -> dict[str, str]:
    """Expect a redirect to the provider; return its parameters."""
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(origin), response["Location"]
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    return dict(parse_qsl(urlsplit(response["Location"]).query))


def starts_of(page: HttpResponse) -> list[tuple[str, dict[str, str]]]:
    """The forms of a sign-in page: where they lead, and their fields."""
    text = page.content.decode()
    assert page.status_code == 200, text
    return [(action, hidden_fields(form)) for action, form in START.findall(text)]


def come_back(browser: Client, sent: dict[str, str], provider: OpenID, **said: str) -> HttpResponse:
    """Come back from the OpenID provider, signed in or with what it says."""
    provider.nonce = sent.get("nonce", "")
    answer = {"state": sent["state"], **(said or {"code": "the-code"})}
    path = urlsplit(sent["redirect_uri"]).path
    response: HttpResponse = browser.get(f"{path}?{urlencode(answer)}")
    return response


# --- which requests lead straight to a provider ---------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "given", "allowed", "is_straight"),
    [
        ("wechat_web", {}, [], True),
        ("wechat_web", {}, ["wechat_web", "other"], True),
        ("wechat_web", {}, ["other"], False),
        ("wechat_web", {"enabled": False}, [], False),
        ("wechat_web", {"provider": "of_an_earlier_release"}, [], False),
        ("unknown", {}, [], False),
        ("Wechat_Web", {}, [], False),
        ("wechat_web ", {}, [], False),
        ("wechat_web\n", {}, [], False),
        ("a" * 41, {}, [], False),
        ("a" * 4096, {}, [], False),
        ("../login", {}, [], False),
        ("微信", {}, [], False),
    ],
)
def test_a_connection_must_be_one_that_the_application_can_use(
    project: Project,
    browser: Client,
    alias: str,
    given: dict[str, Any],
    allowed: list[str],
    is_straight: bool,
) -> None:
    connection = make_connection(project)
    Connection.objects.filter(pk=connection.pk).update(**given)
    party = register(project, pkce_optional=True, connections=allowed)

    location = ask(browser, party, connection=alias)

    if is_straight:
        going(party, "wechat_web", location)
        assert not DeveloperError.objects.exists()
        return
    told = dict(parse_qsl(urlsplit(location).query))
    assert location.startswith(party.callback)
    assert told["error"] == "invalid_request"
    assert "connection" in told["error_description"]
    mistake = DeveloperError.objects.get()
    assert mistake.cause == "connection_unusable"
    assert len(json.dumps(mistake.facts)) < 300
    assert not AuthorizationRequest.objects.exists()


def test_another_projects_connection_is_none(
    project: Project, other_project: Project, browser: Client
) -> None:
    make_connection(other_project)
    party = register(project, pkce_optional=True)

    assert "error=invalid_request" in ask(browser, party, connection="wechat_web")


def test_a_repeated_connection_is_refused(project: Project, browser: Client) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)
    query = urlencode([*party.question().items(), *[("connection", "wechat_web")] * 2])

    response = browser.get(f"/oauth2/authorize?{query}")

    assert "error=invalid_request" in response["Location"]


@pytest.mark.parametrize(
    ("sent", "alias"),
    [
        ({"kc_idp_hint": "wechat_web"}, "wechat_web"),
        ({"direct_sign_in": "social:wechat_web"}, "wechat_web"),
        ({"x_oauth_provider_alias": "wechat_web"}, "wechat_web"),
        # Ours counts.
        ({"kc_idp_hint": "unknown", "connection": "wechat_web"}, "wechat_web"),
        # What nobody knows is ignored, as parameters that nobody knows are.
        ({"kc_idp_hint": "unknown"}, ""),
        ({"kc_idp_hint": "off"}, ""),
        ({"kc_idp_hint": "social:wechat_web"}, ""),
        ({"direct_sign_in": "wechat_web"}, ""),
        ({"direct_sign_in": "sso:wechat_web"}, ""),
        ({"direct_sign_in": "social:"}, ""),
        ({"x_oauth_provider_alias": "\x7f"}, ""),
        ({"x_oauth_provider_alias": "a" * 5000}, ""),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("is_on", [True, False])
def test_parameters_of_other_products_work_behind_a_switch(
    project: Project, browser: Client, sent: dict[str, str], alias: str, is_on: bool
) -> None:
    make_connection(project)
    make_connection(project, alias="off", enabled=False)
    party = register(project, pkce_optional=True, accept_foreign_parameters=is_on)

    location = ask(browser, party, **sent)

    if alias and (is_on or "connection" in sent):
        going(party, alias, location)
    else:
        assert location.startswith("/login?"), location
        assert "connection" not in location
    assert not DeveloperError.objects.exists()


def test_the_language_of_the_request_goes_along(project: Project, browser: Client) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)

    location = ask(browser, party, connection="wechat_web", ui_locales="fr zh-CN en")
    going(party, "wechat_web", location)

    assert "lang=zh-hans" in location
    assert "lang=cn" in go(browser, location)["Location"] or "zh-hans" in str(browser.cookies)


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_by_the_same_connection_is_enough_and_one_by_another_is_not(
    project: Project, company: Connection, signed_in_by: Callable[..., Client]
) -> None:
    wechat = make_connection(project)
    party = register(project, pkce_optional=True)

    for session_of, asked, is_enough in [
        (wechat, "wechat_web", True),
        (company, COMPANY, True),
        (company, "wechat_web", False),
        (wechat, COMPANY, False),
        (None, COMPANY, False),
        (wechat, None, True),
    ]:
        location = ask(signed_in_by(session_of), party, connection=asked)
        assert location.startswith(party.callback) is is_enough, (session_of, asked)
        if not is_enough:
            going(party, str(asked), location)


def test_the_alias_of_a_deleted_connection_proves_nothing(
    project: Project, signed_in_by: Callable[..., Client]
) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)
    browser = signed_in_by(None, alias="wechat_web")

    going(party, "wechat_web", ask(browser, party, connection="wechat_web"))


@pytest.mark.parametrize(
    ("given", "allowed", "is_enough"),
    [
        ({}, [], True),
        ({}, ["wechat_web", OFFICIAL], True),
        # Not the same people, so not the same button.
        ({"account_id": "gh_aaaaaaaaaaaa"}, [], False),
        ({"test_account": True}, [], False),
    ],
)
def test_connections_of_one_button_stand_for_each_other(
    project: Project,
    signed_in_by: Callable[..., Client],
    given: dict[str, Any],
    allowed: list[str],
    is_enough: bool,
) -> None:
    make_connection(project)
    official = make_official_account(project, **given)
    party = register(project, pkce_optional=True, connections=allowed)

    location = ask(signed_in_by(official), party, connection="wechat_web")

    assert location.startswith(party.callback) is is_enough


@pytest.mark.parametrize("method", ["get", "post"])
def test_silence_never_leaves_for_a_provider(
    project: Project, company: Connection, signed_in_by: Callable[..., Client], method: str
) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)
    browser = signed_in_by(company)
    question = party.question(prompt="none", connection="wechat_web")

    if method == "get":
        response = browser.get(f"/oauth2/authorize?{urlencode(question)}")
    else:
        stranger = client_of(project.host)
        sent = stranger.post("/oauth2/authorize", urlencode(question), content_type=FORM)
        # Whatever somebody makes of the path, the provider is not reached.
        straight = sent["Location"].replace("/oauth2/continue", "/sso/wechat_web/go")
        assert go(browser, straight)["Location"].startswith("/oauth2/continue?")
        response = browser.get(sent["Location"])

    assert response["Location"].startswith(party.callback)
    assert "error=login_required" in response["Location"]
    assert not PendingSignIn.objects.exists()


# --- the way to the provider ----------------------------------------------------------------------


def test_it_is_two_redirects_and_six_statements(
    project: Project, company: Connection, browser: Client, provider: OpenID
) -> None:
    party = register(project, pkce_optional=True)
    question = urlencode(party.question(connection=COMPANY))
    # The provider's addresses are known by then, as they are in a running server.
    go(browser, ask(browser, party, connection=COMPANY))

    with CaptureQueriesContext(database) as asked:
        location = browser.get(f"/oauth2/authorize?{question}")["Location"]
        left = go(browser, location)

    # A running server knows its projects as well.
    statements = [each["sql"] for each in asked]
    ours = [each for each in statements if not each.startswith('SELECT "projects_project"')]
    assert len(ours) <= 6, ours
    sent = left_for(left, provider.origin)
    response = come_back(browser, sent, provider)
    arrived = browser.get(response["Location"])
    assert arrived["Location"].startswith(f"{party.callback}?code=")
    assert EndUserSession.objects.get().alias == COMPANY
    assert Grant.objects.count() == 1


def test_a_form_of_the_website_leads_straight_as_well(
    project: Project, company: Connection, provider: OpenID
) -> None:
    party = register(project, pkce_optional=True)
    stranger, browser = client_of(project.host), client_of(project.host)
    question = urlencode(party.question(connection=COMPANY))
    sent = stranger.post("/oauth2/authorize", question, content_type=FORM)

    location = browser.get(sent["Location"])["Location"]
    going(party, COMPANY, location)
    asked = left_for(go(browser, location), provider.origin)

    # What comes back from the provider does not go there again, whatever it was.
    failed = come_back(browser, asked, provider, error="access_denied")
    (action, _fields) = starts_of(browser.get(following(browser, failed)))[0]
    assert action == f"/sso/{COMPANY}/start"


def following(browser: Client, page: HttpResponse) -> str:
    """The address to which the only button of an outcome page leads in the end."""
    text = page.content.decode()
    href = text.split('<a class="action" href="')[1].split('"')[0].replace("&amp;", "&")
    response = browser.get(href)
    return str(response["Location"]) if response.has_header("Location") else href


def test_who_cancels_sees_the_sign_in_page_and_can_try_again(
    project: Project, company: Connection, browser: Client, provider: OpenID
) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)
    location = ask(browser, party, connection=COMPANY)
    sent = left_for(go(browser, location), provider.origin)

    cancelled = come_back(browser, sent, provider, error="access_denied")

    assert title_of(cancelled) == "Sign-in cancelled"
    assert SignIn.objects.get().outcome == Outcome.CANCELLED
    again = following(browser, cancelled)
    assert again.startswith("/login?")
    page = browser.get(again)
    # The application accepts no other.
    ((action, fields),) = starts_of(page)
    assert action == f"/sso/{COMPANY}/start"
    origin = {"origin": f"http://{project.host}"}
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
    sent = left_for(browser.post(action, fields, headers=origin), provider.origin)
    back = come_back(browser, sent, provider)
    assert browser.get(back["Location"])["Location"].startswith(f"{party.callback}?code=")
    # The back button: the same request, once more. It has its code, so nobody scans in vain.
    let_pass(minutes=2)
    over = go(browser, location)
    assert over["Location"].startswith("/oauth2/continue?")
    assert title_of(browser.get(over["Location"])) == "This sign-in has expired"


@pytest.mark.parametrize(
    "how",
    ["unknown", "no_ids", "another", "any", "over", "not_allowed", "of_another_project", "image"],
)
def test_no_other_request_starts_a_sign_in(
    project: Project, other_project: Project, browser: Client, how: str
) -> None:
    make_connection(project)
    make_connection(project, alias="second")
    make_connection(other_project)
    party = register(project, pkce_optional=True)
    asked = None if how == "any" else "wechat_web"
    location = ask(browser, party, connection=asked)
    request_id = dict(parse_qsl(urlsplit(location).query))["request"]
    query = f"application={party.application.client_id}&request={request_id}"
    location = f"/sso/wechat_web/go?{query}"
    headers = {}
    if how == "unknown":
        location = location.replace(request_id, "x" * 32)
    elif how == "no_ids":
        location = "/sso/wechat_web/go"
    elif how == "another":
        location = location.replace("wechat_web", "second")
    elif how == "over":
        let_pass(hours=2)
    elif how == "not_allowed":
        Application.objects.update(connections=["second"])
    elif how == "of_another_project":
        browser = client_of(other_project.host)
    elif how == "image":
        headers = {"sec-fetch-dest": "image"}
    RateLimitBucket.objects.all().delete()

    response = go(browser, location, **headers)

    assert response.status_code == 302
    assert response["Location"].startswith("/oauth2/continue?")
    assert not PendingSignIn.objects.exists()
    assert not SignIn.objects.exists()
    # It is not counted, either.
    assert not RateLimitBucket.objects.exists()
    # And does not come back.
    then = browser.get(response["Location"])
    assert "/go" not in then.get("Location", "")


def test_a_connection_that_was_turned_off_meanwhile_says_so_and_leads_to_the_page(
    project: Project, browser: Client
) -> None:
    connection = make_connection(project)
    party = register(project, pkce_optional=True)
    location = ask(browser, party, connection="wechat_web")
    Connection.objects.filter(pk=connection.pk).update(enabled=False)

    response = go(browser, location)

    assert response.status_code == 503
    assert SignIn.objects.get().cause == "disabled"
    page = browser.get(following(browser, response))
    assert starts_of(page) == []
    assert "Sign-in is not available yet" in page.content.decode()


def test_a_connection_that_was_deleted_meanwhile_leads_to_the_page(
    project: Project, browser: Client
) -> None:
    connection = make_connection(project)
    party = register(project, pkce_optional=True)
    location = ask(browser, party, connection="wechat_web")
    connection.delete()

    assert go(browser, location)["Location"].startswith("/oauth2/continue?")


def test_too_many_attempts_can_be_repeated_where_they_were(
    project: Project, browser: Client, settings: Any
) -> None:
    settings.MENKOU_LIMIT_STARTS = 1
    make_connection(project)
    party = register(project, pkce_optional=True)
    location = ask(browser, party, connection="wechat_web")
    assert go(browser, location).status_code == 302

    refused = go(browser, location)

    assert refused.status_code == 429
    assert 'href=""' in refused.content.decode()
    RateLimitBucket.objects.all().delete()
    assert go(browser, location).status_code == 302


@pytest.mark.parametrize(
    ("said", "asked", "connections", "leads"),
    [
        (DESKTOP, "wechat_web", "both", "/connect/qrconnect"),
        (DESKTOP, OFFICIAL, "both", "/connect/qrconnect"),
        (WECHAT, "wechat_web", "both", "/connect/oauth2/authorize"),
        (WECHAT, OFFICIAL, "both", "/connect/oauth2/authorize"),
        (WECHAT, OFFICIAL, "official", "/connect/oauth2/authorize"),
        (PHONE, "wechat_web", "both", f"/sso/{OFFICIAL}/elsewhere"),
        (PHONE, OFFICIAL, "both", f"/sso/{OFFICIAL}/elsewhere"),
        (DESKTOP, OFFICIAL, "official", f"/sso/{OFFICIAL}/elsewhere"),
        (WECOM, "wechat_web", "both", f"/sso/{OFFICIAL}/elsewhere"),
        (PHONE, "wechat_web", "web", "/connect/qrconnect"),
        # A refusal, as at the button.
        (WECHAT, "wechat_web", "web", ""),
        (WECHAT, "wechat_web", "official_not_allowed", ""),
    ],
)
def test_the_browser_decides_as_it_does_at_the_button(
    project: Project, browser: Client, said: str, asked: str, connections: str, leads: str
) -> None:
    if connections != "official":
        make_connection(project)
    if connections != "web":
        make_official_account(project)
    allowed = ["wechat_web"] if connections == "official_not_allowed" else []
    party = register(project, pkce_optional=True, connections=allowed)
    browser.defaults["HTTP_USER_AGENT"] = said

    response = go(browser, ask(browser, party, connection=asked))
    if "/go?" in response.get("Location", ""):
        response = go(browser, response["Location"])

    if not leads:
        assert response.status_code == 403
        assert SignIn.objects.get().cause == "in_wechat"
        return
    assert urlsplit(response["Location"]).path == leads
    assert PendingSignIn.objects.exists() is not leads.startswith("/sso/")


def test_the_page_for_another_browser_goes_on_with_the_same_request(
    project: Project, browser: Client
) -> None:
    make_connection(project)
    make_official_account(project)
    party = register(project, pkce_optional=True)
    browser.defaults["HTTP_USER_AGENT"] = PHONE
    elsewhere = go(browser, ask(browser, party, connection="wechat_web"))["Location"]

    page = browser.get(elsewhere)

    text = page.content.decode()
    assert "Continue in WeChat" in text
    request_id = parse_qs(urlsplit(parse_qs(urlsplit(elsewhere).query)["next"][0]).query)["request"]
    # The link to copy, the QR code, and the way back, all of this request.
    assert text.count(request_id[0]) >= 3
    assert 'action="/sso/wechat_web/start"' in text
    back = text.split('<p class="signin-back"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert "/go" not in browser.get(back).get("Location", "")
    # Without the other one, there is no QR code that the application would not accept.
    Application.objects.update(connections=[OFFICIAL])
    assert 'action="/sso/' not in browser.get(elsewhere).content.decode()


# --- the hint -------------------------------------------------------------------------------------


def test_a_login_hint_reaches_the_provider_and_nothing_else(
    project: Project,
    company: Connection,
    browser: Client,
    provider: OpenID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    party = register(project, pkce_optional=True)

    location = ask(browser, party, connection=COMPANY, login_hint=HINT)
    response = go(browser, location)
    sent = left_for(response, provider.origin)

    assert sent["login_hint"] == HINT
    assert "lovelace" not in location
    cancelled = come_back(browser, sent, provider, error="access_denied")
    page = browser.get(following(browser, cancelled))
    for each in (cancelled, page):
        assert "lovelace" not in each.content.decode()
    # The button of the page passes it on as well.
    ((action, fields),) = starts_of(page)
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
    origin = {"origin": f"http://{project.host}"}
    pressed = browser.post(action, fields, headers=origin)
    assert left_for(pressed, provider.origin)["login_hint"] == HINT
    assert "lovelace" not in caplog.text
    for model in (SignIn, PendingSignIn, DeveloperError):
        assert "lovelace" not in str(list(model.objects.values()))


@pytest.mark.parametrize(
    ("hint", "is_passed_on"),
    [
        (HINT, True),
        ("李雷", True),
        ("+49 30 1234567", True),
        ("a&prompt=none#x", True),
        ("l" * 500, True),
        ("l" * 501, False),
        ("a\nb", False),
        ("a\x7f", False),
        ("\u202eabc", False),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_hint_that_no_provider_would_understand_is_left_out(
    project: Project,
    company: Connection,
    browser: Client,
    provider: OpenID,
    hint: str,
    is_passed_on: bool,
) -> None:
    party = register(project, pkce_optional=True)

    sent = left_for(
        go(browser, ask(browser, party, connection=COMPANY, login_hint=hint)), provider.origin
    )

    assert sent.get("login_hint") == (hint if is_passed_on else None)
    assert "prompt" not in sent


def test_a_provider_that_knows_no_hint_gets_none(project: Project, browser: Client) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)

    location = go(browser, ask(browser, party, connection="wechat_web", login_hint=HINT))

    assert "lovelace" not in location["Location"]


def test_a_new_sign_in_is_demanded_on_the_way_as_well(
    project: Project, company: Connection, provider: OpenID, signed_in_by: Callable[..., Client]
) -> None:
    party = register(project, pkce_optional=True)
    browser = signed_in_by(company)

    location = ask(browser, party, connection=COMPANY, prompt="login")

    assert left_for(go(browser, location), provider.origin)["prompt"] == "login"


# --- the connections of an application ------------------------------------------------------------


def test_a_sign_in_by_another_connection_does_not_complete_a_request(
    project: Project, company: Connection, browser: Client, provider: OpenID
) -> None:
    make_connection(project)
    only_wechat = register(project, pkce_optional=True, connections=["wechat_web"])
    asks_for_it = register(project, name="Other", pkce_optional=True)
    origin = {"origin": f"http://{project.host}"}

    for party, changes in ((only_wechat, {}), (asks_for_it, {"connection": "wechat_web"})):
        EndUserSession.objects.all().delete()
        location = ask(browser, party, **changes)
        request_id = dict(parse_qsl(urlsplit(location).query))["request"]
        query = f"application={party.application.client_id}&request={request_id}"
        form = {"next": f"/oauth2/continue?{query}"}
        pressed = browser.post(f"/sso/{COMPANY}/start", form, headers=origin)

        back = come_back(browser, left_for(pressed, provider.origin), provider)

        assert EndUserSession.objects.get().alias == COMPANY
        then = browser.get(back["Location"])
        assert then["Location"].startswith("/login?")
        ((action, _fields),) = starts_of(browser.get(then["Location"]))
        assert action == "/sso/wechat_web/start"
    assert not Grant.objects.exists()


def test_one_allowed_connection_is_a_page_with_one_button(
    project: Project, browser: Client
) -> None:
    """Its people see where they sign in, and can go back; who wants less sends `connection`."""
    make_connection(project)
    make_connection(project, alias="second")
    party = register(project, pkce_optional=True, connections=["wechat_web"])

    location = ask(browser, party)

    assert location.startswith("/login?")
    ((action, _fields),) = starts_of(browser.get(location))
    assert action == "/sso/wechat_web/start"


def test_a_stored_request_of_an_earlier_release_goes_on(
    project: Project, browser: Client, person: User
) -> None:
    make_connection(project)
    party = register(project, pkce_optional=True)
    location = ask(browser, party)
    stored = AuthorizationRequest.objects.get()
    for name in ("connection", "same_people", "login_hint"):
        del stored.parameters[name]
    stored.save()

    assert browser.get(location.replace("/login", "/oauth2/continue"))["Location"] == location


@pytest.fixture
def kept_pages(settings: Any) -> Iterator[Callable[[Application], list[str]]]:
    """Of which connections the sign-in page of an application is kept."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024

    def kept(application: Application) -> list[str]:
        keys = [key for key in page_cache._pages if key.application == application.client_id]
        return sorted({key.connection for key in keys})

    yield kept
    hosts.listener.stop()


def test_the_page_is_kept_by_connection_and_nothing_made_up_is_kept(
    project: Project, kept_pages: Callable[[Application], list[str]]
) -> None:
    make_connection(project)
    make_connection(project, alias="second", labels={"en": "Second"})
    party = register(project, pkce_optional=True)
    ids = ["a" * 32, "b" * 32]
    browser = client_of(project.host)

    for request_id in ids:
        for alias in ("wechat_web", "second", ""):
            query = f"application={party.application.client_id}&request={request_id}"
            query += f"&connection={alias}" if alias else ""
            page = browser.get(f"/login?{query}")
            text = page.content.decode()
            assert [action for action, _fields in starts_of(page)] == [
                f"/sso/{each}/start" for each in ("wechat_web", "second") if alias in ("", each)
            ]
            assert request_id in text
            assert "REQUESTID" not in text
            # The other language is of the same request.
            assert f"&amp;{query.replace('&', '&amp;')}".split("application")[1] in text
    assert kept_pages(party.application) == ["", "second", "wechat_web"]
    for number in range(5):
        query = f"application={party.application.client_id}&request={ids[0]}&connection=x{number}"
        text = browser.get(f"/login?{query}").content.decode()
        assert "Sign-in is not available yet" in text
        assert "REQUESTID" not in text
    assert kept_pages(party.application) == ["", "second", "wechat_web"]


def test_a_session_that_comes_later_satisfies_the_stored_request(
    project: Project, company: Connection, signed_in_by: Callable[..., Client]
) -> None:
    party = register(project, pkce_optional=True)
    location = ask(client_of(project.host), party, connection=COMPANY)
    later = signed_in_by(company, auth_time=timezone.now())

    then = later.get(location.replace(f"/sso/{COMPANY}/go", "/oauth2/continue"))

    assert then["Location"].startswith(f"{party.callback}?code=")


def test_a_pushed_request_leads_straight_as_well(
    project: Project, company: Connection, browser: Client, provider: OpenID
) -> None:
    party = register(project, pkce_optional=True)
    question = party.question(connection=COMPANY, login_hint=HINT)

    pushed = party.post("pushed_authorization_request", **question)
    refused = party.post("pushed_authorization_request", **party.question(connection="unknown"))

    assert pushed.status_code == 201, pushed.content
    request_uri = pushed.json()["request_uri"]
    query = urlencode({"client_id": question["client_id"], "request_uri": request_uri})
    location = browser.get(f"/oauth2/authorize?{query}")["Location"]
    going(party, COMPANY, location)
    assert left_for(go(browser, location), provider.origin)["login_hint"] == HINT
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request"
