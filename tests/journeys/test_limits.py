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
from tests.journeys.stage import Person, Stage
from tests.journeys.test_every_page import KINDS, check

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
    check(person, name)


@pytest.mark.parametrize(("language", "width", "dark"), KINDS)
def test_whoever_presses_and_comes_back_too_often_goes_on_later(
    stage: Stage, settings: Any, language: str, width: int, dark: bool
) -> None:
    stage.browser().nine_steps()
    person = stage.browser(language, width=width, dark=dark)
    name = f"{language}-{width}-{'dark' if dark else 'light'}"
    settings.MENKOU_LIMIT_STARTS = settings.MENKOU_LIMIT_CALLBACKS = 1
    person.page.goto(f"http://{stage.project.host}/sso/oauth2/callback/wechat_web?code=x&state=y")
    person.press_button()

    person.agree()

    person.page.wait_for_url("**/sso/oauth2/callback/**")
    assert_too_many(person, language, f"too-many-callbacks-{name}")
    impatient = stage.browser(language, width=width, dark=dark)
    impatient.page.goto(stage.sign_in_page)
    impatient.page.get_by_role("button", name=person.words["button"], exact=True).click()
    assert_too_many(impatient, language, f"too-many-starts-{name}")
    RateLimitBucket.objects.all().delete()
    person.page.get_by_role("link", name=ON[language]).click()
    person.page.wait_for_url("**/account")
    impatient.page.get_by_role("link", name=BACK[language]).click()
    expect(impatient.page).to_have_url(stage.sign_in_page)


@pytest.mark.parametrize(("language", "width", "dark"), KINDS)
def test_whoever_saves_too_often_loses_nothing_typed(
    stage: Stage, settings: Any, language: str, width: int, dark: bool
) -> None:
    make_connection(stage.project)
    person = stage.browser(language, width=width, dark=dark)
    person.sign_in_to_portal()
    settings.MENKOU_LIMIT_CHANGES = 1
    person.page.goto(f"{stage.portal}/projects/acme/connections/wechat_web/")
    person.page.locator("[name=label_en]").evaluate("field => field.value = 'Scan me'")
    RateLimitBucket.objects.update_or_create(
        key=limits.change_allowance(stage.owner.pk).key,
        defaults={"full_at": timezone.now() + timedelta(minutes=10)},
    )

    person.save()

    expect(person.page.get_by_role("heading", level=1)).to_have_text(TITLE[language])
    name = f"too-many-changes-{language}-{width}-{'dark' if dark else 'light'}"
    check(person, name)
    RateLimitBucket.objects.all().delete()
    person.page.reload()
    expect(person.messages).to_be_visible()
    assert Connection.objects.get().labels["en"] == "Scan me"
