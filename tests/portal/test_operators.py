"""Operators sign in and out, and change and reset their passwords; nobody signs up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from projects.models import Project, User
from tests.cast import PASSWORD, client_of, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

NEW_PASSWORD = "a doorway made of oak"
WRONG = "The email address and/or password you specified are not correct."
CLOSED = re.compile(r"Too many failed sign-ins\. Try again in (?:\d minutes \()?(\d+) seconds\)?\.")
HOSTILE_NEXT = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "http:///evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example/",
    "http://portal.test@evil.example/",
    "http://acme.login.test/login",
    "data:text/html,hello",
]


@pytest.fixture
def browser() -> Client:
    return client_of("portal.test")


def sign_in(browser: Client, *, login: str = "olga@example.com", **sent: str) -> Any:
    return browser.post("/login", {"login": login, "password": PASSWORD, **sent})


def is_signed_in(browser: Client) -> bool:
    return browser.get("/projects/").status_code == 200


@pytest.mark.usefixtures("owner")
class TestSigningIn:
    def test_the_right_password_leads_to_the_projects(self, browser: Client) -> None:
        answer = sign_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (302, "/projects/")
        assert is_signed_in(browser)

    def test_the_pages_own_form_is_accepted_and_its_token_changes_with_the_person(
        self, browser: Client
    ) -> None:
        browser.handler.enforce_csrf_checks = True
        form = Page(browser.get("/login")).one("form", action="/login")
        before = browser.cookies["menkou_csrf"].value
        token = form.one("input", name="csrfmiddlewaretoken").attributes["value"]
        assert sign_in(browser, csrfmiddlewaretoken=token).status_code == 302
        assert browser.cookies["menkou_csrf"].value != before

    def test_the_address_may_be_written_in_capitals(self, browser: Client) -> None:
        assert sign_in(browser, login="OLGA@Example.COM").status_code == 302
        assert is_signed_in(browser)

    def test_a_page_that_was_asked_for_is_shown_after_signing_in(self, browser: Client) -> None:
        asked = browser.get("/projects/acme/settings/")
        page = Page(browser.get(asked.headers["location"]))
        form = page.one("form", action="/login")
        next_path = form.one("input", name="next").attributes["value"]
        assert next_path == "/projects/acme/settings/"
        assert sign_in(browser, next=next_path).headers["location"] == next_path

    @pytest.mark.parametrize("target", HOSTILE_NEXT)
    def test_44_nobody_is_sent_elsewhere(self, browser: Client, target: str) -> None:
        assert sign_in(browser, next=target).headers["location"] == "/projects/"

    @each_row("target", HOSTILE_NEXT, undo=True)
    def test_nobody_who_is_signed_in_is_sent_elsewhere(self, as_owner: Client, target: str) -> None:
        answer = as_owner.get("/login", {"next": target})
        assert (answer.status_code, answer.headers["location"]) == (302, "/projects/")

    @pytest.mark.parametrize(
        ("login", "password"),
        [("olga@example.com", "wrong"), ("nobody@example.com", PASSWORD)],
    )
    def test_a_wrong_password_and_an_unknown_address_read_the_same(
        self, browser: Client, login: str, password: str
    ) -> None:
        answer = sign_in(browser, login=login, password=password)
        page = Page(answer)
        assert answer.status_code == 200
        assert page.alerts == [WRONG]
        assert page.value("login") == login
        assert page.value("password") is None
        assert not is_signed_in(browser)

    @pytest.mark.parametrize("missing", ["login", "password"])
    def test_both_fields_are_required(self, browser: Client, missing: str) -> None:
        page = Page(sign_in(browser, **{missing: ""}))
        assert page.all_errors() == {missing: ["This field is required."]}

    @pytest.mark.parametrize("path", ["/login", "/password/reset/"])
    def test_no_field_says_its_label_twice(self, browser: Client, path: str) -> None:
        form = Page(browser.get(path)).one("main").one("form", class_="fields")
        assert not [field for field in form.every("input") if "placeholder" in field.attributes]

    def test_the_password_is_in_no_page(self, browser: Client) -> None:
        canary = "canary-3f1c"
        assert canary not in Page(sign_in(browser, password=canary)).source

    def test_a_session_of_before_does_not_become_the_operators(self, browser: Client) -> None:
        browser.cookies["menkou_session"] = "chosenbysomebodyelse0123456789ab"
        sign_in(browser)
        assert browser.cookies["menkou_session"].value != "chosenbysomebodyelse0123456789ab"
        assert is_signed_in(browser)

    def test_an_operator_who_is_switched_off_learns_so(self, browser: Client) -> None:
        User.objects.update(is_active=False)
        answer = sign_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (302, "/inactive")
        assert "This account is deactivated" in Page(browser.get("/inactive")).text
        assert not is_signed_in(browser)

    def test_remember_me_makes_the_session_outlive_the_browser(self, browser: Client) -> None:
        sign_in(browser, remember="on")
        assert browser.cookies["menkou_session"]["max-age"] == 14 * 24 * 3600


def seconds_told(answer: Any) -> int:
    """When to try again, as the form says it."""
    (alert,) = Page(answer).alerts
    told = CLOSED.fullmatch(alert)
    assert told is not None, alert
    return int(told[1])


@pytest.mark.usefixtures("owner", "fresh_limits")
class TestLimits:
    def test_five_wrong_passwords_close_an_account_to_an_address_even_for_the_right_one(
        self, browser: Client
    ) -> None:
        for _ in range(5):
            assert Page(sign_in(browser, password="wrong")).alerts == [WRONG]
        assert 90 < seconds_told(sign_in(browser, password="wrong")) <= 180
        assert 90 < seconds_told(sign_in(browser)) <= 180
        assert not is_signed_in(browser)

    def test_an_account_that_is_closed_closes_no_other(self, browser: Client) -> None:
        User.objects.create_user("ed@example.com", PASSWORD)
        for _ in range(6):
            sign_in(browser, password="wrong")
        assert sign_in(browser, login="ed@example.com").status_code == 302

    def test_right_passwords_are_not_counted_as_wrong_ones(self, browser: Client) -> None:
        for _ in range(6):
            assert sign_in(browser).status_code == 302
            browser.post("/logout")

    def test_ten_wrong_passwords_a_minute_close_an_address(self, browser: Client) -> None:
        for number in range(10):
            login = f"guess{number}@example.com"
            assert Page(sign_in(browser, login=login)).alerts == [WRONG]
        assert 0 < seconds_told(sign_in(browser)) <= 6

    def test_the_thirty_first_attempt_of_a_minute_gets_a_page_that_says_so(
        self, browser: Client
    ) -> None:
        statuses = [
            browser.post("/login", {"login": "", "password": ""}).status_code for _ in range(30)
        ]
        assert statuses == [200] * 30
        answer = sign_in(browser)
        assert answer.status_code == 429
        assert Page(answer).one("h1").text == "Too many attempts"
        seconds = int(answer.headers["retry-after"])
        assert 50 < seconds <= 60
        assert f"Try again in {seconds} seconds." in Page(answer).text
        assert browser.get("/login").status_code == 200

    def test_47_a_forged_forwarding_header_does_not_help(self, browser: Client) -> None:
        for number in range(31):
            answer = browser.post(
                "/login", {"login": ""}, headers={"x-forwarded-for": f"192.0.2.{number}"}
            )
        assert answer.status_code == 429

    def test_behind_a_proxy_one_who_guesses_closes_the_portal_to_nobody_else(
        self, browser: Client, settings: Any
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for number in range(31):
            # What the guesser writes stands before what the proxy adds, and counts for nothing.
            forwarded = {"x-forwarded-for": f"203.0.113.{number}, 192.0.2.1"}
            answer = browser.post("/login", {"login": ""}, headers=forwarded)
        assert answer.status_code == 429
        browser.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.2"
        assert sign_in(browser).status_code == 302

    def test_the_sixth_reset_of_one_account_from_one_address_sends_nothing(
        self, browser: Client
    ) -> None:
        for _ in range(6):
            answer = browser.post("/password/reset/", {"email": "olga@example.com"})
        assert answer.status_code == 429
        assert 90 < int(answer.headers["retry-after"]) <= 180
        assert len(mail.outbox) == 5


class TestWithoutEmail:
    """A portal that sends no email does not promise any."""

    @pytest.fixture(autouse=True)
    def no_email(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_reset_names_the_command_instead(self, browser: Client, method: str) -> None:
        page = Page(getattr(browser, method)("/password/reset/", {"email": "olga@example.com"}))
        assert "does not send email" in page.text
        assert page.one("code").text == "menkou changepassword your-email-address"
        assert not list(page.every("input", type="email"))

    def test_only_owners_are_told_on_the_members_page(
        self, as_owner: Client, as_editor: Client
    ) -> None:
        said = "Set EMAIL_URL"
        assert said in Page(as_owner.get("/projects/acme/settings/members/")).text
        assert said not in Page(as_editor.get("/projects/acme/settings/members/")).text


def test_signing_out_ends_the_session(as_owner: Client) -> None:
    carried_off = as_owner.cookies["menkou_session"].value
    answer = as_owner.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert not is_signed_in(as_owner)
    assert not Session.objects.filter(pk=carried_off).exists()


def test_a_link_cannot_sign_anybody_out(as_owner: Client) -> None:
    assert Page(as_owner.get("/logout")).one("h1").text == "Sign out of the portal?"
    assert is_signed_in(as_owner)


@each_row("target", HOSTILE_NEXT, undo=True)
def test_signing_out_leads_nowhere_else(as_owner: Client, target: str) -> None:
    assert as_owner.post("/logout", {"next": target}).headers["location"] == "/login"


class TestNobodySignsUp:
    def test_the_page_says_so_and_has_no_form(self, browser: Client) -> None:
        page = Page(browser.get("/signup"))
        assert page.one("h1").text == "Sign-up is closed"
        assert not list(page.every("input", type="password"))

    def test_posting_there_makes_nobody(self, browser: Client, db: None) -> None:
        sent = {"email": "eve@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        browser.post("/signup", sent)
        assert not User.objects.exists()

    def test_the_sign_in_page_offers_no_account(self, browser: Client) -> None:
        hrefs = [link.attributes["href"] for link in Page(browser.get("/login")).every("a")]
        assert "/signup" not in hrefs


class TestEndUsersStayOutside:
    @pytest.fixture
    def end_user(self, project: Project) -> User:
        """Somebody whose provider told an address that an operator could have."""
        user = User(project=project, name="Eve", address="eve@example.com", address_verified=True)
        user.set_unusable_password()
        user.save()
        return user

    @pytest.mark.parametrize("login", ["eve@example.com", "Eve", ""])
    @pytest.mark.usefixtures("end_user")
    def test_an_end_user_cannot_sign_in_to_the_portal(self, browser: Client, login: str) -> None:
        assert sign_in(browser, login=login).status_code == 200
        assert not is_signed_in(browser)

    def test_an_end_users_session_is_nobody_on_the_portal(
        self, browser: Client, end_user: User
    ) -> None:
        at_home = sign_in_as(end_user)
        browser.cookies["menkou_session"] = at_home.cookies["menkou_session"].value
        assert at_home.get("/account").status_code == 200
        assert not is_signed_in(browser)

    @pytest.mark.usefixtures("end_user")
    def test_an_end_user_cannot_have_a_password_made(self, browser: Client) -> None:
        browser.post("/password/reset/", {"email": "eve@example.com"})
        (message,) = mail.outbox
        assert "there is no account with the email address eve@example.com" in message.body
        assert "/password/reset/key/" not in message.body


class TestChangingThePassword:
    def test_the_new_one_works_and_the_old_one_does_not(
        self, as_owner: Client, browser: Client
    ) -> None:
        answer = self.change(as_owner)
        assert answer.status_code == 302
        assert is_signed_in(as_owner)
        assert sign_in(browser).status_code == 200
        assert sign_in(browser, password=NEW_PASSWORD).status_code == 302

    def test_other_browsers_are_signed_out(self, as_owner: Client, owner: User) -> None:
        elsewhere = sign_in_as(owner)
        assert is_signed_in(elsewhere)
        self.change(as_owner)
        assert not is_signed_in(elsewhere)

    @pytest.mark.parametrize(
        ("sent", "errors"),
        [
            (
                {"oldpassword": "wrong"},
                {"oldpassword": ["Please type your current password."]},
            ),
            (
                {"password2": "something else entirely"},
                {"password2": ["You must type the same password each time."]},
            ),
            (
                {"password1": "short 1", "password2": "short 1"},
                {
                    "password1": [
                        "This password is too short. It must contain at least 10 characters."
                    ]
                },
            ),
            (
                {"password1": "olga@example", "password2": "olga@example"},
                {"password1": ["The password is too similar to the email address."]},
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, as_owner: Client, browser: Client, sent: dict[str, str], errors: dict[str, list[str]]
    ) -> None:
        assert Page(self.change(as_owner, **sent)).all_errors() == errors
        assert sign_in(browser).status_code == 302

    @staticmethod
    def change(client: Client, **sent: str) -> Any:
        typed = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        return client.post("/password/change/", {**typed, **sent})


@pytest.mark.usefixtures("owner", "fresh_limits")
class TestResettingThePassword:
    def link(self, browser: Client) -> str:
        browser.post("/password/reset/", {"email": "olga@example.com"})
        found = re.search(
            r"^http://portal\.test(/password/reset/key/\S+)$", mail.outbox[-1].body, re.M
        )
        assert found is not None
        return found[1]

    def choose(self, browser: Client, link: str) -> Any:
        form = browser.get(link).headers["location"]
        return browser.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    def test_the_message_says_where_it_comes_from(self, browser: Client) -> None:
        self.link(browser)
        (message,) = mail.outbox
        assert message.subject == "Reset your Menkou password"
        assert (message.to, message.from_email) == (["olga@example.com"], "menkou@portal.test")
        assert (
            "a request to reset your password for the Menkou portal at portal.test." in message.body
        )

    def test_the_message_is_in_the_readers_language(self, browser: Client) -> None:
        browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN,zh;q=0.9"
        self.link(browser)
        assert mail.outbox[0].subject == said_in("zh-hans", "Reset your Menkou password")

    def test_whose_password_it_is_is_told_afterwards(self, browser: Client) -> None:
        self.choose(browser, self.link(browser))
        assert mail.outbox[1].subject == "Menkou: the password was reset by email"
        assert mail.outbox[1].to == ["olga@example.com"]

    def test_the_link_gives_a_new_password(self, browser: Client) -> None:
        answer = self.choose(browser, self.link(browser))
        assert (answer.status_code, answer.headers["location"]) == (
            302,
            "/password/reset/key/done/",
        )
        assert not is_signed_in(browser)
        assert sign_in(browser).status_code == 200
        assert sign_in(browser, password=NEW_PASSWORD).status_code == 302

    def test_the_key_does_not_stay_in_the_address(self, browser: Client) -> None:
        link = self.link(browser)
        location = browser.get(link).headers["location"]
        assert location == re.sub(r"-[^-/]+-[^-/]+/$", "-set-password/", link)

    def test_the_link_works_once(self, browser: Client) -> None:
        link = self.link(browser)
        self.choose(browser, link)
        page = Page(client_of("portal.test").get(link))
        assert page.one("h1").text == "This link no longer works"
        assert not list(page.every("input", type="password"))

    def test_a_link_with_another_key_does_not_work(self, browser: Client) -> None:
        link = re.sub(r"[^-]{4}/$", "0000/", self.link(browser))
        assert Page(browser.get(link)).one("h1").text == "This link no longer works"

    def test_an_unknown_address_reads_the_same_and_gets_no_link(self, browser: Client) -> None:
        known = browser.post("/password/reset/", {"email": "olga@example.com"})
        unknown = browser.post("/password/reset/", {"email": "nobody@example.com"})
        pages = [browser.get(each.headers["location"]) for each in (known, unknown)]
        assert known.status_code == unknown.status_code == 302
        assert known.headers["location"] == unknown.headers["location"]
        assert Page(pages[0]).text == Page(pages[1]).text
        assert [message.to for message in mail.outbox] == [
            ["olga@example.com"],
            ["nobody@example.com"],
        ]
        assert mail.outbox[1].subject == "No Menkou account with this email address"
        assert "/password/reset/key/" not in mail.outbox[1].body

    def test_a_weak_password_is_refused(self, browser: Client) -> None:
        form = browser.get(self.link(browser)).headers["location"]
        page = Page(browser.post(form, {"password1": "1234567890", "password2": "1234567890"}))
        assert page.all_errors() == {
            "password1": ["This password is too common.", "This password is entirely numeric."]
        }
        assert sign_in(browser).status_code == 302


class TestLanguage:
    def test_the_choice_is_kept_and_leads_back(self, as_owner: Client) -> None:
        answer = as_owner.post("/language", {"language": "zh-hans", "next": "/projects/create/"})
        assert (answer.status_code, answer.headers["location"]) == (302, "/projects/create/")
        page = Page(as_owner.get("/projects/create/", headers={"accept-language": "en"}))
        assert page.one("html").attributes["lang"] == "zh-hans"
        assert page.one("h1").text == said_in("zh-hans", "Create Project")

    @each_row("target", HOSTILE_NEXT, undo=True)
    def test_it_leads_nowhere_else(self, as_owner: Client, target: str) -> None:
        answer = as_owner.post("/language", {"language": "zh-hans", "next": target})
        assert (answer.status_code, answer.headers["location"]) == (302, "/")

    @pytest.mark.parametrize(
        ("asked", "leads_to"),
        [
            ("/login?lang=en", "/login"),
            ("/login?lang=en&next=/projects/acme/", "/login?next=/projects/acme/"),
            ("/login?next=/projects/%3Fa%3D1%26b", "/login?next=/projects/%3Fa%3D1%26b"),
        ],
    )
    def test_an_address_that_names_a_language_does_not_overrule_the_choice(
        self, browser: Client, db: None, asked: str, leads_to: str
    ) -> None:
        form = Page(browser.get(asked)).one("form", action="/language")
        next_path = form.one("input", name="next").attributes["value"]
        answer = browser.post("/language", {"language": "zh-hans", "next": next_path}, follow=True)
        assert answer.redirect_chain == [(leads_to, 302)]
        assert Page(answer).one("html").attributes["lang"] == "zh-hans"

    @pytest.mark.parametrize("path", ["/projects/acme/", "/projects/acme/settings/"])
    def test_nor_does_it_where_one_is_signed_in(self, as_owner: Client, path: str) -> None:
        form = Page(as_owner.get(f"{path}?lang=en")).one("form", action="/language")
        assert form.one("input", name="next").attributes["value"] == path

    def test_a_language_that_we_do_not_speak_changes_nothing(self, as_owner: Client) -> None:
        as_owner.post("/language", {"language": "tlh"})
        assert "menkou_language" not in as_owner.cookies

    @pytest.mark.parametrize(
        ("accepted", "language"),
        [("zh-CN,zh;q=0.9", "zh-hans"), ("de,en;q=0.5", "en"), ("de", "en"), ("", "en")],
    )
    def test_without_a_choice_the_browser_decides(
        self, browser: Client, accepted: str, language: str
    ) -> None:
        answer = browser.get("/login", headers={"accept-language": accepted})
        assert Page(answer).one("html").attributes["lang"] == language
        assert answer.headers["content-language"] == language

    def test_the_address_overrules_both(self, browser: Client) -> None:
        browser.cookies["menkou_language"] = "en"
        answer = browser.get("/login?lang=zh-hans", headers={"accept-language": "en"})
        assert Page(answer).one("html").attributes["lang"] == "zh-hans"
        assert browser.cookies["menkou_language"].value == "zh-hans"

    def test_both_languages_are_offered_by_their_own_names(self, browser: Client) -> None:
        buttons = list(Page(browser.get("/login")).every("button", name="language"))
        assert [(each.text, each.attributes["value"]) for each in buttons] == [
            ("English", "en"),
            ("简体中文", "zh-hans"),
        ]
