"""Requests that nobody sends by mistake, and requests that meet a deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection as database
from django.http import HttpResponse
from django.utils import timezone

from applications import services
from applications.access import end_access
from applications.models import (
    Application,
    AuthorizationRequest,
    Consent,
    DeveloperError,
    Grant,
    LogoutDelivery,
    LogoutRequest,
    Token,
)
from applications.protocol.parameters import AuthorizationParameters
from applications.services import ApplicationFields, add_application
from applications.tokens.deletion import STATEMENTS, hold_grants
from connections.models import EndUserSession
from projects.models import Project, User
from tests.applications.relying_party import challenge_of
from tests.applications.test_code_flow import CALLBACK, VERIFIER, ask, redeem, returned
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.applications.test_developer_errors import FORM, basic_header
from tests.cast import client_of, end_user_session, make_connection, sign_in_as
from tests.connections.concurrent import overtaken
from tests.rows import each_row

Shop = tuple[Application, str]
REFRESH = {"grant_type": "refresh_token"}


def tokens_of(shop: Shop, person: User) -> dict[str, str]:
    code = returned(ask(sign_in_as(person), shop[0]))["code"]
    sent = {"code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    answer: dict[str, str] = redeem(client_of(shop[0].project.host), shop, **sent).json()
    return answer


# --- parameters -----------------------------------------------------------------------------------


@each_row("is_signed_in", [True, False], undo=True)
@each_row(
    "claims",
    [
        r'{"userinfo": {"a\u0000b": null}}',
        r'{"userinfo": {"a\ud800b": null}, "id_token": {"\udfff": null}}',
        r'{"id_token": {"sub": {"value": "\u0000"}}}',
        r'{"id_token": {"sub": {"value": "\udfff"}}}',
        '{"userinfo": {"sub": {"value": 9' + "9" * 3000 + "}}}",
        '{"userinfo": {"x": ' + '{"a":' * 600 + "1" + "}" * 602,
    ],
    undo=True,
)
def test_claims_that_the_database_cannot_store(
    shop: Shop, person: User, claims: str, is_signed_in: bool
) -> None:
    browser = sign_in_as(person) if is_signed_in else client_of(shop[0].project.host)
    response = ask(browser, shop[0], claims=claims)
    assert response.status_code == 303
    for kept in (*Grant.objects.all(), *AuthorizationRequest.objects.all()):
        asked = kept.claims if isinstance(kept, Grant) else kept.parameters["claims"]
        assert not any(asked.values())


def test_nobody_has_a_subject_that_cannot_be_one(shop: Shop, person: User) -> None:
    claims = r'{"id_token": {"sub": {"value": "\u0000"}}}'
    told = returned(ask(sign_in_as(person), shop[0], claims=claims, prompt="none"))
    assert told["error"] == "login_required"


@each_row(
    "verifier, is_right",
    [
        ("~" * 43, True),
        ("v" * 128, True),
        ("v" * 42, False),
        ("v" * 129, False),
        ("v" * 42 + "/", False),
        ("v" * 43 + "\n", False),
        ("v" * 42 + "中", False),
    ],
    undo=True,
)
def test_code_verifiers_have_the_form_of_the_standard(
    shop: Shop, person: User, verifier: str, is_right: bool
) -> None:
    code = returned(ask(sign_in_as(person), shop[0], **challenge_of(verifier)))["code"]
    sent = {"code": code, "code_verifier": verifier, "redirect_uri": CALLBACK}
    response = redeem(client_of(shop[0].project.host), shop, **sent)
    assert response.status_code == (200 if is_right else 400)
    causes = [each.cause for each in DeveloperError.objects.all()]
    assert causes == ([] if is_right else ["verifier_wrong"])


@each_row(
    "kind, uri",
    [
        ("native", "com.example.app:/callback"),
        ("native", "com.example.app:///callback"),
        ("native", "com.example.app://"),
        ("website", "https://shop.example/callback?flag"),
        ("website", "https://shop.example/callback?a=1;b=%20%2f&&c=~"),
        ("website", "https://shop.example/callback?"),
        ("website", "https://shop.example"),
    ],
    undo=True,
)
def test_a_redirect_changes_nothing_of_the_uri(
    project: Project, owner: User, person: User, kind: str, uri: str
) -> None:
    fields = ApplicationFields(name="App", kind=kind, redirect_uris=[uri])
    application, _secret = add_application(project, fields, actor=owner)
    # A new sign-in is necessary for an app's own scheme.
    url = ask(sign_in_as(person), application, redirect_uri=uri, scope="profile")["Location"]
    assert url.startswith(uri)
    added = url.removeprefix(uri).lstrip("?&")
    assert parse_qs(added)["error"] == ["invalid_scope"]
    assert url.count("?") == 1


def test_a_received_uri_is_shown_without_what_may_be_a_token(shop: Shop, person: User) -> None:
    planted = tokens_of(shop, person)["access_token"]
    ask(sign_in_as(person), shop[0], redirect_uri=f"{CALLBACK}/x?page=2&token={planted}")
    received = DeveloperError.objects.get().facts["received"]
    assert received.startswith(f"{CALLBACK}/x?page=2")
    assert planted not in received


def test_the_way_back_names_the_issuer(shop: Shop, person: User) -> None:
    Application.objects.update(initiate_login_uri="https://shop.example/login?from=menkou")
    page = ask(sign_in_as(person), shop[0], redirect_uri=f"{CALLBACK}/x").content.decode()
    href = page.partition('class="action" href="')[2].partition('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(href).query)
    assert query == {"from": ["menkou"], "iss": [shop[0].project.issuer]}


# --- what has changed meanwhile -------------------------------------------------------------------


def test_a_redirect_uri_that_was_removed_gets_nothing_more(shop: Shop, person: User) -> None:
    browser = sign_in_as(person)
    sign_in = ask(browser, shop[0], prompt="login")["Location"]
    waiting = sign_in.replace("/login", "/oauth2/continue")
    EndUserSession.objects.update(auth_time=timezone.now())
    Application.objects.update(redirect_uris=["https://shop.example/other"])
    refused = browser.get(waiting)
    assert refused.status_code == 400
    assert "Location" not in refused
    Application.objects.update(redirect_uris=[CALLBACK])
    assert "code" in returned(browser.get(waiting))


@pytest.mark.parametrize("given", [{"max_age": "5"}, {"prompt": "login"}])
def test_a_new_sign_in_does_not_count_for_long(
    shop: Shop, person: User, given: dict[str, str]
) -> None:
    browser = sign_in_as(person)
    EndUserSession.objects.update(auth_time=timezone.now() - timedelta(hours=1))
    sign_in = ask(browser, shop[0], **given)["Location"]
    waiting = sign_in.replace("/login", "/oauth2/continue")
    AuthorizationRequest.objects.update(created_at=timezone.now() - timedelta(minutes=50))
    EndUserSession.objects.update(auth_time=timezone.now() - timedelta(minutes=40))
    assert browser.get(waiting)["Location"] == sign_in
    EndUserSession.objects.update(auth_time=timezone.now() - timedelta(seconds=30))
    assert "code" in returned(browser.get(waiting))


def test_a_session_of_a_deleted_connection_is_not_one_of_its_successor(
    shop: Shop, person: User
) -> None:
    Application.objects.update(connections=["wechat_web"])
    connection = make_connection(shop[0].project)
    browser = client_of(shop[0].project.host)
    browser.cookies[configured.SESSION_COOKIE_NAME] = end_user_session(
        person, alias=connection.alias, connection=connection
    )
    assert "code" in returned(ask(browser, shop[0]))
    connection.delete()
    make_connection(shop[0].project)
    assert returned(ask(browser, shop[0], prompt="none"))["error"] == "login_required"


def test_a_request_that_another_version_has_stored(shop: Shop) -> None:
    stored = AuthorizationParameters(redirect_uri=CALLBACK, scope=("openid",)).as_json()
    read = AuthorizationParameters.from_json({**stored, "prompt": ["login"], "later": 1})
    assert (read.scope, read.prompt) == (("openid",), ("login",))


# --- other applications ---------------------------------------------------------------------------


@each_row("path", ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"], undo=True)
@each_row(
    "header, body",
    [
        (True, "client_secret=x"),
        (True, "client_id=other"),
        (True, ""),
        (False, "client_id={client_id}&client_secret=mkcs_x"),
    ],
    undo=True,
)
def test_nothing_says_whether_an_application_exists(
    shop: Shop, path: str, header: bool, body: str
) -> None:
    answers = []
    for application in (shop[0], Application(client_id="a" * 24)):
        sent = body.format(client_id=application.client_id) + "&token=x&code=x"
        response = client_of(shop[0].project.host).post(
            path,
            sent + "&grant_type=authorization_code",
            content_type=FORM,
            headers=basic_header((application, "mkcs_x")) if header else {},
        )
        answers.append((response.status_code, response.content))
    assert answers[0] == answers[1]


def test_introspection_of_another_applications_tokens(
    shop: Shop, person: User, owner: User
) -> None:
    fields = ApplicationFields(name="API", redirect_uris=[CALLBACK])
    other, secret = add_application(shop[0].project, fields, actor=owner)
    assert secret is not None
    tokens, server = tokens_of(shop, person), client_of(shop[0].project.host)
    active = {}
    for name, sender in (("own", shop), ("other", (other, secret.value))):
        for kind in ("access_token", "refresh_token"):
            response = server.post(
                "/oauth2/introspect",
                f"token={tokens[kind]}",
                content_type=FORM,
                headers=basic_header(sender),
            )
            active[name, kind] = response.json()["active"]
    assert active == {
        ("own", "access_token"): True,
        ("own", "refresh_token"): True,
        ("other", "access_token"): True,
        ("other", "refresh_token"): False,
    }


# --- deletions ------------------------------------------------------------------------------------


def run(statement: str, ids: list[Any]) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, [ids])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_an_application_that_is_deleted_during_a_request(
    shop: Shop, person: User, owner: User, is_signed_in: bool
) -> None:
    browser = sign_in_as(person) if is_signed_in else client_of(shop[0].project.host)
    response: HttpResponse = overtaken(
        lambda: ask(browser, shop[0]),
        by=lambda: services.delete_application(shop[0], actor=owner),
    )
    assert response.status_code == 400
    assert "This sign-in has expired" in response.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["refresh", "revoke"])
def test_a_deletion_and_a_token_never_wait_for_each_other(
    shop: Shop, person: User, act: str
) -> None:
    token, server = tokens_of(shop, person)["refresh_token"], client_of(shop[0].project.host)

    def use() -> Any:
        if act == "refresh":
            return redeem(server, shop, **REFRESH, refresh_token=token)
        headers = basic_header(shop)
        return server.post("/oauth2/revoke", f"token={token}", content_type=FORM, headers=headers)

    ids = [shop[0].pk]
    response = overtaken(
        use,
        by=lambda: run(STATEMENTS[0], ids),
        then=lambda: [run(each, ids) for each in STATEMENTS[1:]],
    )
    assert response.status_code == (400 if act == "refresh" else 200)
    assert Token.objects.count() == Grant.objects.count() == 0


@pytest.mark.parametrize(("kind", "refreshed"), [("access_token", 200), ("refresh_token", 400)])
def test_what_a_revocation_ends(shop: Shop, person: User, kind: str, refreshed: int) -> None:
    tokens, server = tokens_of(shop, person), client_of(shop[0].project.host)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert server.get("/oauth2/userinfo", headers=bearer).status_code == 200
    form = f"token={tokens[kind]}"
    server.post("/oauth2/revoke", form, content_type=FORM, headers=basic_header(shop))
    assert server.get("/oauth2/userinfo", headers=bearer).status_code == 401
    again = redeem(server, shop, **REFRESH, refresh_token=tokens["refresh_token"])
    assert again.status_code == refreshed


@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_deleted_and_a_refresh_never_wait_for_each_other(
    shop: Shop, person: User
) -> None:
    token, server = tokens_of(shop, person)["refresh_token"], client_of(shop[0].project.host)
    response = overtaken(
        lambda: redeem(server, shop, **REFRESH, refresh_token=token),
        by=lambda: hold_grants(person),
        then=person.delete,
    )
    assert response.status_code == 400
    assert Token.objects.count() == Grant.objects.count() == 0


# --- sign-outs ------------------------------------------------------------------------------------


def test_a_sign_out_with_a_long_state(shop: Shop, person: User) -> None:
    Application.objects.update(post_logout_redirect_uris=[CALLBACK])
    sent = {"client_id": shop[0].client_id, "post_logout_redirect_uri": CALLBACK}
    for browser in (sign_in_as(person), client_of(shop[0].project.host)):
        for state, statuses in (("s" * 4096, {303}), ("中" * 4096, {200, 303})):
            response = browser.get("/oauth2/logout", {**sent, "state": state})
            assert response.status_code in statuses
            assert len(response.get("Location", "")) < 8000


def test_nobody_fills_the_table_of_sign_outs(shop: Shop, settings: Any) -> None:
    settings.MENKOU_LIMIT_AUTHORIZATIONS = 2
    server = client_of(shop[0].project.host)
    statuses = [server.post("/oauth2/logout").status_code for _attempt in range(4)]
    assert statuses == [303, 303, 429, 429]
    assert LogoutRequest.objects.count() == 2


def test_a_sign_out_to_an_unknown_uri_keeps_no_token(shop: Shop, person: User) -> None:
    planted = tokens_of(shop, person)["access_token"]
    sent = {"client_id": shop[0].client_id, "post_logout_redirect_uri": f"{CALLBACK}?t={planted}"}
    sign_in_as(person).get("/oauth2/logout", sent)
    assert planted not in str(DeveloperError.objects.get().facts)


@pytest.mark.django_db(transaction=True)
def test_access_that_is_ended_while_the_application_is_deleted(
    shop: Shop, person: User, owner: User
) -> None:
    Application.objects.update(backchannel_logout_uri="https://shop.example/backchannel")
    tokens_of(shop, person)
    Consent.objects.create(application=shop[0], user=person, scope="openid")
    overtaken(
        lambda: end_access(person, shop[0].client_id),
        by=lambda: services.lock_application(shop[0]),
        then=lambda: services.delete_application(shop[0], actor=owner),
    )
    assert Grant.objects.count() == LogoutDelivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_sign_out_and_a_deletion_never_wait_for_each_other(
    shop: Shop, person: User, owner: User
) -> None:
    Application.objects.update(backchannel_logout_uri="https://shop.example/backchannel")
    for _time in range(2):
        tokens_of(shop, person)
    browser = sign_in_as(person)
    returned(ask(browser, shop[0]))
    Grant.objects.update(sid=EndUserSession.objects.latest("created_at").sid)
    response = overtaken(
        lambda: browser.post("/logout", headers={"Sec-Fetch-Site": "same-origin"}),
        by=lambda: services.lock_application(shop[0]),
        then=lambda: services.delete_application(shop[0], actor=owner),
    )
    assert response.status_code == 302
    assert Grant.objects.count() == LogoutDelivery.objects.count() == 0
