"""Whoever's account is changed is told by e-mail, for it may not have been them."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from connections.secrets import check_keys
from projects.models import User
from tests.cast import PASSWORD
from tests.portal.authenticator import Device
from tests.portal.factors import add_passkey, arrive, set_up_app
from tests.portal.page_reader import Page, said_in

NEW_PASSWORD = "a doorway made of oak"
REMOVED_APP = "the authenticator app was removed"

pytestmark = [
    pytest.mark.usefixtures("fresh_limits"),
    # Letters are sent when the change is there to stay.
    pytest.mark.django_db(transaction=True),
]


class NobodyThere(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("connection to mail.example.com refused")


@pytest.fixture(autouse=True)
def keys(transactional_db: None, settings: Any) -> None:
    check_keys()
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture
def browser(owner: User) -> Client:
    return arrive(owner)


def subjects() -> list[str]:
    assert all(message.to == ["olga@example.com"] for message in mail.outbox)
    return [message.subject.removeprefix("Menkou: ") for message in mail.outbox]


def test_when_an_app_is_set_up_and_removed(browser: Client) -> None:
    set_up_app(browser)
    browser.post("/account/app/remove/")

    assert subjects() == ["an authenticator app was added", REMOVED_APP]


def test_when_a_passkey_is_added_and_removed(browser: Client) -> None:
    add_passkey(browser, Device())
    links = Page(browser.get("/account/")).links.values()
    (remove,) = (each for each in links if "/account/passkeys/" in each and "remove" in each)
    browser.post(remove)

    assert subjects() == ["a passkey was added", "a passkey was removed"]


def test_when_new_recovery_codes_are_made(browser: Client) -> None:
    set_up_app(browser)
    browser.post("/account/recovery-codes/new/")

    assert subjects()[1:] == ["new recovery codes were generated"]


def test_when_the_password_is_changed(browser: Client) -> None:
    typed = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post("/password/change/", typed)

    assert subjects() == ["the password was changed"]


def test_the_letter_says_where_when_and_from_which_address(browser: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    browser.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    browser.defaults["HTTP_USER_AGENT"] = "Call 555-0100 to keep your account"

    set_up_app(browser)

    (message,) = mail.outbox
    assert "portal at portal.test: an authenticator app was added." in message.body
    assert "IP address: 198.51.100.7\n" in message.body
    assert " UTC\n" in message.body
    assert "555-0100" not in message.body


def test_the_letter_is_in_the_readers_language(browser: Client) -> None:
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN,zh;q=0.9"

    set_up_app(browser)

    (message,) = mail.outbox
    assert said_in("zh-hans", "an authenticator app was added") in message.subject
    assert "IP 地址：127.0.0.1" in message.body


def test_a_mail_server_that_is_away_stops_nothing(
    browser: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.NobodyThere"

    with caplog.at_level(logging.WARNING, "menkou.post"):
        set_up_app(browser)

    assert [each.getMessage() for each in caplog.records if each.name == "menkou.post"] == [
        "a notice of a changed account could not be sent: ConnectionRefusedError"
    ]
