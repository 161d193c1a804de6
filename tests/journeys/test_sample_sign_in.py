"""“Sign in as this application”, from the portal through WeChat to the decoded tokens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Request, expect

from applications.models import Grant
from applications.services import ApplicationFields, add_application
from tests.journeys.stage import LANGUAGES, Stage

WORDS = {
    "en": {
        "try": "Sign in as this application",
        "start": "Start the sign-in",
        "works": "The sign-in works.",
        "hidden": "(not shown)",
    },
    "zh-CN": {
        "try": "以此应用登录",
        "start": "开始登录",
        "works": "登录成功",
        "hidden": "（不显示）",
    },
}
# Names of parameters whose values nobody may see.
SECRETS = re.compile(r"[?&](?:code|code_verifier|access_token|id_token)=([^&]+)")
TOKEN = re.compile(r"mk[a-z]t_|eyJ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sign_in_as_an_application_shows_all_but_secrets(stage: Stage, language: str) -> None:
    words = WORDS[language]
    stage.add_wechat()
    fields = ApplicationFields(name="Shop", redirect_uris=["https://shop.example/callback"])
    application, secret = add_application(stage.project, fields, actor=stage.owner)
    assert secret is not None
    person = stage.browser(language)
    sent: list[str] = []

    def note(request: Request) -> None:
        sent.extend(SECRETS.findall(f"{request.url}&{request.post_data or ''}"))

    person.page.on("request", note)

    person.open_portal(application.get_absolute_url())
    person.page.get_by_role("link", name=words["try"]).click()
    person.page.get_by_role("button", name=words["start"]).click()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Shop")
    person.sign_in_button.click()
    person.agree()
    person.page.wait_for_url("**/try/result/")

    main = person.page.get_by_role("main")
    expect(main).to_contain_text(words["works"])
    steps = main.get_by_role("listitem").filter(has=person.page.get_by_role("heading", level=2))
    expect(steps).to_have_count(6)
    grant = Grant.objects.get()
    expect(steps.nth(4)).to_contain_text(str(grant.user_id))
    expect(steps.nth(4)).to_contain_text("RS256")
    expect(steps.nth(5)).to_contain_text("李雷")
    expect(main.get_by_text(words["hidden"])).to_have_count(5)
    person.inspect("sample-sign-in-result")
    # WeChat's code and ours were in addresses on the way, and are on no page.
    assert len(set(sent)) == 2
    content = person.page.content() + person.page.url
    assert not [value for value in {*sent, secret.value} if value in content]
    assert not TOKEN.search(content)
    assert grant.revoked_at is not None
