"""Single sign-on at an organization's own provider, which has a sign-in page of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from connections.models import SignIn
from connections.protocols.oidc.discovery_cache import discovery_cache
from projects.models import User
from tests.cast import make_connection
from tests.connections.servers import serving
from tests.journeys.stage import LANGUAGES, Person, Stage
from tests.openid import CLIENT_ID, CLIENT_SECRET, WithLoginPage, running_openid

BUTTON = {"en": "Single sign-on", "zh-CN": "企业单点登录"}
# What the account page calls it.
WAY = {"en": "Single sign-on", "zh-CN": "单点登录"}


@pytest.fixture
def provider(stage: Stage, settings: Any) -> Iterator[WithLoginPage]:
    discovery_cache.clear()
    cache.clear()
    with running_openid(WithLoginPage) as openid:
        settings.MENKOU_PRIVATE_ORIGINS = (openid.origin,)
        yield openid
        # Chromium keeps connections for later, for which the provider would wait.
        for context in stage.contexts:
            context.close()
    discovery_cache.clear()


def connect(administrator: Person, provider: WithLoginPage) -> None:
    """Add the connection by the form."""
    words, page = administrator.words, administrator.page
    administrator.open_portal("/projects/")
    page.get_by_role("link", name="Acme").first.click()
    page.get_by_role("link", name=words["section"]).first.click()
    page.get_by_role("link", name=words["add"]).first.click()
    page.get_by_role("link", name="OpenID Connect", exact=True).click()
    page.locator("[name=issuer]").fill(provider.origin)
    page.locator("[name=client_id]").fill(CLIENT_ID)
    page.locator("[name=client_secret]").fill(CLIENT_SECRET)
    administrator.save()
    expect(administrator.messages).to_contain_text(words["live"])


def log_in(visitor: Person, *, password: str) -> None:
    """On the provider's own page."""
    visitor.page.get_by_label("User").fill("Ada 爱达")
    visitor.page.get_by_label("Password").fill(password)
    visitor.page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_logs_in_at_the_provider_is_signed_in_and_can_sign_out(
    stage: Stage, provider: WithLoginPage, language: str
) -> None:
    administrator = stage.browser(language)
    connect(administrator, provider)
    administrator.check_accessibility()
    administrator.picture(f"openid-connection-{language}")

    visitor = stage.browser(language)
    visitor.page.goto(stage.sign_in_page)
    visitor.page.get_by_role("button", name=BUTTON[language], exact=True).click()
    visitor.page.wait_for_url(f"{provider.origin}/authorize?**")
    log_in(visitor, password="wrong")
    expect(visitor.page.get_by_role("alert")).to_have_text("Wrong password")
    log_in(visitor, password=provider.PASSWORD)
    visitor.page.wait_for_url(f"http://{stage.project.host}/account")

    expect(visitor.page.get_by_role("heading", name="Ada 爱达")).to_be_visible()
    expect(visitor.page.get_by_role("main")).to_contain_text(WAY[language])
    visitor.check_accessibility()
    visitor.picture(f"openid-account-{language}")
    assert User.objects.get(project=stage.project).name == "Ada 爱达"
    assert SignIn.objects.get().outcome == "ok"
    visitor.page.get_by_role("button", name=visitor.words["out"]).click()
    visitor.page.wait_for_url(stage.sign_in_page)
    visitor.page.goto(f"http://{stage.project.host}/account")
    assert visitor.page.url == stage.sign_in_page


def test_45_no_other_page_can_frame_the_button(stage: Stage) -> None:
    make_connection(stage.project)
    frames = "".join(
        f'<iframe src="{address}"></iframe>'
        for address in (stage.sign_in_page, f"{stage.portal}/login")
    ).encode()
    html = "Content-Type: text/html\r\n"
    person = stage.browser()

    with serving(lambda peer: peer.answer(frames, headers=html)) as evil:
        person.page.goto(evil.origin)

        assert len(person.page.frames) == 3
        for frame in person.page.frames[1:]:
            assert frame.get_by_role("button").count() == 0
        person.page.context.close()


def test_45_a_click_on_the_button_reaches_the_provider(
    stage: Stage, provider: WithLoginPage
) -> None:
    connect(stage.browser(), provider)
    visitor = stage.browser()
    refused: list[str] = []
    visitor.page.on("console", lambda message: refused.append(message.text))
    visitor.page.goto(stage.sign_in_page)

    visitor.page.get_by_role("button", name=BUTTON["en"], exact=True).click()

    expect(visitor.page.get_by_role("heading", name="Staff only")).to_be_visible()
    assert not [each for each in refused if "Content Security Policy" in each]
