"""What people are asked for an application leads back to it: consent, and a sign-out."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.conf import settings
from playwright.sync_api import expect

from applications.models import Consent
from applications.services import ApplicationFields, add_application
from connections.models import EndUserSession
from projects.models import User
from tests.cast import sign_in_as
from tests.journeys.stage import LANGUAGES, Person, Stage

WORDS = {
    "en": {
        "question": "Allow Shop to know who you are?",
        "allow": "Allow",
        "deny": "Do not allow",
        "remove": "Remove access of Shop",
    },
    "zh-CN": {
        "question": "允许 Shop 获知您的身份吗？",
        "allow": "允许",
        "deny": "不允许",
        "remove": "取消授权：Shop",
    },
}


def signed_in(stage: Stage, language: str) -> Person:
    """Somebody who is signed in to the project."""
    person = User.objects.create(project=stage.project, name="Li", password="!")
    visitor = stage.browser(language)
    name, host = settings.SESSION_COOKIE_NAME, f"http://{stage.project.host}"
    key = sign_in_as(person).cookies[name].value
    visitor.page.context.add_cookies([{"name": name, "value": key, "url": host}])
    return visitor


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_third_party_is_allowed_once_and_asks_again_after_it_was_removed(
    stage: Stage, other_origin: str, language: str
) -> None:
    words, callback = WORDS[language], f"{other_origin}/callback"
    fields = ApplicationFields(name="Shop", redirect_uris=[callback], is_third_party=True)
    application, _secret = add_application(stage.project, fields, actor=stage.owner)
    visitor = signed_in(stage, language)
    page = visitor.page
    request = {
        "client_id": application.client_id,
        "redirect_uri": callback,
        "response_type": "code",
        "scope": "openid profile email",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    host = f"http://{stage.project.host}"
    address = f"{host}/oauth2/authorize?{urlencode(request)}"
    question = page.get_by_role("heading", name=words["question"])

    page.goto(address)
    expect(question).to_be_visible()
    visitor.inspect("consent")
    page.get_by_role("button", name=words["deny"]).click()
    page.wait_for_url(f"{callback}?error=access_denied**")
    assert not Consent.objects.exists()

    page.goto(address)
    page.get_by_role("button", name=words["allow"], exact=True).click()
    page.wait_for_url(f"{callback}?code=**")
    # It is remembered.
    page.goto(address)
    page.wait_for_url(f"{callback}?code=**")

    page.goto(f"{host}/account")
    page.get_by_role("button", name=words["remove"]).click()
    expect(page.get_by_role("button", name=words["remove"])).to_have_count(0)
    page.goto(address)
    expect(question).to_be_visible()


def test_a_sign_out_that_is_confirmed_goes_back_to_the_application(
    stage: Stage, other_origin: str
) -> None:
    bye = f"{other_origin}/bye"
    fields = ApplicationFields(name="Shop", redirect_uris=[bye], post_logout_redirect_uris=[bye])
    application, _secret = add_application(stage.project, fields, actor=stage.owner)
    visitor = signed_in(stage, "en")
    page = visitor.page
    request = {"client_id": application.client_id, "post_logout_redirect_uri": bye}
    page.goto(f"http://{stage.project.host}/oauth2/logout?{urlencode(request)}")
    expect(page.get_by_text("Shop asks to sign you out.")).to_be_visible()
    visitor.inspect("logout-question")

    page.get_by_role("button", name="Sign out").click()

    page.wait_for_url(bye)
    assert not EndUserSession.objects.exists()
