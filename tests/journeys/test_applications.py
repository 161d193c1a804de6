"""Adding an application by keyboard: checks while typing, and a secret that is shown once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from applications.models import Application, ApplicationSecret
from core.random_text import hash_text
from tests.journeys.stage import LANGUAGES, Person, Stage

WORDS = {
    "en": {
        "applications": "Applications",
        "add": "Add Application",
        "name": "Name",
        "type": "Website with a server",
        "uris": "Redirect URIs",
        "secret": "Client Secret",
        "copy": "Copy",
        "copied": "Copied",
        "wrong": "Use https. Only localhost and loopback addresses may use http.",
        "once": "Copy the client secret now.",
    },
    "zh-CN": {
        "applications": "应用",
        "add": "添加应用",
        "name": "名称",
        "type": "有服务器的网站",
        "uris": "重定向 URI",
        "secret": "Client Secret",
        "copy": "复制",
        "copied": "已复制",
        "wrong": "请使用 https",
        "once": "请立即复制 Client Secret",
    },
}


def press_until(person: Person, name: str) -> None:
    """Press Tab until a control with this name has the focus."""
    for _press in range(60):
        person.page.keyboard.press("Tab")
        focused = person.page.evaluate(
            "document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent"
        )
        if name in " ".join(focused.split()):
            return
    raise AssertionError(f"Tab does not lead to {name}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_application_is_added_by_keyboard(stage: Stage, language: str) -> None:
    words = WORDS[language]
    person = stage.browser(language)
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.open_portal("/projects/acme/")
    keyboard = person.page.keyboard

    press_until(person, words["applications"])
    keyboard.press("Enter")
    person.page.wait_for_url("**/applications/")
    press_until(person, words["add"])
    keyboard.press("Enter")
    person.page.wait_for_url("**/applications/add/")
    press_until(person, words["name"])
    keyboard.type("Demo Shop")
    press_until(person, words["type"])
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    press_until(person, words["uris"])
    keyboard.type("http://shop.example/callback")
    # It is checked as soon as the typing pauses; the field keeps the focus and the cursor.
    expect(person.page.get_by_text(words["wrong"])).to_be_visible()
    uris = person.page.get_by_label(words["uris"], exact=True)
    expect(uris).to_be_focused()
    expect(uris).to_have_attribute("aria-invalid", "true")
    keyboard.press("Home")
    for _letter in "http":
        keyboard.press("ArrowRight")
    keyboard.type("s")
    expect(person.page.get_by_text(words["wrong"])).to_have_count(0)
    expect(uris).to_have_value("https://shop.example/callback")
    expect(uris).not_to_have_attribute("aria-invalid", "true")
    press_until(person, words["add"])
    keyboard.press("Enter")

    person.wait_for(person.page.get_by_text(words["once"]))
    application = Application.objects.get()
    assert (application.name, application.kind) == ("Demo Shop", "website")
    shown = person.page.locator("#client-secret code").inner_text()
    assert ApplicationSecret.objects.get().hash == hash_text(shown)
    press_until(person, f"{words['copy']} {words['secret']}")
    keyboard.press("Enter")
    expect(person.page.locator("#client-secret").get_by_text(words["copied"])).to_be_visible()
    assert person.page.evaluate("navigator.clipboard.readText()") == shown

    # Reloading sends nothing again, and shows the application without the secret.
    expect(person.page).to_have_url(re.compile(f"/applications/{application.client_id}/$"))
    person.page.reload()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Demo Shop")
    expect(person.page.locator("#client-secret")).to_have_count(0)
    assert shown not in person.page.content()
    person.page.go_back()
    assert shown not in person.page.content()
    assert Application.objects.count() == 1


def test_without_scripts_a_form_that_is_sent_again_adds_nothing(stage: Stage) -> None:
    person = stage.browser(scripts=False)
    person.open_portal("/projects/acme/applications/add/")
    person.page.get_by_label("Name").fill("Shop")
    person.page.get_by_label("Redirect URIs").fill("https://shop.example/callback")
    person.page.get_by_role("button", name="Add Application").click()
    expect(person.page.get_by_text("Copy the client secret now.")).to_be_visible()

    # The browser sends the form again.
    person.page.reload()

    expect(person.messages).to_contain_text("This application was added already.")
    assert Application.objects.count() == 1
    assert ApplicationSecret.objects.count() == 1


def test_the_type_decides_what_may_be_registered(stage: Stage) -> None:
    person = stage.browser()
    person.open_portal("/projects/acme/applications/add/")
    person.page.get_by_label("Redirect URIs").fill("com.example.app:/callback")
    expect(person.page.get_by_text("Only mobile and desktop apps can")).to_be_visible()
    person.page.get_by_text("More settings").click()
    expect(person.page.get_by_label("PKCE is optional")).to_be_visible()

    person.page.get_by_label("Mobile or desktop app").check()

    expect(person.page.get_by_text("Only mobile and desktop apps can")).to_have_count(0)
    expect(person.page.get_by_label("PKCE is optional")).to_be_hidden()


def test_choosing_a_framework_loses_nothing_typed(stage: Stage) -> None:
    person = stage.browser()
    person.open_portal("/projects/acme/applications/add/")
    person.page.get_by_label("Name").fill("Shop")
    person.page.get_by_label("Redirect URIs").fill("https://shop.example/")

    for framework in ("Browser app", "Flask"):
        person.page.get_by_role("button", name=framework, exact=True).click()
        chosen = person.page.get_by_role("button", name=framework, pressed=True)
        expect(chosen).to_be_visible()
        expect(person.page.get_by_label("Redirect URIs")).to_have_value("https://shop.example/")
    expect(person.page.get_by_label("Website with a server")).to_be_checked()
    # Enter adds the application, and does not press the first framework.
    person.page.get_by_label("Name").press("Enter")

    expect(person.page.get_by_text("Copy the client secret now.")).to_be_visible()
    expect(person.page.get_by_role("radio", name="Flask")).to_be_checked()
