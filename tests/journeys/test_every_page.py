"""Every page with the eyes of a screen reader, in both themes and languages, wide and narrow."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import expect

from applications.logos import change_logo
from applications.models import Application
from applications.services import (
    ApplicationFields,
    add_application,
    add_secret,
    change_application,
    expire_secret,
)
from connections.events import CONNECTION_CHANGED
from connections.health.rollup import count_hours
from connections.models import Connection, EndUserSession, SignIn
from core.pictures import read_picture
from core.random_text import new_random_text
from core.request_origin import request_origin
from portal.applications.snippets import FRAMEWORKS, Framework
from projects.audit.log import record_event
from projects.models import Membership, Project, Role, User
from signin.references import new_reference
from tests.cast import APPID, end_user_session, make_connection
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.pictures import png

FAILED = "7K3QX0M9ZD"
FACTS = {
    "field": "id_token alg",
    "received": "HS256",
    "expected": "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA",
    "message": "A message of the provider that is so long that it needs more than one line here.",
    "request": "POST https://id.example.com/realms/a-rather-long-name/protocol/openid-connect/token",
    "status": "200",
}
USER_AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture
def furnished(stage: Stage) -> Stage:
    """A project with connections in every state, and sign-ins that ended in every way."""
    connection = make_connection(stage.project, actor=stage.owner)
    make_connection(
        stage.project,
        actor=stage.owner,
        alias="wechat_web2",
        labels={"en": "Sign in with the WeChat of our branch office in Shenzhen"},
        client_id="wx2222222222222222",
        enabled=False,
    )
    make_connection(stage.project, alias="wechat_web3", secret="", client_id="wx3333333333333333")
    for cause, outcome in [
        ("", "ok"),
        ("cancelled", "cancelled"),
        ("40029", "retry"),
        ("40125", "config"),
        ("timeout", "temporary"),
        ("openid_mismatch", "reject"),
        ("in_wechat", "policy"),
    ]:
        SignIn.objects.create(
            project=stage.project,
            connection=connection,
            alias=connection.alias,
            provider=connection.provider,
            reference=FAILED if outcome == "config" else new_reference(),
            outcome=outcome,
            cause=cause,
            provider_code=cause if cause.isdigit() else "",
            provider_trace="5f3a1b2c-0a1b2c3d-4e5f6071" if cause.isdigit() else "",
            started_at=timezone.now(),
            returned_at=timezone.now(),
            durations={"token": 120},
            facts=FACTS if outcome == "config" else {},
        )
    count_hours()
    request = RequestFactory().post(
        "/", REMOTE_ADDR="2001:db8:1:2:3:4:5:6", HTTP_USER_AGENT=USER_AGENT
    )
    with request_origin(request, "9f9db3c1824163a2"):
        record_event(
            CONNECTION_CHANGED,
            project=stage.project,
            actor=stage.owner,
            target=connection,
            changes={
                "client_id": ("wx0000000000000000", APPID),
                "enabled": (False, True),
                "label.en": (None, "Sign in with the WeChat of our branch office in Shenzhen"),
                "secret.client_secret": ("0a1b2c3d4e5f", "5f4e3d2c1b0a"),
            },
        )
    return stage


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portals_pages_are_accessible_and_fit(furnished: Stage, language: str) -> None:
    person = furnished.browser(language)
    person.visit(f"{furnished.portal}/login", "portal-login")
    person.visit(f"{furnished.portal}/password/reset/", "password-reset")
    person.visit(f"{furnished.portal}/nowhere/", "not-found")
    person.start_session()
    for path in [
        "/projects/",
        "/projects/create/",
        "/projects/acme/",
        "/projects/acme/settings/",
        "/projects/acme/history/",
        "/projects/acme/history/?outcome=config&since=2020-01-01&until=2019-01-01",
        "/projects/acme/history/?reference=never",
        "/projects/acme/history/?person=Nobody",
        f"/projects/acme/history/{FAILED}/",
        "/projects/acme/users/",
        "/projects/acme/users/?q=Nobody&state=blocked",
        "/projects/acme/connections/",
        "/projects/acme/connections/add/",
        "/projects/acme/connections/add/wechat_web/",
        "/projects/acme/connections/wechat_web/",
        "/projects/acme/connections/wechat_web/?period=30d#activity",
        "/projects/acme/connections/wechat_web3/",
        "/projects/acme/connections/wechat_web/try/",
        "/projects/acme/connections/wechat_web/delete/",
        "/account/",
        "/password/change/",
        "/logout",
    ]:
        person.visit(furnished.portal + path, re.sub(r"\W+", "-", path.strip("/")))
    # Both themes are on it.
    person.page.goto(f"{furnished.portal}/patterns/")
    person.inspect_part("patterns", "html")
    person.page.goto(f"{furnished.portal}/projects/acme/history/?kind=changes")
    person.page.locator(".change-details > summary").first.click()
    person.inspect("history-origin")


def add_applications(stage: Stage) -> Application:
    """An application that makes mistakes and replaces its secret, and one that has none."""
    shop = ApplicationFields(
        name="Demo Shop of the Nothing Yet GmbH & Co. KG",
        redirect_uris=["https://shop.example.com/callback", "http://localhost:8900/callback"],
        backchannel_logout_uri="https://shop.example.com/logout",
    )
    application, secret = add_application(stage.project, shop, actor=stage.owner)
    assert secret is not None
    change_logo(application, read_picture(png(400, 60)), actor=stage.owner)
    application.refresh_from_db()
    add_secret(application, actor=stage.owner)
    expire_secret(secret.stored, at=timezone.now() + timedelta(days=1), actor=stage.owner)
    application.secrets.filter(pk=secret.stored.pk).update(last_used_at=timezone.now())
    for cause, facts in [
        ("redirect_uri_unknown", {"received": "https://shop.example.com/callback/?tenant=1"}),
        ("secret_wrong", {"received": "Basic"}),
    ]:
        application.errors.create(cause=cause, facts=facts, count=3, last_at=timezone.now())
    now = timezone.now()
    for given in (
        {"attempts": 5, "answer": "500", "failed_at": now},
        {"attempts": 1, "answer": "200", "delivered_at": now},
        {"attempts": 0},
    ):
        application.deliveries.create(sid=uuid4(), user=uuid4(), **given)
    app = ApplicationFields(
        name="Phone", kind="native", redirect_uris=["com.example.app:/callback"]
    )
    add_application(stage.project, app, actor=stage.owner)
    return application


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_applications_are_accessible_and_fit(stage: Stage, language: str) -> None:
    make_connection(stage.project, actor=stage.owner)
    person = stage.browser(language)
    person.start_session()
    pages = f"{stage.portal}/projects/acme/applications/"
    person.visit(pages, "applications-empty")
    application = add_applications(stage)
    address = pages + application.client_id
    secret = application.secrets.first()
    assert secret is not None
    person.visit(pages, "applications")
    person.visit(f"{address}/", "application")
    for disclosure in person.page.locator("main .disclosure > summary").all():
        disclosure.click()
    person.page.locator(".snippets .tabs label").nth(1).click()
    person.inspect("application-open")
    person.page.goto(f"{address}/")
    person.page.locator("[name=name]").fill("Shop")
    theirs = {"name": "Store", "redirect_uris": ["https://store.example.com/callback"]}
    change_application(application, theirs, actor=stage.owner)
    person.page.locator("[data-save-bar] button").click()
    expect(person.page.locator(".edit-conflict")).to_have_count(2)
    person.inspect("application-conflict")
    person.visit(f"{address}/delete/", "application-delete")
    person.visit(f"{address}/secrets/{secret.pk}/remove/", "application-secret-remove")
    person.visit(f"{address}/try/", "sample-sign-in")
    person.visit(f"{pages}add/", "application-add")
    person.page.locator("[name=redirect_uris]").fill("shop.example/callback\nhttp://a.example/")
    person.page.locator(".more-settings > summary").click()
    person.page.locator("[name=refresh_max_days]").fill("7")
    person.page.locator("[data-save-bar] button").click()
    expect(person.page.locator("[aria-invalid=true]")).to_have_count(3)
    person.inspect("application-add-errors")
    person.page.goto(f"{pages}add/")
    person.page.locator("[name=name]").fill("Shop")
    person.page.locator("[name=redirect_uris]").fill("https://shop.example/callback")
    person.page.locator("[data-save-bar] button").click()
    expect(person.page.locator("#client-secret")).to_be_visible()
    person.inspect("application-secret")
    for width in (320, 600, 1000):
        person.page.set_viewport_size({"width": width, "height": 900})
        person.check_no_sideways_scrolling()


def choose_framework(person: Person, framework: Framework) -> None:
    person.page.locator(f".frameworks [value={framework.id}]").click()
    pressed = person.page.locator(".frameworks [aria-pressed=true]")
    expect(pressed).to_have_attribute("value", framework.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_adding_an_application_with_a_framework_is_accessible(stage: Stage, language: str) -> None:
    person = stage.browser(language)
    person.open_portal("/projects/acme/applications/add/")
    # Frameworks of a kind differ in their names and redirect URIs.
    kinds = {each.is_path_fixed: each for each in FRAMEWORKS}
    assert len(kinds) == 2
    for framework in kinds.values():
        choose_framework(person, framework)
        for _look in range(2):
            person.inspect_part(f"application-add-{framework.id}", ".frameworks")


def test_adding_an_application_with_each_framework_fits(stage: Stage) -> None:
    person = stage.browser(width=390)
    person.open_portal("/projects/acme/applications/add/")
    for framework in FRAMEWORKS:
        choose_framework(person, framework)
        person.check_no_sideways_scrolling()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_full_of_errors_is_accessible_and_fits(furnished: Stage, language: str) -> None:
    person = furnished.browser(language)
    person.open_portal("/projects/acme/connections/add/wechat_web/")
    person.page.get_by_label("Client ID").fill("gh_0123456789ab")
    person.page.get_by_label("Account ID").fill("wx0123456789abcdef")
    person.save()
    expect(person.page.locator("[aria-invalid=true]")).to_have_count(3)
    person.inspect("form-errors")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_end_users_are_accessible_and_fit(furnished: Stage, language: str) -> None:
    person = furnished.browser(language)
    host = f"http://{furnished.project.host}"
    empty = Project.objects.create(slug="empty", name="Nothing Yet GmbH & Co. KG")
    Membership.objects.create(project=empty, user=furnished.owner, role=Role.VIEWER)
    person.visit(f"{host}/login", "sign-in")
    person.visit(f"{host}/signup", "sign-up")
    person.visit(f"http://{empty.host}/login", "sign-in-empty")
    person.visit(f"{host}/sso/oauth2/callback/wechat_web?code=x&state=y", "refused")
    person.visit(f"{host}/nowhere", "not-found-tenant")


def test_logos_of_any_shape_and_color_fit(stage: Stage) -> None:
    make_connection(stage.project)
    fields = ApplicationFields(name="Shop", redirect_uris=["https://shop.example/callback"])
    application, _secret = add_application(stage.project, fields, actor=stage.owner)
    person = stage.browser()
    query = f"application={application.client_id}&request={new_random_text()}"
    for name, sides, color in [
        ("wide", (2048, 200), (0, 120, 90, 255)),
        ("tall", (100, 800), (0, 120, 90, 255)),
        ("white", (240, 80), (255, 255, 255, 255)),
        ("black", (32, 32), (0, 0, 0, 255)),
    ]:
        change_logo(application, read_picture(png(*sides, color)), actor=stage.owner)
        person.visit(f"http://{stage.project.host}/login?{query}", f"sign-in-logo-{name}")
        shown = person.page.locator(".signin-logo")
        assert shown.evaluate("image => image.naturalWidth") == sides[0]
        box = shown.bounding_box()
        assert box is not None
        assert (box["height"], box["width"] <= 224) == (64, True)
        person.page.set_viewport_size({"width": 320, "height": 900})
        person.check_no_sideways_scrolling()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_users_own_page_is_accessible_and_fits(stage: Stage, language: str) -> None:
    stage.add_wechat()
    person = stage.browser(language)
    person.press_button()
    person.agree()
    person.page.wait_for_url("**/account")
    person.inspect("account")
    add_sessions_and_accesses(stage)
    person.page.reload()
    person.inspect("account-full")
    for summary in person.page.locator("summary").all():
        summary.click()
    person.inspect("account-open")
    person.page.set_viewport_size({"width": 320, "height": 900})
    person.check_no_sideways_scrolling()


def add_sessions_and_accesses(stage: Stage) -> None:
    """The end user has signed in in 30 browsers, and to applications."""
    session = EndUserSession.objects.get()
    for number in range(29):
        ago = timezone.now() - timedelta(hours=7 * number)
        end_user_session(session.user, browser=USER_AGENT, last_seen_at=ago)
    application = add_applications(stage)
    application.home_page = "https://shop.example.com/"
    application.save()
    for each in Application.objects.all():
        each.grants.create(
            project=stage.project,
            user=session.user,
            sid=session.sid,
            auth_time=session.auth_time,
            scope="openid",
            redirect_uri="https://shop.example.com/callback",
            code_hash=each.client_id,
            code_expires_at=timezone.now(),
            redeemed_at=timezone.now(),
            expires_at=timezone.now() + timedelta(hours=1),
        )


def test_inside_wechat_the_page_explains_what_to_do(stage: Stage) -> None:
    stage.add_wechat()
    wechat = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
    person = stage.browser("zh-CN", user_agent=wechat)
    person.page.goto(stage.sign_in_page)
    person.page.get_by_role("button", name="微信登录").click()

    expect(person.page.get_by_role("main")).to_contain_text("请在电脑浏览器中打开")
    person.inspect("inside-wechat")


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_the_sign_in_page_fits_320_pixels_with_forty_buttons(stage: Stage, path: str) -> None:
    for number in range(40):
        make_connection(
            stage.project,
            alias=f"c{number}",
            labels={"en": "Mit dem Donaudampfschifffahrtskonto anmelden"} if number % 2 else None,
        )
    person = stage.browser(width=320)
    person.page.goto(f"http://{stage.project.host}{path}")

    expect(person.page.get_by_role("button")).to_have_count(5)
    person.page.locator("summary").click()
    expect(person.page.get_by_role("button")).to_have_count(40)
    person.check_no_sideways_scrolling()
    person.picture(f"forty{path.replace('/', '-')}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_is_wider_than_its_card(furnished: Stage, language: str) -> None:
    connection = make_connection(furnished.project, actor=furnished.owner, alias="a" * 40)
    user = add_user(connection)
    person = furnished.browser(language)
    person.start_session()
    add_applications(furnished)
    # The widths of one language are between those of the other.
    widths = (320, *range(400 if language == "en" else 360, 1300, 80))
    paths = ["connections/", "settings/members/", "history/", "connections/wechat_web/#activity"]
    for path in [*paths, "applications/", "users/", f"users/{user.pk}/"]:
        person.page.goto(f"{furnished.portal}/projects/acme/{path}")
        for width in widths:
            person.page.set_viewport_size({"width": width, "height": 900})
            cut = person.page.locator(".table-card").evaluate_all(
                "cards => cards.some(card => "
                "card.firstElementChild.scrollWidth > card.clientWidth + 1)"
            )
            assert not cut, f"{path} at {width}"
            if width == 320:
                person.check_no_sideways_scrolling()


def add_user(connection: Connection) -> User:
    """A user with long texts in everything, who is signed in."""
    user = User.objects.create(
        project=connection.project,
        name="W" * 150,
        address=f"{'a' * 64}@{'b' * 180}.com",
        address_verified=True,
        password="!",
        is_active=False,
    )
    identity = user.identities.create(
        project=connection.project, connection=connection, namespace="n" * 200, subject="s" * 256
    )
    identity.keys.create(project=connection.project, namespace="m" * 200, value="v" * 256)
    end_user_session(user, browser=USER_AGENT, connection=connection)
    connection.project.sign_ins.create(
        connection=connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=new_reference(),
        outcome="ok",
        user=user,
        started_at=timezone.now(),
    )
    return user
