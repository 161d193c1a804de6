"""Facebook, LinkedIn, Microsoft and others: what each alone does."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from connections.models import Identity, SignIn
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.providers import catalogue
from connections.providers.microsoft import LOGIN, PERSONAL
from connections.providers.slack import WORKSPACE
from connections.values.browsers import Browser
from connections.values.sites import Site
from projects.models import Project, User
from tests.checks import said_after_check
from tests.connections.sign_in_assertions import assert_nobody_is_known
from tests.openid import ABSENT, CLIENT_SECRET, KEY, connect, jwk
from tests.rows import each_row
from tests.samples.microsoft import OBJECT, SUBJECT, TENANT
from tests.samples.sample import Guest, playing, sample_of

At = Callable[..., Guest]


@pytest.fixture
def at(project: Project, settings: Any, db: None) -> Iterator[At]:
    """Somebody in front of the button of a provider, which its sample plays."""
    discovery_cache.clear()
    cache.clear()
    with ExitStack() as stack:

        def arrive(provider: str, alias: str = "", **saved: Any) -> Guest:
            sample, definition = sample_of(provider), catalogue.get(provider)
            script = stack.enter_context(playing(definition, sample, settings))
            saved = {"client_id": sample.filled_in["client_id"], **saved}
            return Guest(project, script, connect(project, provider, alias, **saved))

        yield arrive
    discovery_cache.clear()


def signed_in(answer: Any) -> User:
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account"), (
        SignIn.objects.values_list("cause", "provider_code")
    )
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


def assert_refused(answer: Any, cause: str) -> None:
    assert answer.status_code in {400, 403, 503}
    assert SignIn.objects.get().cause == cause
    assert_nobody_is_known()


class TestFacebook:
    def test_the_profile_is_asked_for_with_a_proof_of_the_app_secret(self, at: At) -> None:
        guest = at("facebook")
        signed_in(guest.sign_in())

        asked = guest.script.heard[-1]
        token = guest.script.answers["/v26.0/oauth/access_token"]["access_token"]
        proof = hmac.new(CLIENT_SECRET.encode(), token.encode(), "sha256").hexdigest()
        query = parse_qs(urlsplit(asked.path).query)
        assert query == {"fields": ["id,name,email"], "appsecret_proof": [proof]}

    def test_a_test_asks_for_a_token_that_takes_no_code(self, at: At, as_owner: Client) -> None:
        guest = at("facebook")

        assert "The provider accepted the credentials." in said_after_check(as_owner, "facebook")
        assert guest.script.heard[-1].form == {
            "grant_type": "client_credentials",
            "client_id": guest.connection.client_id,
            "client_secret": CLIENT_SECRET,
        }

    def test_a_test_says_that_the_app_secret_is_wrong(self, at: At, as_owner: Client) -> None:
        script = at("facebook").script
        error = {"message": "Error validating client secret.", "code": 1}
        script.answers["/v26.0/oauth/access_token"] = {"error": error}
        script.status["/v26.0/oauth/access_token"] = "400 Bad Request"

        said = said_after_check(as_owner, "facebook")

        assert "Facebook does not accept the App secret" in said
        assert "Failed" in said

    @pytest.mark.parametrize(
        ("error", "cause"),
        [
            ({"code": 100, "error_subcode": 36009}, "36009"),
            ({"code": 101}, "101"),
            ({"code": 100, "error_subcode": 99}, "100"),
            ({"code": 7777}, "unknown_code"),
            ({}, "unknown_code"),
        ],
    )
    def test_the_most_exact_number_says_what_is_wrong(
        self, at: At, error: dict[str, int], cause: str
    ) -> None:
        guest = at("facebook")
        guest.script.answers["/v26.0/oauth/access_token"] = {
            "error": {"message": "No.", "fbtrace_id": "AbCdEf", **error}
        }

        guest.sign_in()

        sign_in = SignIn.objects.get()
        assert (sign_in.cause, sign_in.provider_trace) == (cause, "AbCdEf")

    def test_another_app_knows_other_people(self, at: At) -> None:
        one = signed_in(at("facebook").sign_in())
        other = at("facebook", alias="other", client_id="6543210987654321")

        assert signed_in(other.sign_in()) != one

    def test_a_browser_inside_another_app_is_not_sent_there(self) -> None:
        assert catalogue.get("facebook").refusal(Browser.WECHAT) == "embedded"


class TestLinkedIn:
    def test_its_former_name_is_good_too(self, at: At) -> None:
        guest = at("linkedin")
        guest.script.told["iss"] = "https://www.linkedin.com"

        assert signed_in(guest.sign_in()).name == "Ada Lovelace"

    def test_a_profile_of_somebody_else_is_refused(self, at: At) -> None:
        guest = at("linkedin")
        guest.script.told["sub"] = "another"

        assert_refused(guest.sign_in(), "sub_mismatch")

    def test_whoever_cancels_before_signing_in_is_told_so(self, at: At) -> None:
        guest = at("linkedin")
        guest.press()
        guest.come_back({"error": "user_cancelled_login"})

        assert SignIn.objects.get().outcome == "cancelled"

    def test_no_nonce_is_asked_for_where_none_comes_back(self, at: At) -> None:
        guest = at("linkedin")
        guest.press()

        assert "nonce" not in guest.script.query


def personal(guest: Guest) -> None:
    """Let it be a personal account."""
    guest.script.told.update(iss=f"{LOGIN}/{PERSONAL}/v2.0", tid=PERSONAL)


def played(guest: Guest, accounts: str) -> None:
    """Let the answers stand at the addresses for one kind of account."""
    answers = guest.script.answers
    answers[f"/{accounts}/oauth2/v2.0/token"] = answers.pop("/common/oauth2/v2.0/token")


class TestMicrosoft:
    def test_each_kind_of_account_has_its_own_addresses(self, at: At) -> None:
        guest = at("microsoft", accounts="consumers")
        played(guest, "consumers")
        personal(guest)

        assert (
            urlsplit(guest.press().headers["location"]).path == "/consumers/oauth2/v2.0/authorize"
        )
        signed_in(guest.come_back(guest.script.sample.returns))
        assert Identity.objects.get().subject == f"{PERSONAL}:{OBJECT}"

    @pytest.mark.parametrize(
        ("told", "cause"),
        [
            ({"tid": PERSONAL}, "issuer"),
            ({"iss": f"{LOGIN}/{PERSONAL}/v2.0"}, "issuer"),
            ({"iss": f"https://login.example.com/{TENANT}/v2.0"}, "issuer"),
            ({"iss": LOGIN + "/{tenantid}/v2.0"}, "issuer"),
            ({"tid": "{tenantid}", "iss": LOGIN + "/{tenantid}/v2.0"}, "issuer"),
            ({"tid": ABSENT}, "issuer"),
            ({"tid": [TENANT]}, "issuer"),
            ({"oid": ABSENT}, "no_subject"),
            ({"oid": "ada@contoso.example"}, "no_subject"),
            ({"nonce": ABSENT}, "nonce_missing"),
        ],
    )
    def test_a_token_must_be_of_the_organization_that_it_names(
        self, at: At, told: dict[str, Any], cause: str
    ) -> None:
        guest = at("microsoft", accounts="common")
        guest.script.told.update(told)

        assert_refused(guest.sign_in(), cause)

    @pytest.mark.parametrize(
        ("issuer", "fits"),
        [
            (LOGIN + "/{tenantid}/v2.0", True),
            (f"{LOGIN}/{TENANT}/v2.0", True),
            (f"{LOGIN}/{PERSONAL}/v2.0", False),
        ],
    )
    def test_a_key_signs_only_for_whom_it_says(self, at: At, issuer: str, fits: bool) -> None:
        guest = at("microsoft", accounts="common")
        keys = {"keys": [{**jwk(KEY), "issuer": issuer}]}
        guest.script.answers["/common/discovery/v2.0/keys"] = keys

        answer = guest.sign_in()

        if fits:
            signed_in(answer)
        else:
            assert_refused(answer, "id_token")

    @pytest.mark.parametrize(("accounts", "home"), [("organizations", PERSONAL), ("consumers", "")])
    def test_an_account_of_another_kind_is_refused(self, at: At, accounts: str, home: str) -> None:
        guest = at("microsoft", accounts=accounts)
        played(guest, accounts)
        if home:
            personal(guest)

        assert_refused(guest.sign_in(), "wrong_accounts")

    @pytest.mark.parametrize(
        ("told", "verified"),
        [
            ({}, False),
            ({"email_verified": True}, False),
            ({"xms_edov": True}, True),
            ({"xms_edov": "true"}, False),
            ({"xms_edov": 1}, False),
        ],
    )
    def test_an_address_is_believed_only_if_microsoft_vouches_for_it(
        self, at: At, told: dict[str, Any], verified: bool
    ) -> None:
        guest = at("microsoft", accounts="common")
        guest.script.told.update(told)

        assert signed_in(guest.sign_in()).address_verified is verified

    def test_by_entra_id_it_is_the_same_person(self, at: At) -> None:
        before = signed_in(at("microsoft", accounts="common").sign_in())
        by_entra = at(
            "entra",
            cloud="login.microsoftonline.com",
            tenant_id=TENANT,
            issuer=f"{LOGIN}/{TENANT}/v2.0",
        )
        by_entra.script.told["oid"] = OBJECT.upper()

        assert signed_in(by_entra.sign_in()) == before
        assert Identity.objects.count() == 1

    @pytest.mark.parametrize(
        "cloud", ["login.partner.microsoftonline.cn", "login.microsoftonline.us"]
    )
    def test_people_of_another_cloud_are_not_taken_for_those_of_this_one(self, cloud: str) -> None:
        known_at = catalogue.get("entra").namespace({"cloud": cloud, "tenant_id": TENANT})

        assert known_at == f"microsoft:{cloud}"

    def test_another_app_knows_the_same_person(self, at: At) -> None:
        before = signed_in(at("microsoft", accounts="common").sign_in())
        other = at(
            "microsoft",
            alias="other",
            accounts="common",
            client_id="6731de76-0000-49ae-97bc-6eba6914391e",
        )
        other.script.told["sub"] = "the-other-apps-own"

        assert signed_in(other.sign_in()) == before
        values = set(Identity.objects.get().keys.values_list("value", flat=True))
        assert values == {SUBJECT, "the-other-apps-own"}


class TestX:
    def test_the_secret_goes_into_a_header(self, at: At) -> None:
        guest = at("x")
        signed_in(guest.sign_in())

        asked = guest.script.heard[0]
        pair = f"{guest.connection.client_id}:{CLIENT_SECRET}".encode()
        assert f"Authorization: Basic {base64.b64encode(pair).decode()}" in asked.head.splitlines()
        assert set(asked.form) == {"grant_type", "code", "redirect_uri", "code_verifier"}

    def test_the_address_is_asked_for_only_where_wanted(self, at: At) -> None:
        guest = at("x", scopes="users.read tweet.read users.email")
        guest.script.answers["/2/users/me"]["data"]["confirmed_email"] = "ada@example.com"

        person = signed_in(guest.sign_in())

        assert guest.script.query["scope"] == "users.read tweet.read users.email"
        assert guest.script.heard[-1].path.endswith("profile_image_url%2Cconfirmed_email")
        assert (person.address, person.address_verified) == ("ada@example.com", True)

    def test_a_code_that_waited_half_a_minute_can_be_had_again(self, at: At) -> None:
        guest = at("x")
        guest.script.answers["/2/oauth2/token"] = guest.script.sample.refused_code
        guest.script.status["/2/oauth2/token"] = "400 Bad Request"

        assert_refused(guest.sign_in(), "invalid_grant")
        assert SignIn.objects.get().provider_code == "invalid_request"

    def test_a_new_name_is_the_same_person(self, at: At) -> None:
        guest = at("x")
        before = signed_in(guest.sign_in())
        guest.script.answers["/2/users/me"]["data"].update(username="renamed", name="")

        after = signed_in(guest.sign_in())

        assert (after, after.name) == (before, "renamed")


class TestDiscord:
    def test_an_answer_of_somebody_else_is_refused(self, at: At) -> None:
        guest = at("discord")
        guest.press()

        assert_refused(
            guest.come_back({"code": "the-code", "iss": "https://evil.example"}), "issuer"
        )

    @pytest.mark.parametrize("verified", [False, None, "true", 1])
    def test_an_address_that_discord_has_not_proved_is_kept_as_such(
        self, at: At, verified: Any
    ) -> None:
        guest = at("discord")
        guest.script.answers["/api/v10/users/@me"]["verified"] = verified

        person = signed_in(guest.sign_in())

        assert (person.address, person.address_verified) == ("nelly@example.com", False)

    @pytest.mark.parametrize("avatar", [None, "../../evil", "x" * 32])
    def test_a_picture_has_the_shape_of_one(self, at: At, avatar: str | None) -> None:
        guest = at("discord")
        guest.script.answers["/api/v10/users/@me"]["avatar"] = avatar

        assert signed_in(guest.sign_in()).picture == ""

    def test_whoever_has_no_display_name_is_shown_by_the_username(self, at: At) -> None:
        guest = at("discord")
        guest.script.answers["/api/v10/users/@me"]["global_name"] = None

        assert signed_in(guest.sign_in()).name == "nelly"


class TestSlack:
    def test_people_of_the_workspace_are_signed_in(self, at: At) -> None:
        guest = at("slack", workspace="T0R7GR123")

        assert signed_in(guest.sign_in()).name == "Bront"

    @pytest.mark.parametrize("workspace", ["T0OTHER99", ABSENT, None])
    def test_people_of_another_workspace_are_not(self, at: At, workspace: Any) -> None:
        guest = at("slack", workspace="T0R7GR123")
        guest.script.told[WORKSPACE] = workspace

        assert_refused(guest.sign_in(), "other_workspace")


class TestTwitch:
    def test_each_claim_is_asked_for_by_its_name(self, at: At) -> None:
        guest = at("twitch")
        guest.press()

        assert json.loads(guest.script.query["claims"]) == {
            "id_token": {
                "email": None,
                "email_verified": None,
                "picture": None,
                "preferred_username": None,
            }
        }

    @pytest.mark.parametrize(
        ("message", "cause"),
        [
            ("invalid client", "invalid_client"),
            ("Invalid authorization code", "invalid_grant"),
            ("Parameter redirect_uri does not match registered URI", "redirect_mismatch"),
            ("something new", "unknown_code"),
        ],
    )
    def test_its_words_say_what_is_wrong(self, at: At, message: str, cause: str) -> None:
        guest = at("twitch")
        guest.script.answers["/oauth2/token"] = {"status": 400, "message": message}
        guest.script.status["/oauth2/token"] = "400 Bad Request"

        assert_refused(guest.sign_in(), cause)


class TestLine:
    def test_line_is_asked_to_verify_the_id_token_for_us(self, at: At) -> None:
        guest = at("line")
        signed_in(guest.sign_in())

        assert guest.script.heard[-1].form == {
            "id_token": guest.script.answers["/oauth2/v2.1/token"]["id_token"],
            "client_id": guest.connection.client_id,
            "nonce": guest.script.query["nonce"],
        }

    @pytest.mark.parametrize(
        ("told", "cause"),
        [
            ({"iss": "https://access.line.example"}, "issuer"),
            ({"aud": "9999999999"}, "audience"),
            ({"nonce": "another"}, "nonce"),
            ({"nonce": None}, "nonce"),
            (
                {"error": "invalid_request", "error_description": "Invalid IdToken."},
                "id_token_refused",
            ),
        ],
    )
    def test_a_token_that_is_not_for_this_sign_in_is_refused(
        self, at: At, told: dict[str, Any], cause: str
    ) -> None:
        guest = at("line")
        plain = guest.script.answers["/oauth2/v2.1/verify"]
        guest.script.answers["/oauth2/v2.1/verify"] = lambda script, peer: {
            **plain(script, peer),
            **told,
        }

        assert_refused(guest.sign_in(), cause)

    def test_without_an_id_token_nobody_is_signed_in(self, at: At) -> None:
        guest = at("line")
        del guest.script.answers["/oauth2/v2.1/token"]["id_token"]

        assert_refused(guest.sign_in(), "id_token_missing")


class TestKakao:
    def test_nothing_is_asked_for_but_what_was_set_at_kakao(self, at: At) -> None:
        guest = at("kakao")
        guest.press()

        assert "scope" not in guest.script.query

    @pytest.mark.parametrize(("valid", "verified"), [(True, False), (False, True), (True, None)])
    def test_an_address_that_is_not_both_valid_and_verified_is_not_believed(
        self, at: At, valid: bool, verified: bool | None
    ) -> None:
        guest = at("kakao")
        account = guest.script.answers["/v2/user/me"]["kakao_account"]
        account |= {"is_email_valid": valid, "is_email_verified": verified}

        assert signed_in(guest.sign_in()).address_verified is False


class TestNaver:
    def test_the_state_goes_back_with_the_code(self, at: At) -> None:
        guest = at("naver")
        signed_in(guest.sign_in())

        assert guest.script.heard[0].form["state"] == guest.script.query["state"]

    def test_a_code_that_was_used_is_told_from_a_wrong_secret(self, at: At) -> None:
        guest = at("naver")
        guest.script.answers["/oauth2/token"] = sample_of("naver").refused_code

        assert_refused(guest.sign_in(), "invalid_request")


@pytest.mark.parametrize(
    ("provider", "client_id"),
    [("amazon", f"amzn1.application-oa2-client.{'f' * 32}"), ("line", "9876543210")],
)
def test_another_app_of_the_same_company_knows_the_same_people(
    at: At, provider: str, client_id: str
) -> None:
    one = signed_in(at(provider).sign_in())

    assert signed_in(at(provider, alias="other", client_id=client_id).sign_in()) == one


@each_row(
    "provider, scheme, host, taken",
    [
        ("facebook", "https", "login.example.com", True),
        ("facebook", "http", "login.example.com", False),
        ("facebook", "http", "localhost:8000", True),
        ("microsoft", "http", "login.example.com", False),
        ("microsoft", "http", "localhost:8000", True),
        ("slack", "http", "localhost:8000", False),
        ("slack", "https", "login.example.com", True),
        ("twitch", "http", "login.example.com", False),
        ("twitch", "http", "localhost:8000", True),
        ("amazon", "http", "login.example.com", False),
        ("amazon", "http", "localhost:8000", True),
        ("yahoo", "http", "localhost:8000", False),
        ("yahoo", "https", "login.example.com", True),
        ("tiktok", "http", "localhost:8000", False),
        ("tiktok", "https", "login.example.com", True),
        ("qq", "https", "login.example.com:8443", False),
        ("qq", "https", "login.example.com", True),
        ("yahoo", "http", "login.example.com", False),
        ("douyin", "https", "login.example.com", True),
        ("douyin", "http", "login.example.com", False),
        ("adfs", "http", "localhost:8000", True),
        ("adfs", "http", "login.example.com", False),
        ("x", "http", "localhost:8000", False),
        ("x", "http", "127.0.0.1:8000", True),
    ],
)
def test_a_callback_url_that_the_provider_refuses_is_warned_of(
    provider: str, scheme: str, host: str, taken: bool
) -> None:
    warning = catalogue.get(provider).site_warning(Site(scheme, host, "/callback"))

    assert (warning is None) is taken
