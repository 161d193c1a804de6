"""A secret that expires: the banner, the field behind its link, and the new secret."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import expect

from connections.models import Connection
from connections.providers import catalogue
from connections.services import add_connection
from tests.cast import open_secret, proposal
from tests.journeys.stage import LANGUAGES, Stage
from tests.samples.sample import sample_of

FIELD = "client_secret_expires_on"
NEW = "zZ98Q~" + "nEw1" * 8 + "xY"
WORDS = {
    "en": {
        "replace": "Replace secret",
        "left": "expires in 5 days",
        "badge": "Expires in 5 days",
        "kept": "You entered a new secret, but its expiry date is still",
        "field": "Client Secret (Value)",
        "day": "expires on",
    },
    "zh-CN": {
        "replace": "更换密钥",
        "left": "将在 5 天后",
        "badge": "5 天后到期",
        "kept": "您填写了新的密钥，但到期日期仍是",
        "field": "Client Secret（Value）",
        "day": "到期日期（",
    },
}


def in_days(days: int) -> str:
    return (localdate() + timedelta(days=days)).isoformat()


def add_microsoft(stage: Stage) -> Connection:
    """A connection whose secret expires in five days."""
    filled_in = dict(sample_of("microsoft").filled_in)
    secret = filled_in.pop("client_secret")
    return add_connection(
        project=stage.project,
        definition=catalogue.get("microsoft"),
        proposal=proposal(
            alias="microsoft",
            settings={**filled_in, FIELD: in_days(5)},
            secrets={"client_secret": secret},
        ),
        actor=stage.owner,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_banner_to_a_new_secret(stage: Stage, language: str) -> None:
    connection = add_microsoft(stage)
    words = WORDS[language]
    person = stage.browser(language)
    page = person.page
    person.open_portal("/projects/acme/connections/")
    banner = page.locator("[data-expiring]")
    expect(banner).to_contain_text(words["left"])
    expect(page.locator(".state").first).to_contain_text(words["badge"])
    person.inspect("expiring-list")

    # By keyboard: the link opens the field and moves there.
    banner.get_by_role("link", name=words["replace"]).focus()
    page.keyboard.press("Enter")
    secret = page.locator("[name=client_secret]")
    person.wait_for(secret)
    expect(secret).to_be_focused()
    expect(page.locator(".section-status")).to_contain_text(words["left"])
    person.inspect("expiring-connection")

    page.keyboard.type(NEW)
    person.save()
    expect(page.locator("main")).to_contain_text(words["kept"])
    assert NEW not in page.content()
    person.inspect("expiring-kept")

    link = page.locator(".set-secret summary").first
    if not secret.is_visible():
        link.click()
    if not secret.input_value():
        secret.fill(NEW)
    page.get_by_label(words["day"]).fill(in_days(700))
    person.save()
    expect(person.messages).to_be_visible()
    expect(page.locator(".section-status")).not_to_contain_text(words["left"])
    expect(banner).to_have_count(0)
    connection.refresh_from_db()
    assert connection.settings[FIELD] == in_days(700)
    assert open_secret(connection, "client_secret") == NEW
