"""Google and GitHub: who somebody is there, and what of it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.models import Identity, SignIn
from connections.protocols.oidc.discovery_cache import discovery_cache
from projects.models import Project, User
from tests.connections.sign_in_assertions import (
    assert_allauth_keeps_nothing,
    assert_nobody_is_known,
)
from tests.openid import ABSENT, OTHER_KEY, Guest, OpenID, connect, running_openid

PROFILE = {
    "id": 583231,
    "login": "octocat",
    "name": "Mona",
    "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4",
}
PRIMARY = {"email": "mona@example.com", "primary": True, "verified": True, "visibility": None}


@pytest.fixture
def provider(settings: Any, db: None) -> Iterator[OpenID]:
    discovery_cache.clear()
    cache.clear()
    with running_openid() as openid:
        settings.MENKOU_MOVED_ENDPOINTS = dict.fromkeys(
            (
                "https://github.com",
                "https://api.github.com",
                "https://oauth2.googleapis.com",
                "https://www.googleapis.com",
            ),
            openid.origin,
        )
        yield openid
    discovery_cache.clear()


@pytest.fixture
def at_github(project: Project, provider: OpenID) -> Guest:
    provider.profile = dict(PROFILE)
    provider.emails = [{**PRIMARY, "email": "old@example.com", "primary": False}, PRIMARY]
    provider.token["id_token"] = ABSENT
    provider.token["token_type"] = "bearer"
    return Guest(project, provider, connect(project, "github"))


@pytest.fixture
def at_google(project: Project, provider: OpenID) -> Guest:
    provider.issuer = "https://accounts.google.com"
    provider.told.update(
        sub="110169484474386276334",
        name="Ada",
        email="ada@gmail.com",
        email_verified=True,
        picture="https://lh3.googleusercontent.com/a/x=s96-c",
    )
    return Guest(project, provider, connect(project, "google"))


def signed_in(answer: Any) -> User:
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account")
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


def assert_refused(answer: Any, cause: str) -> None:
    assert answer.status_code in {400, 403, 503}
    assert SignIn.objects.get().cause == cause
    assert_nobody_is_known()


class TestGitHub:
    def test_whoever_github_names_is_signed_in(self, at_github: Guest) -> None:
        person = signed_in(at_github.sign_in())

        assert (person.name, person.address, person.address_verified, person.picture) == (
            "Mona",
            "mona@example.com",
            True,
            PROFILE["avatar_url"],
        )
        identity = Identity.objects.get()
        assert (identity.namespace, identity.subject) == ("github", "583231")
        assert_allauth_keeps_nothing()

    def test_it_asks_for_the_address_only_and_uses_pkce(self, at_github: Guest) -> None:
        at_github.sign_in()

        assert at_github.query["scope"] == "user:email"
        assert at_github.query["code_challenge_method"] == "S256"
        assert "nonce" not in at_github.query
        paths = [each.path for each in at_github.provider.asked]
        assert paths == ["/login/oauth/access_token", "/user", "/user/emails"]

    @pytest.mark.parametrize(
        "number", [None, 0, "", "0583231", -1, ABSENT, True, 1.5, [], 2**63, 10**200]
    )
    def test_two_people_without_a_number_are_refused_and_never_one(
        self, at_github: Guest, number: Any
    ) -> None:
        at_github.provider.profile.pop("id")
        if number is not ABSENT:
            at_github.provider.profile["id"] = number

        assert_refused(at_github.sign_in(), "no_subject")

    def test_38_a_new_name_is_the_same_person(self, at_github: Guest) -> None:
        before = signed_in(at_github.sign_in())
        at_github.provider.profile.update(login="renamed", name=None)

        after = signed_in(at_github.sign_in())

        assert (after, after.name) == (before, "renamed")

    def test_an_old_name_taken_by_somebody_else_is_another_person(self, at_github: Guest) -> None:
        before = signed_in(at_github.sign_in())
        at_github.provider.profile["id"] = 99

        assert signed_in(at_github.sign_in()) != before

    @pytest.mark.parametrize(
        "emails",
        [
            [],
            [{**PRIMARY, "verified": False}],
            [{**PRIMARY, "verified": "true"}],
            [{**PRIMARY, "verified": 1}],
            [{**PRIMARY, "primary": False}],
            ["mona@example.com"],
            [{**PRIMARY, "email": "not an address"}],
        ],
    )
    def test_only_the_verified_primary_address_counts(
        self, at_github: Guest, emails: list[Any]
    ) -> None:
        at_github.provider.emails = emails
        at_github.provider.profile["email"] = "victim@example.com"

        person = signed_in(at_github.sign_in())

        assert (person.address, person.address_verified) == ("", False)

    @pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden"])
    def test_people_whose_addresses_may_not_be_read_sign_in_without(
        self, at_github: Guest, status: str
    ) -> None:
        at_github.provider.status["/user/emails"] = status

        assert signed_in(at_github.sign_in()).address == ""

    @pytest.mark.parametrize(
        ("error", "cause"),
        [
            ("bad_verification_code", "bad_verification_code"),
            ("incorrect_client_credentials", "incorrect_client_credentials"),
            ("redirect_uri_mismatch", "redirect_uri_mismatch"),
            ("something_new", "unknown_code"),
        ],
    )
    def test_an_error_with_status_200_is_an_error(
        self, at_github: Guest, error: str, cause: str
    ) -> None:
        at_github.provider.token.update(error=error, error_description="<b>secret words</b>")

        answer = at_github.sign_in()

        assert_refused(answer, cause)
        assert SignIn.objects.get().provider_code == error
        assert b"secret words" not in answer.content

    @pytest.mark.parametrize("path", ["/login/oauth/access_token", "/user", "/user/emails"])
    @pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"5", b'"x"', b"\xff", b"[" * 9000])
    def test_garbage_is_a_friendly_page(self, at_github: Guest, path: str, body: bytes) -> None:
        at_github.provider.raw[path] = body

        if path == "/user/emails":
            # The address is only shown.
            assert signed_in(at_github.sign_in()).address == ""
        else:
            is_json = body in {b"null", b"5", b'"x"', b"[" * 9000}
            assert_refused(at_github.sign_in(), "malformed" if is_json else "not_json")

    def test_a_picture_from_elsewhere_is_not_kept(self, at_github: Guest) -> None:
        at_github.provider.profile["avatar_url"] = "https://evil.example/u/1"

        assert signed_in(at_github.sign_in()).picture == ""

    def test_two_apps_side_by_side_know_the_same_person(
        self, at_github: Guest, project: Project, provider: OpenID
    ) -> None:
        second = Guest(project, provider, connect(project, "github", "github2"))

        assert signed_in(at_github.sign_in()) == signed_in(second.sign_in())


class TestGoogle:
    def test_whoever_google_names_is_signed_in(self, at_google: Guest) -> None:
        person = signed_in(at_google.sign_in())

        assert (person.name, person.address, person.address_verified, person.picture) == (
            "Ada",
            "ada@gmail.com",
            True,
            "https://lh3.googleusercontent.com/a/x=s96-c",
        )
        identity = Identity.objects.get()
        assert (identity.namespace, identity.subject) == ("google", "110169484474386276334")
        assert at_google.query["scope"] == "openid profile email"
        assert at_google.query["code_challenge_method"] == "S256"

    def test_google_may_name_itself_without_https(self, at_google: Guest) -> None:
        at_google.provider.told["iss"] = "accounts.google.com"

        signed_in(at_google.sign_in())

    @pytest.mark.parametrize(
        ("told", "cause"),
        [
            ({"iss": "https://evil.example"}, "issuer"),
            ({"aud": "somebody-else"}, "audience"),
            ({"nonce": "another"}, "nonce"),
            ({"nonce": ABSENT}, "nonce_missing"),
        ],
    )
    def test_a_token_for_somebody_else_is_refused(
        self, at_google: Guest, told: dict[str, Any], cause: str
    ) -> None:
        at_google.provider.told.update(told)

        assert_refused(at_google.sign_in(), cause)

    def test_a_token_that_google_did_not_sign_is_refused(self, at_google: Guest) -> None:
        at_google.provider.signing_key = OTHER_KEY

        assert_refused(at_google.sign_in(), "id_token")

    def test_31_another_issuer_in_the_callback_is_refused(self, at_google: Guest) -> None:
        assert_refused(at_google.sign_in(iss="https://evil.example"), "issuer")

    @pytest.mark.parametrize("proof", ["true", "false", 1, None, False])
    def test_a1_only_json_true_proves_an_address(self, at_google: Guest, proof: Any) -> None:
        at_google.provider.told["email_verified"] = proof

        assert signed_in(at_google.sign_in()).address_verified is False
