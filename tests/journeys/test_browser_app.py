"""A browser app without a server: it signs in with PKCE and renews its tokens by itself."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import expect

from applications.models import Application, Grant, Token
from applications.services import ApplicationFields, add_application
from tests.journeys.stage import Stage


def add_app(stage: Stage, origin: str) -> Application:
    fields = ApplicationFields(name="Notes", kind="browser", redirect_uris=[f"{origin}/"])
    application, secret = add_application(stage.project, fields, actor=stage.owner)
    assert secret is None
    return application


def start(application: Application, origin: str) -> str:
    """The address at which the app is opened."""
    issuer = application.project.issuer
    return f"{origin}/?{urlencode({'issuer': issuer, 'client_id': application.client_id})}"


def test_a_browser_app_signs_in_and_renews_its_tokens(stage: Stage, other_origin: str) -> None:
    stage.add_wechat()
    application = add_app(stage, other_origin)
    person = stage.browser()
    page = person.page
    page.goto(start(application, other_origin))
    page.locator("body[data-ready]").wait_for()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in to Notes")).to_be_visible()
    page.get_by_role("button", name=person.words["button"], exact=True).click()
    page.wait_for_url("**/connect/qrconnect?**")
    person.agree()
    page.wait_for_url(f"{other_origin}/")
    expect(page.locator("#name")).to_contain_text("李雷")

    for renewal in ("1", "2"):
        page.get_by_role("button", name="Renew").click()
        expect(page.locator("#renewals")).to_have_text(renewal)
        expect(page.locator("#name")).to_contain_text("李雷")

    # The application's access ends at once.
    Grant.objects.update(revoked_at=Token.objects.latest("created_at").created_at)
    page.get_by_role("button", name="Renew").click()
    expect(page.locator("#error")).to_have_text("invalid_grant")


def test_a_script_of_another_origin_reads_nothing(stage: Stage, other_origin: str) -> None:
    application = add_app(stage, "https://notes.example")
    page = stage.browser().page
    page.goto(start(application, other_origin))
    page.locator("body[data-ready]").wait_for()

    failure = page.evaluate(
        """([endpoint, client_id]) => fetch(endpoint, {
            method: "POST",
            body: new URLSearchParams({client_id, grant_type: "refresh_token", refresh_token: "x"}),
        }).then(() => "read", (error) => error.name)""",
        [f"{application.project.issuer}/oauth2/token", application.client_id],
    )

    assert failure == "TypeError"
