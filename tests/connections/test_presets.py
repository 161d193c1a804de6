"""What only Entra ID, Google Workspace, AD FS, Azure AD B2C, JumpCloud and others do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from connections.models import Connection, Identity, SignIn
from connections.protocols.oauth2 import basic_auth_of
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.providers import catalogue
from connections.values.sites import Site
from projects.models import Project
from tests.checks import said_after_check
from tests.rows import each_row
from tests.samples.sample import Guest, Script, id_token, playing, sample_of

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-ffff2222eeee"


class Preset:
    """Adds a connection by its form at the scripted provider, and signs in by it."""

    def __init__(self, as_owner: Client, project: Project, settings: Any) -> None:
        self.as_owner = as_owner
        self.project = project
        self.settings = settings

    def add(self, script: Script, provider: str, **values: str) -> Any:
        typed = {**script.sample.filled_in, "alias": provider, "enabled": "on", **values}
        return self.as_owner.post(f"/projects/acme/connections/add/{provider}/", typed)

    def errors(self, provider: str, **values: str) -> dict[str, list[str]]:
        """What the form says to a sample in which some values are others."""
        with playing(catalogue.get(provider), sample_of(provider), self.settings) as script:
            answer = self.add(script, provider, **values)
        assert not Connection.objects.exists()
        return {
            name: [str(each) for each in messages]
            for name, messages in answer.context["form"].errors.items()
        }

    def sign_in(self, provider: str, told: dict[str, Any], **values: str) -> Guest:
        """Sign in at a provider whose ID token says this."""
        with playing(catalogue.get(provider), sample_of(provider), self.settings) as script:
            assert self.add(script, provider, **values).status_code == 302
            script.told.update(told)
            guest = Guest(self.project, script, Connection.objects.get())
            guest.sign_in()
        return guest


@pytest.fixture
def preset(as_owner: Client, project: Project, settings: Any) -> Iterator[Preset]:
    discovery_cache.clear()
    cache.clear()
    yield Preset(as_owner, project, settings)
    discovery_cache.clear()


def assert_refused(cause: str) -> None:
    assert SignIn.objects.get().cause == cause
    assert not Identity.objects.exists()


class TestEntra:
    @pytest.mark.parametrize("tenant", [OTHER_TENANT, None, "", 5])
    def test_another_organizations_people_are_refused(self, preset: Preset, tenant: Any) -> None:
        preset.sign_in("entra", {"tid": tenant})

        assert_refused("issuer")

    @pytest.mark.parametrize("oid", ["ada", 5, "0" * 36])
    def test_an_oid_that_is_none_is_refused(self, preset: Preset, oid: Any) -> None:
        preset.sign_in("entra", {"oid": oid})

        assert_refused("no_subject")

    @pytest.mark.parametrize(
        ("told", "verified"),
        [
            ({"xms_edov": True}, True),
            ({"xms_edov": "false"}, False),
            ({"email_verified": True}, False),
            ({"email": None, "xms_edov": True}, False),
        ],
    )
    def test_an_address_is_verified_where_microsoft_vouches_for_its_domain(
        self, preset: Preset, told: dict[str, Any], *, verified: bool
    ) -> None:
        preset.sign_in("entra", told)

        assert Identity.objects.get().user.address_verified is verified

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("tenant_id", "organizations", "This stands for accounts of any organization."),
            ("tenant_id", "9188040d-6c67-4c5b-b112-36a304b66dad", "This stands for personal"),
            ("tenant_id", "acme.onmicrosoft.com", "This is a domain."),
            ("tenant_id", f"https://login.microsoftonline.com/{TENANT}", "This is a web or email"),
            (
                "client_id",
                TENANT,
                "This is the same value as in the field “Directory (tenant) ID”.",
            ),
            ("client_secret", OTHER_TENANT, "This is an ID, maybe the Secret ID."),
        ],
    )
    def test_mix_ups_are_named(self, preset: Preset, field: str, value: str, sentence: str) -> None:
        assert preset.errors("entra", **{field: value})[field][0].startswith(sentence)

    def test_an_organization_that_microsoft_does_not_know_is_told_as_such(
        self, preset: Preset
    ) -> None:
        errors = preset.errors("entra", tenant_id=OTHER_TENANT)

        assert errors["tenant_id"][0].startswith("Microsoft has no organization with this ID")

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ({"access_token": "eyJ0", "token_type": "Bearer"}, "accepted the credentials."),
            ({"error": "invalid_grant", "error_codes": [501051]}, "accepted the credentials."),
            ({"error": "invalid_client", "error_codes": [7000222]}, "secret has expired."),
        ],
    )
    def test_a_test_asks_for_the_app_itself(
        self, preset: Preset, answer: dict[str, Any], said: str
    ) -> None:
        sample = sample_of("entra")
        client_id = sample.filled_in["client_id"]
        with playing(catalogue.get("entra"), sample, preset.settings) as script:
            preset.add(script, "entra")
            path = sample.refusal.path
            script.answers[path] = answer
            script.status[path] = "400 Bad Request" if "error" in answer else "200 OK"
            assert said in said_after_check(preset.as_owner, "entra")
            assert script.heard[-1].form == {
                "grant_type": "client_credentials",
                "scope": f"{client_id}/.default",
            }
            pair = basic_auth_of(client_id, sample.filled_in["client_secret"])
            assert pair in script.heard[-1].head


class TestGoogleWorkspace:
    @pytest.mark.parametrize("domain", ["other.example", None, "", ["acme.example"]])
    def test_people_of_no_or_another_domain_are_refused(self, preset: Preset, domain: Any) -> None:
        guest = preset.sign_in("google_workspace", {"hd": domain})

        assert guest.script.query["hd"] == "acme.example"
        assert_refused("other_domain")

    @pytest.mark.parametrize("domain", ["gmail.com", "ada@acme.example", "acme"])
    def test_what_is_no_workspace_domain_is_an_error(self, preset: Preset, domain: str) -> None:
        assert "domain" in preset.errors("google_workspace", domain=domain)


class TestADFS:
    def test_a_upn_is_a_name_and_never_an_address(self, preset: Preset) -> None:
        preset.sign_in("adfs", {"email_verified": True})

        person = Identity.objects.get().user
        assert (person.name, person.address) == ("ada@acme.example", "")

    def test_an_address_of_the_directory_is_kept_unverified(self, preset: Preset) -> None:
        preset.sign_in("adfs", {"email": "ada@acme.example", "email_verified": True})

        person = Identity.objects.get().user
        assert (person.address, person.address_verified) == ("ada@acme.example", False)

    def test_another_web_api_is_asked_for_by_its_identifier(self, preset: Preset) -> None:
        guest = preset.sign_in("adfs", {}, resource="https://portal.acme.example/")

        assert guest.script.query["resource"] == "https://portal.acme.example/"
        assert guest.script.query["scope"] == "openid profile email allatclaims"

    @pytest.mark.parametrize("path", ["", "/", "/adfs", "/adfs/"])
    def test_the_server_is_known_by_its_host(self, preset: Preset, path: str) -> None:
        preset.sign_in("adfs", {}, server=f"adfs.acme.example{path}")

        assert Connection.objects.get().settings["server"] == "https://adfs.acme.example"

    def test_the_address_of_another_protocol_is_named(self, preset: Preset) -> None:
        address = "https://adfs.acme.example/adfs/services/trust"

        assert "server" in preset.errors("adfs", server=address)


class TestAzureB2C:
    def test_where_it_was_asked_is_pinned_with_the_issuer_that_it_named(
        self, preset: Preset
    ) -> None:
        preset.sign_in("azure_b2c", {})

        settings = Connection.objects.get().settings
        assert settings["issuer"] == (
            "https://contoso.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"
        )
        assert settings["discovery"] == (
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1"
            "/v2.0/.well-known/openid-configuration"
        )

    @pytest.mark.parametrize(
        "issuer",
        [
            "https://evil.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/",
            "https://contoso.b2clogin.com/realms/staff",
            "https://contoso.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/?a",
        ],
    )
    def test_it_speaks_for_its_own_host_and_a_tenant_there_alone(
        self, preset: Preset, issuer: str
    ) -> None:
        errors = self.errors_with_issuer(preset, issuer)

        assert errors["policy"][0].startswith("The discovery document names a different issuer")

    def errors_with_issuer(self, preset: Preset, issuer: str) -> dict[str, list[str]]:
        sample = sample_of("azure_b2c")
        (path,) = [each for each in sample.answers if each.endswith("openid-configuration")]
        found = {**sample.answers[path], "issuer": issuer}
        changed = replace(sample, answers={**sample.answers, path: found})
        with playing(catalogue.get("azure_b2c"), changed, preset.settings) as script:
            answer = preset.add(script, "azure_b2c")
        errors: dict[str, list[str]] = answer.context["form"].errors
        return errors

    def test_an_issuer_that_changes_afterwards_is_refused(self, preset: Preset) -> None:
        definition, sample = catalogue.get("azure_b2c"), sample_of("azure_b2c")
        (path,) = [each for each in sample.answers if each.endswith("openid-configuration")]
        with playing(definition, sample, preset.settings) as script:
            preset.add(script, "azure_b2c")
            discovery_cache.clear()
            cache.clear()
            issuer = "https://contoso.b2clogin.com/875527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"
            script.answers[path] = {**sample.answers[path], "issuer": issuer}
            Guest(preset.project, script, Connection.objects.get()).press()

        assert_refused("discovery_issuer")

    def test_the_same_sentence_in_everybodys_sub_is_nobodys_id(self, preset: Preset) -> None:
        preset.sign_in("azure_b2c", {"sub": "Not supported currently. Use oid claim."})

        assert_refused("no_subject")

    def test_the_oid_is_taken_in_place_of_that_sentence(self, preset: Preset) -> None:
        oid = "984408e1-2918-4ca0-b12d-3aa027d7563b"
        preset.sign_in("azure_b2c", {"sub": "Not supported currently. Use oid claim.", "oid": oid})

        assert Identity.objects.get().subject == oid

    @pytest.mark.parametrize("emails", [None, [], "ada@acme.example", [5], {}])
    def test_odd_lists_of_addresses_make_no_address(self, preset: Preset, emails: Any) -> None:
        preset.sign_in("azure_b2c", {"emails": emails, "email_verified": True})

        assert not Identity.objects.filter(user__address_verified=True).exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("tenant", TENANT), ("tenant", "acme.example"), ("policy", "signupsignin1")],
    )
    def test_mix_ups_are_named(self, preset: Preset, field: str, value: str) -> None:
        assert field in preset.errors("azure_b2c", **{field: value})

    def test_a_user_flow_that_b2c_does_not_know_is_told_as_such(self, preset: Preset) -> None:
        errors = preset.errors("azure_b2c", policy="B2C_1_other")

        assert errors["policy"][0].startswith("Azure AD B2C has no such user flow")


class TestJumpCloud:
    def test_two_applications_have_no_people_in_common(self) -> None:
        namespace = catalogue.get("jumpcloud").namespace

        assert namespace({"client_id": "one"}) != namespace({"client_id": "two"})


def test_a_warning_can_be_accepted_where_no_secret_is_known_by_its_looks(preset: Preset) -> None:
    definition, sample = catalogue.get("okta"), sample_of("okta")
    with playing(definition, sample, preset.settings) as script:
        doubted = preset.add(script, "okta", client_id="an-odd-id")
        accepted = preset.add(
            script, "okta", client_id="an-odd-id", accept_warnings="client_id.shape"
        )

    assert (doubted.status_code, accepted.status_code) == (200, 302)


POOL = "eu-central-1_AbCdEfGhI"
UPDATED = f"https://issuer-cognito-idp.eu-central-1.amazonaws.com/{POOL}"


class TestCognito:
    def test_a_pool_whose_issuer_has_the_new_type_keeps_its_people(
        self, as_owner: Client, project: Project, settings: Any
    ) -> None:
        sample = sample_of("cognito")
        path = f"/{POOL}/.well-known/openid-configuration"
        updated = replace(
            sample,
            filled_in={**sample.filled_in, "issuer_host": "issuer-cognito-idp"},
            answers={
                **sample.answers,
                path: {**sample.answers[path], "issuer": UPDATED},
                "/oauth2/token": id_token(iss=UPDATED, sub=sample.person.subject),
            },
            origins=(*sample.origins, "https://issuer-cognito-idp.eu-central-1.amazonaws.com"),
        )
        discovery_cache.clear()
        cache.clear()
        with playing(catalogue.get("cognito"), updated, settings) as script:
            typed = {**updated.filled_in, "alias": "cognito", "enabled": "on"}
            as_owner.post("/projects/acme/connections/add/cognito/", typed)
            Guest(project, script, Connection.objects.get()).sign_in()

        identity = Identity.objects.get()
        assert Connection.objects.get().settings["issuer"] == UPDATED
        assert (identity.namespace, identity.subject) == (
            sample.person.namespace,
            sample.person.subject,
        )


@each_row("provider", ["cognito", "onelogin", "zitadel"])
@each_row(
    "callback, warned",
    [
        ("https://acme.example.com/sso/oauth2/callback/a", False),
        ("http://acme.example.com/sso/oauth2/callback/a", True),
    ],
)
def test_who_takes_no_http_callbacks_is_warned_of(
    provider: str, callback: str, warned: bool
) -> None:
    assert (
        catalogue.get(provider).site_warning(Site.from_callback_url(callback)) is not None
    ) == warned
