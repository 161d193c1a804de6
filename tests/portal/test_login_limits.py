"""Wrong passwords and codes are limited, and a stranger cannot lock the owner of an account out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client

from connections.secrets import check_keys
from portal.access import login_limits
from projects.models import User
from tests.cast import PASSWORD, client_of, sign_in_as
from tests.portal.factors import arrive, by_https, is_signed_in, next_code, set_up_app, type_code
from tests.portal.page_reader import Page
from tests.rows import each_row

COOKIE = django_settings.KNOWN_BROWSER_COOKIE_NAME
WRONG = "The email address and/or password you specified are not correct."
INCORRECT = "Incorrect code."
CONFIRM = "/reauthenticate?next=/account/"
NEW_PASSWORD = "a doorway made of oak"

pytestmark = pytest.mark.usefixtures("owner", "fresh_limits", "keys")


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    """So that a test can come from any address, and by https."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture(autouse=True)
def soon_exhausted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of an account over all addresses, low enough for a test to reach them."""
    for name in ("PASSWORD", "CODE", "RESET"):
        kind = replace(getattr(login_limits, name), per_account=8)
        monkeypatch.setattr(login_limits, name, kind)


@pytest.fixture
def keys(db: None) -> None:
    check_keys()


def browser_at(address: str) -> Client:
    return from_address(by_https(client_of("portal.test")), address)


def from_address(browser: Client, address: str) -> Client:
    browser.defaults["HTTP_X_FORWARDED_FOR"] = address
    return browser


def sign_in(browser: Client, password: str = PASSWORD, login: str = "olga@example.com") -> Any:
    return browser.post("/login", {"login": login, "password": password})


def guess(browser: Client, times: int, login: str = "olga@example.com") -> Any:
    """Type so many wrong passwords; return the last answer."""
    return [sign_in(browser, "wrong", login) for _ in range(times)][-1]


def alert(answer: Any) -> str:
    (found,) = Page(answer).alerts
    return found


def guess_from_everywhere(login: str = "olga@example.com") -> None:
    """Use up what all addresses together may try at an account."""
    for number in range(login_limits.PASSWORD.per_account):
        answer = sign_in(browser_at(f"198.51.100.{number}"), "wrong", login)
        assert alert(answer) == WRONG


class TestPasswords:
    def test_82_a_stranger_elsewhere_does_not_lock_the_owner_out(self) -> None:
        stranger = browser_at("192.0.2.1")
        assert alert(guess(stranger, 6)).startswith("Too many failed sign-ins. Try again in ")

        assert sign_in(browser_at("192.0.2.2")).status_code == 302

    def test_82_guesses_from_one_address_leave_the_accounts_own_limit_untouched(self) -> None:
        stranger = browser_at("192.0.2.1")
        guess(stranger, 20)
        guess_from_everywhere_else = login_limits.PASSWORD.per_account - 5
        for number in range(guess_from_everywhere_else):
            assert alert(sign_in(browser_at(f"198.51.100.{number}"), "wrong")) == WRONG

    def test_82_guesses_from_many_addresses_are_limited_and_a_known_browser_is_let_through(
        self,
    ) -> None:
        known = browser_at("192.0.2.2")
        sign_in(known)
        known.post("/logout")
        guess_from_everywhere()

        refused = alert(sign_in(browser_at("192.0.2.3")))
        assert refused.startswith("Too many failed sign-ins. Try again in ")
        assert refused.endswith("You can still sign in from a browser that you have used before.")
        assert sign_in(known).status_code == 302

    def test_82_a_known_browser_is_let_through_at_the_strangers_own_address(self) -> None:
        known = browser_at("192.0.2.1")
        sign_in(known)
        known.post("/logout")
        guess(browser_at("192.0.2.1"), 12)

        assert sign_in(known).status_code == 302

    def test_the_refusal_is_in_the_readers_language(self) -> None:
        stranger = browser_at("192.0.2.1")
        stranger.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
        refused = alert(guess(stranger, 6))
        assert re.fullmatch(r"登录失败次数过多。请在 \d 分钟（\d+ 秒）后重试。", refused)

    def test_an_unknown_account_is_limited_like_a_known_one(self) -> None:
        guess_from_everywhere("nobody@example.com")
        refused = alert(sign_in(browser_at("192.0.2.3"), login="nobody@example.com"))
        assert refused.startswith("Too many failed sign-ins. ")

    @each_row("login", ["OLGA@example.com", "olga@EXAMPLE.com", "olga@example.com "], undo=True)
    def test_82_another_spelling_of_the_account_has_no_other_limit(self, login: str) -> None:
        stranger = browser_at("192.0.2.1")
        guess(stranger, 5)
        assert alert(sign_in(stranger, login=login)).startswith("Too many failed sign-ins. ")

    def test_82_letters_that_the_database_takes_for_the_same_share_a_limit(
        self, stranger: User
    ) -> None:
        # In capitals, the long s is an S.
        browser = browser_at("192.0.2.1")
        guess(browser, 5, "sam@example.com")
        answer = sign_in(browser, login="\u017fam@example.com")
        assert alert(answer).startswith("Too many failed sign-ins. ")

    def test_right_passwords_take_nothing_from_any_limit(self) -> None:
        for _ in range(12):
            browser = browser_at("192.0.2.1")
            assert sign_in(browser).status_code == 302

    def test_a_password_reset_opens_the_account_at_once(self) -> None:
        guess_from_everywhere()
        browser = browser_at("192.0.2.3")
        assert alert(sign_in(browser)).startswith("Too many failed sign-ins. ")
        browser.post("/password/reset/", {"email": "olga@example.com"})
        link = next(word for word in mail.outbox[-1].body.split() if "/reset/key/" in word)
        form = browser.get(link.partition("portal.test")[2]).headers["location"]
        browser.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

        assert sign_in(browser, NEW_PASSWORD).status_code == 302


class TestKnownBrowsers:
    @pytest.fixture
    def known(self) -> Client:
        """Signed in once, and out again."""
        browser = browser_at("192.0.2.2")
        sign_in(browser)
        browser.post("/logout")
        return browser

    def test_the_cookie_is_for_this_host_and_no_script(self, known: Client) -> None:
        cookie = known.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert cookie["max-age"] == 365 * 24 * 3600

    def test_83_five_wrong_passwords_close_it_too(self, known: Client) -> None:
        assert alert(guess(known, 5)) == WRONG
        assert alert(sign_in(known)).startswith("Too many failed sign-ins. Try again in ")
        # What one browser has used up is taken from nobody else.
        assert sign_in(browser_at("192.0.2.9")).status_code == 302

    def test_83_the_cookie_signs_nobody_in(self, known: Client) -> None:
        assert known.get("/projects/").status_code == 302
        assert alert(sign_in(known, "wrong")) == WRONG

    def test_83_a_new_password_makes_the_browsers_of_before_unknown(
        self, known: Client, owner: User
    ) -> None:
        owner.set_password(NEW_PASSWORD)
        owner.save()
        guess_from_everywhere()
        assert alert(sign_in(known, NEW_PASSWORD)).startswith("Too many failed sign-ins. ")

    def test_83_it_is_known_to_one_account_only(self, known: Client) -> None:
        User.objects.create_user("ed@example.com", PASSWORD)
        guess_from_everywhere("ed@example.com")
        answer = sign_in(known, login="ed@example.com")
        assert alert(answer).startswith("Too many failed sign-ins. ")

    def test_83_a_forged_cookie_is_an_unknown_browser(self, known: Client, owner: User) -> None:
        cookie = known.cookies[COOKIE].value
        other = User.objects.create_user("ed@example.com", PASSWORD)
        guess_from_everywhere(owner.email)
        guess_from_everywhere(other.email)
        for login, forged in (
            (owner.email, cookie[:-1] + ("A" if cookie[-1] != "A" else "B")),
            (other.email, other.pk.hex + cookie[32:]),
            (owner.email, "x" * 116),
            (owner.email, cookie * 50),
        ):
            known.cookies[COOKIE] = forged
            said = alert(sign_in(known, login=login))
            assert said.startswith("Too many failed sign-ins. "), forged

    def test_83_the_password_alone_makes_no_browser_known_where_a_code_is_missing(
        self, owner: User
    ) -> None:
        set_up_app(sign_in_as(owner))
        assert COOKIE not in arrive(owner).cookies

    def test_an_end_users_browser_gets_none(self, as_owner: Client) -> None:
        assert COOKIE not in as_owner.get("/account/").cookies


class TestCodes:
    def test_84_who_knows_the_password_does_not_lock_the_second_step_to_the_owner(
        self, owner: User
    ) -> None:
        key = set_up_app(sign_in_as(owner))
        thief = from_address(arrive(owner), "192.0.2.1")
        for _ in range(5):
            assert Page(type_code(thief, "000000")).all_errors() == {"code": [INCORRECT]}
        (refused,) = Page(type_code(thief, next_code(key))).all_errors()["code"]
        assert refused.startswith("Too many incorrect codes. Try again in ")

        at_home = from_address(arrive(owner), "192.0.2.2")
        assert type_code(at_home, next_code(key)).status_code == 302
        assert is_signed_in(at_home)

    def test_84_codes_tried_from_many_addresses_are_limited(self, owner: User) -> None:
        key = set_up_app(sign_in_as(owner))
        thief = arrive(owner)
        for number in range(login_limits.CODE.per_account):
            from_address(thief, f"198.51.100.{number}")
            assert Page(type_code(thief, "000000")).all_errors() == {"code": [INCORRECT]}
        (refused,) = Page(type_code(thief, next_code(key))).all_errors()["code"]
        assert refused.startswith("Too many incorrect codes. ")

        # Who is signed in already has a count of their own.
        mine = sign_in_as(owner, ago=601)
        answer = by_https(mine).post("/reauthenticate/code", {"code": next_code(key)})
        assert answer.status_code == 302


class TestConfirming:
    def test_84_wrong_passwords_at_the_sign_in_page_do_not_stop_a_confirmation(
        self, owner: User
    ) -> None:
        guess_from_everywhere()
        mine = from_address(sign_in_as(owner, ago=601), "192.0.2.1")
        guess(browser_at("192.0.2.1"), 10)
        assert mine.post(CONFIRM, {"password": PASSWORD}).status_code == 302

    def test_wrong_passwords_close_the_confirmation(self, owner: User) -> None:
        mine = sign_in_as(owner, ago=601)
        for _ in range(5):
            page = Page(mine.post(CONFIRM, {"password": "wrong"}))
            assert page.errors("password") == ["Incorrect password."]
        answer = mine.post(CONFIRM, {"password": PASSWORD})
        assert answer.status_code == 200
        assert "Too many failed sign-ins. Try again in " in Page(answer).text


class TestResets:
    def test_85_a_stranger_elsewhere_does_not_use_up_the_owners_resets(self) -> None:
        stranger = browser_at("192.0.2.1")
        asked = [stranger.post("/password/reset/", {"email": "olga@example.com"}) for _ in range(6)]
        assert [answer.status_code for answer in asked] == [302] * 5 + [429]

        mine = browser_at("192.0.2.2").post("/password/reset/", {"email": "olga@example.com"})
        assert mine.status_code == 302
        assert len(mail.outbox) == 6

    def test_85_many_addresses_do_not_flood_a_mailbox(self) -> None:
        for number in range(login_limits.RESET.per_account + 5):
            browser_at(f"198.51.100.{number}").post(
                "/password/reset/", {"email": "olga@example.com"}
            )
        assert len(mail.outbox) == login_limits.RESET.per_account
