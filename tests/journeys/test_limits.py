"""Somebody who tries too often reads when to try again, and goes on where they were."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from connections.models import Connection
from core.limits import rate as limits
from core.limits.models import RateLimitBucket
from tests.cast import make_connection
from tests.journeys.stage import LANGUAGES, Person, Stage

TITLE = {"en": "Too many attempts", "zh-CN": "尝试次数过多"}
WHEN = {
    "en": re.compile(r"Try again in 10 minutes \(\d+ seconds\)\."),
    "zh-CN": re.compile(r"请在 10 分钟（\d+ 秒）后重试。"),
}
BACK = {"en": "Back to the sign-in page", "zh-CN": "返回登录页"}
ON = {"en": "Continue signing in", "zh-CN": "继续登录"}


def assert_too_many(person: Person, language: str, name: str) -> None:
    expect(person.page.get_by_role("heading", level=1)).to_have_text(TITLE[language])
    expect(person.page.get_by_role("main")).to_contain_text(WHEN[language])
    person.inspect(name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_presses_and_comes_back_too_often_goes_on_later(
    stage: Stage, settings: Any, language: str
) -> None:
    stage.add_wechat()
    person = stage.browser(language)
    settings.MENKOU_LIMIT_STARTS = settings.MENKOU_LIMIT_CALLBACKS = 1
    person.page.goto(f"http://{stage.project.host}/sso/oauth2/callback/wechat_web?code=x&state=y")
    person.press_button()

    person.agree()

    person.page.wait_for_url("**/sso/oauth2/callback/**")
    assert_too_many(person, language, "too-many-callbacks")
    impatient = stage.browser(language)
    impatient.page.goto(stage.sign_in_page)
    impatient.page.get_by_role("button", name=person.words["button"], exact=True).click()
    assert_too_many(impatient, language, "too-many-starts")
    RateLimitBucket.objects.all().delete()
    person.page.get_by_role("link", name=ON[language]).click()
    person.page.wait_for_url("**/account")
    impatient.page.get_by_role("link", name=BACK[language]).click()
    expect(impatient.page).to_have_url(stage.sign_in_page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_saves_too_often_loses_nothing_typed(
    stage: Stage, settings: Any, language: str
) -> None:
    make_connection(stage.project)
    person = stage.browser(language)
    settings.MENKOU_LIMIT_CHANGES = 1
    person.open_portal("/projects/acme/connections/wechat_web/")
    person.page.locator("[name=label_en]").evaluate("field => field.value = 'Scan me'")
    RateLimitBucket.objects.update_or_create(
        key=limits.change_allowance(stage.owner.pk).key,
        defaults={"full_at": timezone.now() + timedelta(minutes=10)},
    )

    person.save()

    expect(person.page.get_by_role("heading", level=1)).to_have_text(TITLE[language])
    person.inspect("too-many-changes")
    RateLimitBucket.objects.all().delete()
    person.page.reload()
    expect(person.messages).to_be_visible()
    assert Connection.objects.get().labels["en"] == "Scan me"
