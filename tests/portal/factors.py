"""Operators with second factors, set up on the pages themselves."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from projects.models import User
from tests.cast import PASSWORD, client_of
from tests.portal.authenticator import Device, code_of
from tests.portal.page_reader import Page


def nobody() -> Client:
    """A browser at the portal by https, without which no browser uses passkeys."""
    return by_https(client_of("portal.test"))


def by_https(browser: Client) -> Client:
    browser.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
    return browser


def arrive(person: User, password: str = PASSWORD) -> Client:
    """A browser in which the right password was just typed."""
    browser = nobody()
    browser.post("/login", {"login": person.email, "password": password})
    return browser


def set_up_app(browser: Client) -> str:
    """Put a key into an app; return it."""
    key = Page(browser.get("/account/app/")).with_id("app-key").one("code").text
    assert browser.post("/account/app/", {"code": code_of(key)}).status_code == 302
    return key


def next_code(key: str) -> str:
    """A code that was certainly not typed yet, and counts already."""
    return code_of(key, steps=1)


def recovery_codes(browser: Client) -> list[str]:
    """The codes, as the page shows them once."""
    shown = Page(browser.get("/account/recovery-codes/")).one("ul", class_="codes")
    return [code.text for code in shown.every("code")]


def options_on(page: Any) -> dict[str, Any]:
    """What a page asks of a device."""
    found: dict[str, Any] = json.loads(Page(page).with_id("passkey-options").text)
    return found


def add_passkey(browser: Client, device: Device, name: str = "Laptop") -> Any:
    credential = device.make(options_on(browser.get("/account/passkeys/add/")))
    return browser.post("/account/passkeys/add/", {"name": name, "credential": credential})


def sign_in_options(browser: Client) -> dict[str, Any]:
    """What the sign-in page's script fetches."""
    answer = browser.get("/login/passkey", headers={"accept": "application/json"})
    found: dict[str, Any] = answer.json()["request_options"]
    return found


def type_code(browser: Client, code: str) -> Any:
    return browser.post("/login/second-step", {"code": code})


def is_signed_in(browser: Client) -> bool:
    return browser.get("/projects/").status_code == 200
