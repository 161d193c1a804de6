"""A wrong and then the right AppSecret, found out by Check before anything is saved."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from connections.checking.steps import CheckStep, StepName
from connections.models import CheckState, Connection, StepVerdict
from connections.services import set_enabled
from tests.journeys.stage import LANGUAGES, Stage

WRONG = "f" * 32
WORDS = {
    "en": {
        "check": "Check",
        "rejected": "WeChat does not accept the AppSecret.",
        "accepted": "The provider accepted the credentials.",
        "failing": "This connection started to fail",
        "again": "Check again",
    },
    "zh-CN": {
        "check": "检查",
        "rejected": "微信不接受此 AppSecret。",
        "accepted": "身份提供方已接受这些凭证。",
        "failing": "此连接出现异常",
        "again": "重新检查",
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_then_right_before_saving(stage: Stage, language: str) -> None:
    words, person = WORDS[language], stage.browser(language)
    person.open_portal("/projects/acme/connections/add/wechat_web/")
    person.fill_in(secret=WRONG)
    result = person.page.locator("[data-check-result]")
    press = person.page.get_by_role("button", name=words["check"], exact=True)

    press.click()

    expect(result).to_contain_text(words["rejected"])
    expect(result).to_be_focused()
    # What was typed is still there, the secret too.
    expect(person.page.get_by_label("Client Secret").first).to_have_value(WRONG)
    person.inspect("check-wrong")

    person.page.get_by_label("Client Secret").first.fill(stage.app["secret"])
    press.press("Enter")

    expect(result).to_contain_text(words["accepted"])
    person.inspect("check-right")
    assert not Connection.objects.exists()
    person.save()
    expect(person.messages).to_contain_text(person.words["live"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failing_connection_says_so_until_a_check_passes(stage: Stage, language: str) -> None:
    words, connection = WORDS[language], stage.add_wechat()
    step = CheckStep(StepName.CREDENTIALS, StepVerdict.FAILED, "40125", "40125")
    CheckState.objects.create(
        connection=connection,
        next_at=timezone.now(),
        failing_since=timezone.now(),
        failing_step=step.as_json(),
    )
    person = stage.browser(language)
    person.open_portal(connection.get_absolute_url())
    expect(person.page.get_by_text(words["failing"])).to_be_visible()
    person.inspect("failing")

    person.page.get_by_role("button", name=words["again"]).click()

    expect(person.page.get_by_text(words["failing"])).to_have_count(0)
    expect(person.page.locator("#check")).to_contain_text(words["accepted"])
    person.inspect("checked")


def test_check_works_without_scripts(stage: Stage) -> None:
    connection = stage.add_wechat(secret=WRONG)
    set_enabled(connection, enabled=False, actor=stage.owner)
    person = stage.browser(scripts=False)
    person.open_portal(connection.get_absolute_url())

    person.page.get_by_role("button", name="Check", exact=True).click()

    expect(person.page.locator("[data-check-result]")).to_contain_text(WORDS["en"]["rejected"])
    person.page.goto(f"{stage.portal}/projects/acme/connections/")
    expect(person.page.locator(".badge").last).to_have_text("Check failed")
