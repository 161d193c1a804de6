"""Apps, recovery codes and passkeys: set up, used once, removed, and never somebody else's."""

from __future__ import annotations

import base64
import json
import logging
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection as database
from django.test import Client

from connections.secrets import check_keys
from projects.models import Project, User
from tests.cast import PASSWORD, client_of, sign_in_as
from tests.portal.authenticator import PRESENT, Device, code_of
from tests.portal.factors import (
    add_passkey,
    arrive,
    by_https,
    is_signed_in,
    next_code,
    nobody,
    options_on,
    recovery_codes,
    set_up_app,
    sign_in_options,
    type_code,
)
from tests.portal.page_reader import Page
from tests.rows import each_row

INCORRECT = "Incorrect code."
NOT_ACCEPTED = "This passkey was not accepted. Try again, or use another method."

pytestmark = pytest.mark.usefixtures("fresh_limits", "keys")


@pytest.fixture
def keys(db: None, settings: Any) -> None:
    """Keys that seal, and a proxy in front that speaks https."""
    check_keys()
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture
def other(project: Project) -> User:
    return User.objects.create_user("max@example.com", PASSWORD, name="Max")


def location(answer: Any) -> str:
    assert answer.status_code == 302
    found: str = answer.headers["location"]
    return found


class TestApp:
    def test_after_setting_it_up_the_password_leads_to_the_second_step_and_the_code_inside(
        self, owner: User
    ) -> None:
        key = set_up_app(arrive(owner))
        browser = nobody()

        asked = browser.post("/login", {"login": owner.email, "password": PASSWORD})
        assert location(asked) == "/login/second-step"
        assert not is_signed_in(browser)

        assert location(type_code(browser, next_code(key))) == "/projects/"
        assert is_signed_in(browser)

    def test_the_page_that_was_asked_for_is_shown_in_the_end(self, owner: User) -> None:
        key = set_up_app(arrive(owner))
        browser = nobody()
        browser.post(
            "/login",
            {"login": owner.email, "password": PASSWORD, "next": "/projects/acme/history/"},
        )
        assert location(type_code(browser, next_code(key))) == "/projects/acme/history/"

    def test_a_code_counts_once_as_long_as_it_could_be_typed(self, owner: User) -> None:
        key = set_up_app(arrive(owner))
        # Good for a minute more, which is longer than allauth remembers it.
        code = next_code(key)
        assert location(type_code(arrive(owner), code)) == "/projects/"
        Authenticator.objects.update(last_used_at=None)
        with database.cursor() as cursor:
            cursor.execute("DELETE FROM django_cache WHERE cache_key LIKE '%%allauth.mfa.totp%%'")

        again = arrive(owner)
        assert Page(type_code(again, code)).all_errors() == {"code": [INCORRECT]}
        assert not is_signed_in(again)

    def test_the_code_that_set_it_up_signs_nobody_in(self, owner: User) -> None:
        browser = arrive(owner)
        key = Page(browser.get("/account/app/")).with_id("app-key").one("code").text
        code = code_of(key)
        assert browser.post("/account/app/", {"code": code}).status_code == 302

        assert Page(type_code(arrive(owner), code)).all_errors() == {"code": [INCORRECT]}

    @pytest.mark.parametrize("steps", [-2, 3])
    def test_a_code_of_another_minute_is_wrong(self, owner: User, steps: int) -> None:
        key = set_up_app(arrive(owner))
        page = Page(type_code(arrive(owner), code_of(key, steps=steps)))
        assert page.all_errors() == {"code": [INCORRECT]}

    def test_a_wrong_first_code_switches_nothing_on_and_keeps_the_key(self, owner: User) -> None:
        browser = arrive(owner)
        key = Page(browser.get("/account/app/")).with_id("app-key").one("code").text
        page = Page(browser.post("/account/app/", {"code": "000000"}))
        assert page.all_errors() == {"code": [INCORRECT]}
        assert page.with_id("app-key").one("code").text == key
        assert not Authenticator.objects.exists()

    def test_the_fifth_wrong_code_closes_the_second_step_even_to_the_right_one(
        self, owner: User
    ) -> None:
        key = set_up_app(sign_in_as(owner))
        browser = arrive(owner)
        for _ in range(5):
            assert Page(type_code(browser, "000000")).all_errors() == {"code": [INCORRECT]}
        page = Page(type_code(browser, next_code(key)))
        (error,) = page.all_errors()["code"]
        assert re.fullmatch(
            r"Too many incorrect codes\. Try again in \d minutes \(1\d\d seconds\)\.", error
        )
        assert not is_signed_in(browser)

    def test_removing_it_leaves_the_password_alone_and_takes_the_recovery_codes(
        self, owner: User
    ) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        assert location(browser.post("/account/app/remove/")) == "/account/security/"
        assert not Authenticator.objects.exists()
        assert is_signed_in(arrive(owner))

    def test_the_key_and_the_codes_are_kept_by_no_cache(self, owner: User) -> None:
        browser = arrive(owner)
        assert "no-store" in browser.get("/account/app/").headers["cache-control"]
        set_up_app(browser)
        assert "no-store" in browser.get("/account/recovery-codes/").headers["cache-control"]


class TestTheSecondStepCannotBeSkipped:
    """security.md, case 57, and what resembles it."""

    @pytest.fixture
    def half_way(self, owner: User) -> Client:
        set_up_app(arrive(owner))
        return arrive(owner)

    @pytest.mark.parametrize("path", ["/projects/", "/projects/acme/", "/account/"])
    def test_57_by_another_address(self, half_way: Client, path: str) -> None:
        assert location(half_way.get(path)).startswith("/login")

    def test_57_by_beginning_again(self, half_way: Client) -> None:
        assert location(half_way.get("/login")) == "/login/second-step"
        assert location(half_way.get("/login/passkey")) == "/login/second-step"
        assert not is_signed_in(half_way)

    @pytest.mark.parametrize("path", ["/reauthenticate", "/reauthenticate/code"])
    def test_by_confirming(self, half_way: Client, path: str) -> None:
        half_way.post(path, {"password": PASSWORD})
        assert not is_signed_in(half_way)

    def test_by_a_new_password(self, half_way: Client, owner: User) -> None:
        half_way.post("/logout")
        half_way.post("/password/reset/", {"email": owner.email})
        link = next(
            line for line in mail.outbox[-1].body.splitlines() if "/password/reset/key/" in line
        ).partition("portal.test")[2]
        form = half_way.get(link).headers["location"]
        chosen = {"password1": "a doorway made of oak", "password2": "a doorway made of oak"}
        assert half_way.post(form, chosen).status_code == 302
        assert not is_signed_in(half_way)

        assert not is_signed_in(arrive(owner, "a doorway made of oak"))

    def test_by_setting_up_another_one(self, half_way: Client) -> None:
        assert location(half_way.post("/account/app/remove/")).startswith("/login")
        assert Authenticator.objects.filter(type="totp").count() == 1

    def test_but_one_may_sign_in_as_somebody_else(self, half_way: Client, other: User) -> None:
        half_way.post("/logout", {"next": "/login"})
        half_way.post("/login", {"login": other.email, "password": PASSWORD})
        assert is_signed_in(half_way)

    def test_somebody_elses_code_is_wrong(self, half_way: Client, other: User) -> None:
        theirs = set_up_app(arrive(other))
        assert Page(type_code(half_way, next_code(theirs))).all_errors() == {"code": [INCORRECT]}


class TestRecoveryCodes:
    def test_one_signs_in_once(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        code = recovery_codes(browser)[3]

        assert location(type_code(arrive(owner), code)) == "/projects/"
        assert Page(type_code(arrive(owner), code)).all_errors() == {"code": [INCORRECT]}

    def test_they_are_shown_once(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        codes = recovery_codes(browser)
        assert len(set(codes)) == 10

        again = Page(browser.get("/account/recovery-codes/"))
        assert "Your codes have already been shown. 10 codes are left." in again.text
        assert not any(code in again.source for code in codes)

    def test_asking_for_the_head_does_not_use_up_the_one_time(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        assert browser.head("/account/recovery-codes/").status_code == 405
        assert len(recovery_codes(browser)) == 10

    def test_new_ones_end_the_old_ones(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        old = recovery_codes(browser)
        made = browser.post("/account/recovery-codes/new/")
        assert location(made) == "/account/recovery-codes/"
        new = recovery_codes(browser)

        assert not set(old) & set(new)
        assert Page(type_code(arrive(owner), old[0])).all_errors() == {"code": [INCORRECT]}
        assert location(type_code(arrive(owner), new[0])) == "/projects/"

    def test_the_account_counts_what_is_left(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        type_code(arrive(owner), recovery_codes(browser)[0])
        assert "9 codes are left." in Page(browser.get("/account/")).text


class TestPasskeys:
    def test_it_signs_in_without_a_password(self, owner: User) -> None:
        device = Device()
        assert location(add_passkey(arrive(owner), device)) == "/account/recovery-codes/"
        browser = nobody()

        credential = device.use(sign_in_options(browser))
        answer = browser.post(
            "/login/passkey", {"credential": credential, "next": "/projects/acme/"}
        )
        assert location(answer) == "/projects/acme/"
        assert is_signed_in(browser)

    def test_it_is_a_second_step(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        browser = arrive(owner)
        assert not is_signed_in(browser)

        credential = device.use(options_on(browser.get("/login/second-step")))
        answer = browser.post("/login/second-step", {"credential": credential})
        assert location(answer) == "/projects/"

    def test_its_answer_is_taken_once(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        browser = nobody()
        credential = device.use(sign_in_options(browser))
        browser.post("/login/passkey", {"credential": credential})
        browser.post("/logout")

        sign_in_options(browser)
        assert location(browser.post("/login/passkey", {"credential": credential})) == "/login"
        assert not is_signed_in(browser)

    @pytest.mark.parametrize(
        "device",
        [
            pytest.param(Device(origin="https://acme.login.test"), id="a project's page"),
            pytest.param(Device(origin="https://sub.portal.test"), id="a subdomain"),
            pytest.param(Device(origin="https://portal.test:8443"), id="another port"),
            pytest.param(Device(host="login.test"), id="another site's key"),
        ],
    )
    def test_one_of_another_site_is_refused(self, owner: User, device: Device) -> None:
        page = Page(add_passkey(arrive(owner), device))
        assert NOT_ACCEPTED in page.text
        assert not Authenticator.objects.exists()

    def test_one_that_was_used_elsewhere_signs_nobody_in(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        device.origin = "https://sub.portal.test"
        browser = nobody()
        credential = device.use(sign_in_options(browser))
        assert location(browser.post("/login/passkey", {"credential": credential})) == "/login"
        assert Page(browser.get("/login")).messages == [NOT_ACCEPTED]
        assert not is_signed_in(browser)

    def test_a_found_key_without_finger_or_pin_opens_nothing(
        self, owner: User, other: User
    ) -> None:
        """Not even with options that were asked for as one's own second step."""
        found, own = Device(), Device()
        add_passkey(arrive(owner), found)
        add_passkey(arrive(other), own)
        thief = arrive(other)
        credential = found.use(options_on(thief.get("/login/second-step")), flags=PRESENT)
        # No longer half way in, the thief still has the options.
        thief.post("/logout")
        answer = thief.post("/login/passkey", {"credential": credential})
        assert location(answer) == "/login"
        assert not is_signed_in(thief)

    def test_without_finger_or_pin_none_is_added(self, owner: User) -> None:
        browser, device = arrive(owner), Device()
        options = options_on(browser.get("/account/passkeys/add/"))
        credential = device.make(options, flags=PRESENT)
        browser.post("/account/passkeys/add/", {"name": "Key", "credential": credential})
        assert not Authenticator.objects.exists()

    def test_somebody_half_way_in_may_come_in_as_who_the_passkey_is_and_as_nobody_else(
        self, owner: User, other: User
    ) -> None:
        set_up_app(arrive(owner))
        device = Device()
        add_passkey(arrive(other), device)
        browser = arrive(owner)
        options = options_on(browser.get("/login/second-step"))
        answer = browser.post("/login/second-step", {"credential": device.use(options)})
        assert answer.status_code == 200
        assert not is_signed_in(browser)

    @each_row(
        "credential",
        [
            "",
            "null",
            "[]",
            "{}",
            '"x"',
            "1",
            "not json",
            '{"type": "public-key", "id": "AA", "rawId": "AA", "response": {}}',
            '{"id": "é", "rawId": "AA", "response": {"clientDataJSON": "AA", "userHandle": "AA",'
            ' "authenticatorData": "AA", "signature": "AA"}, "type": "public-key"}',
        ],
        undo=True,
    )
    def test_what_cannot_be_read_is_refused_in_words(self, owner: User, credential: str) -> None:
        signed_in = arrive(owner)
        options_on(signed_in.get("/account/passkeys/add/"))
        added = signed_in.post("/account/passkeys/add/", {"name": "x", "credential": credential})
        assert added.status_code == 200

        browser = nobody()
        sign_in_options(browser)
        assert location(browser.post("/login/passkey", {"credential": credential})) == "/login"
        assert not Authenticator.objects.exists()

    def test_an_operator_who_is_switched_off_stays_outside(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        User.objects.update(is_active=False)
        browser = nobody()
        credential = device.use(sign_in_options(browser))
        assert location(browser.post("/login/passkey", {"credential": credential})) == "/inactive"
        assert not is_signed_in(browser)

    def test_it_can_be_renamed_and_removed(self, owner: User) -> None:
        browser = arrive(owner)
        add_passkey(browser, Device(), "Laptop")
        passkey = Authenticator.objects.get(type="webauthn")
        path = f"/account/passkeys/{passkey.pk}/"

        browser.post(path, {"name": "Old\u202e laptop"})
        assert "Old laptop" in Page(browser.get("/account/")).text
        assert Page(browser.post(path, {"name": ""})).all_errors() == {
            "name": ["This field is required."]
        }
        browser.post(f"{path}remove/")
        assert not Authenticator.objects.exists()


class TestOtherPeople:
    def test_nobody_reads_or_changes_the_factors_of_another(self, owner: User, other: User) -> None:
        theirs = arrive(owner)
        add_passkey(theirs, Device(), "Olga's laptop")
        key = set_up_app(theirs)
        before = list(Authenticator.objects.order_by("pk").values())
        passkey = Authenticator.objects.get(type="webauthn")
        mine = arrive(other)

        for path in (f"/account/passkeys/{passkey.pk}/", f"/account/passkeys/{passkey.pk}/remove/"):
            assert mine.get(path).status_code == 404
            assert mine.post(path, {"name": "mine"}).status_code == 404
        for path in ("/account/app/remove/", "/account/recovery-codes/"):
            assert mine.get(path).status_code == 404
        page = Page(mine.get("/account/"))
        assert "Olga's laptop" not in page.text
        assert key not in page.source
        assert list(Authenticator.objects.order_by("pk").values()) == before

    @each_row(
        "path",
        ["/login/second-step", "/login/passkey", "/account/app/", "/account/passkeys/add/"],
        undo=True,
    )
    def test_a_projects_host_has_none_of_these_pages(self, project: Project, path: str) -> None:
        browser = client_of(project.host)
        assert (browser.get(path).status_code, browser.post(path).status_code) == (404, 404)


class TestFreshness:
    PATHS = (
        "/account/app/",
        "/account/app/remove/",
        "/account/passkeys/add/",
        "/account/passkeys/1/",
        "/account/passkeys/1/remove/",
        "/account/recovery-codes/",
        "/account/recovery-codes/new/",
    )

    @each_row("path", PATHS, undo=True)
    def test_who_signed_in_long_ago_confirms_first_and_nothing_sent_is_kept(
        self, owner: User, path: str
    ) -> None:
        browser = by_https(sign_in_as(owner, ago=601))
        for answer in (browser.get(path), browser.post(path, {"code": "CANARY"})):
            assert location(answer) == f"/reauthenticate?next={path.replace('/', '%2F')}"
        assert "CANARY" not in str([each.get_decoded() for each in Session.objects.all()])
        confirmed = browser.post(f"/reauthenticate?next={path}", {"password": PASSWORD})
        assert location(confirmed) == path
        assert browser.get(path).status_code in {200, 404}

    def test_a_sign_in_counts_for_ten_minutes(self, owner: User, settings: Any) -> None:
        browser = arrive(owner)
        assert browser.get("/account/app/").status_code == 200
        assert settings.ACCOUNT_REAUTHENTICATION_TIMEOUT == 600
        settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
        assert location(browser.get("/account/app/")).startswith("/reauthenticate")

    def test_a_code_confirms_as_well(self, owner: User) -> None:
        key = set_up_app(arrive(owner))
        browser = by_https(sign_in_as(owner, ago=3600))
        answer = browser.post(
            "/reauthenticate/code?next=/account/app/remove/", {"code": next_code(key)}
        )
        assert location(answer) == "/account/app/remove/"
        assert browser.get("/account/app/remove/").status_code == 200

    def test_the_ways_come_in_one_order_in_every_language(self, owner: User) -> None:
        browser = arrive(owner)
        set_up_app(browser)
        add_passkey(browser, Device())
        for language in ("en", "zh-hans"):
            page = Page(browser.get("/reauthenticate/code", headers={"accept-language": language}))
            others = [link.attributes["href"] for link in page.every("a", class_="button-wide")]
            assert others == ["/reauthenticate/passkey", "/reauthenticate"]

    def test_a_passkey_confirms_as_well(self, owner: User) -> None:
        device = Device()
        add_passkey(arrive(owner), device)
        browser = by_https(sign_in_as(owner, ago=3600))
        page = browser.get("/reauthenticate/passkey?next=/account/passkeys/add/")
        sent = {"credential": device.use(options_on(page)), "next": "/account/passkeys/add/"}
        answer = browser.post("/reauthenticate/passkey", sent)
        assert location(answer) == "/account/passkeys/add/"

    def test_a_passkey_of_nobody_does_not(self, owner: User) -> None:
        add_passkey(arrive(owner), Device())
        browser = by_https(sign_in_as(owner, ago=3600))
        stolen = Device()
        stolen.user = ""
        page = browser.get("/reauthenticate/passkey")
        answer = browser.post(
            "/reauthenticate/passkey", {"credential": stolen.use(options_on(page))}
        )
        assert answer.status_code == 200
        assert NOT_ACCEPTED in Page(answer).text


class TestAtRest:
    def everything_stored(self) -> str:
        """All that the database keeps of factors and sessions, as an intruder would read it."""
        with database.cursor() as cursor:
            cursor.execute("SELECT data::text FROM mfa_authenticator")
            rows = [row[0] for row in cursor.fetchall()]
        sessions = [json.dumps(each.get_decoded()) for each in Session.objects.all()]
        return "\n".join(rows + sessions)

    def test_neither_key_nor_codes_are_in_the_database_before_or_after(self, owner: User) -> None:
        browser = arrive(owner)
        key = Page(browser.get("/account/app/")).with_id("app-key").one("code").text
        assert key not in self.everything_stored()
        browser.post("/account/app/", {"code": code_of(key)})
        codes = recovery_codes(browser)

        stored = self.everything_stored()
        assert not any(secret in stored for secret in (key, *codes))
        sealed = Authenticator.objects.get(type="totp").data["secret"]
        assert base64.b64decode(sealed)[0] == 1  # Tink's own beginning

    @pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
    def test_a_row_copied_from_another_person_does_not_open(
        self, owner: User, other: User, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        thief = arrive(other)
        own_key = set_up_app(thief)
        own_codes = recovery_codes(thief)
        set_up_app(arrive(owner))
        stolen = Authenticator.objects.get(user=other, type=kind)
        row = Authenticator.objects.get(user=owner, type=kind)
        row.data = stolen.data
        row.save()
        typed = next_code(own_key) if kind == "totp" else own_codes[0]

        browser = arrive(owner)
        with caplog.at_level(logging.ERROR, "menkou.accounts"):
            page = Page(type_code(browser, typed))
        assert page.all_errors() == {
            "code": ["Codes cannot be checked right now. Contact your portal administrator."]
        }
        assert not is_signed_in(browser)
        told = [each.getMessage() for each in caplog.records if each.name == "menkou.accounts"]
        assert told == [
            "A second factor cannot be opened: "
            "A secret cannot be decrypted with the current keyset."
        ]
