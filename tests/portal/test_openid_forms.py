"""What the forms of the OpenID providers make of values that were mistaken for others."""

from __future__ import annotations

from typing import Any

import pytest

from connections.forms.connection_form import ConnectionForm
from connections.providers import catalogue, keycloak
from connections.providers.families.openid import check_address, check_base_url
from connections.providers.openid_connect import check_issuer
from projects.models import Project
from tests.rows import each_row
from tests.samples.google import ISSUER
from tests.samples.sample import sample_of

UUID = "6731de76-14a6-49ae-97bc-6eba6914391e"


def form_of(project: Project, provider: str, **values: str) -> ConnectionForm:
    """The form of the provider's sample with some other values."""
    typed = {**sample_of(provider).filled_in, "alias": provider, **values}
    return ConnectionForm(typed, definition=catalogue.get(provider), project=project)


def codes_of(form: ConnectionForm) -> list[tuple[str, str]]:
    """The fields with errors, and the codes of these."""
    return [
        (name, str(error.code))
        for name, errors in form.errors.as_data().items()
        for error in errors
        if name != "__all__"
    ]


@each_row(
    "provider, field, value, code",
    [
        ("auth0", "domain", "https://manage.auth0.com/dashboard/eu/acme/", "known_mistake"),
        ("auth0", "domain", "manage.auth0.com", "known_mistake"),
        ("auth0", "domain", "acme", "host"),
        ("authentik", "server", "https://login.example.com/application/o/acme/", "known_mistake"),
        ("authentik", "server", "login.example.com/if/admin", "known_mistake"),
        ("authentik", "application", "our app", "shape"),
        ("authgear", "endpoint", "https://portal.authgear.com", "known_mistake"),
        ("cognito", "user_pool_id", f"eu-central-1:{UUID}", "known_mistake"),
        ("cognito", "user_pool_id", "AbCdEfGhI", "shape"),
        ("cognito", "issuer_host", "evil.example", "invalid_choice"),
        ("gitlab", "address", "ftp://gitlab.example.com", "address"),
        ("gitlab", "client_id", "gloas-" + "0a" * 32, "secret_in_wrong_field"),
        ("gitlab", "client_secret", "glpat-abcdef", "known_mistake"),
        ("google_workspace", "domain", "acme.example:8443", "host"),
        ("jumpcloud", "region", "evil.example", "invalid_choice"),
        ("keycloak", "server", "https://login.example.com/realms/staff", "known_mistake"),
        ("keycloak", "server", "login.example.com/admin", "known_mistake"),
        ("keycloak", "realm", "our/realm", "shape"),
        ("logto", "endpoint", "https://cloud.logto.io/acme/applications", "known_mistake"),
        ("onelogin", "subdomain", "acme.example", "shape"),
        ("openid_connect", "issuer", f"{ISSUER}?x=1", "shape"),
        ("pingone", "environment_id", "acme", "shape"),
        ("zitadel", "instance", "https://acme.eu1.zitadel.cloud/ui/console", "known_mistake"),
        ("zitadel", "client_id", "ada@acme.example", "known_mistake"),
    ],
    undo=True,
)
def test_what_is_no_such_value_is_an_error_of_its_field(
    project: Project, provider: str, field: str, value: str, code: str
) -> None:
    assert codes_of(form_of(project, provider, **{field: value})) == [(field, code)]


@each_row(
    "provider, field, value, kept",
    [
        ("auth0", "domain", "https://Acme.EU.auth0.com/", "acme.eu.auth0.com"),
        ("authentik", "server", "login.example.com/", "https://login.example.com"),
        (
            "cognito",
            "user_pool_id",
            "arn:aws:cognito-idp:r:1:userpool/eu-west-1_Ab",
            "eu-west-1_Ab",
        ),
        ("gitlab", "address", "gitlab.example.com", "https://gitlab.example.com"),
        # A host's name begins with the name of a page.
        ("keycloak", "server", "admin.example.com", "https://admin.example.com"),
        ("logto", "endpoint", "https://acme.logto.app/oidc", "https://acme.logto.app"),
        ("onelogin", "subdomain", "https://Acme.onelogin.com/portal", "acme"),
        ("pingone", "environment_id", UUID.upper(), UUID),
        # As ZITADEL made them until version 2.55.
        ("zitadel", "client_id", "123456789012345678@acme", "123456789012345678@acme"),
    ],
    undo=True,
)
def test_a_value_is_kept_in_one_spelling(
    project: Project, provider: str, field: str, value: str, kept: str
) -> None:
    form = form_of(project, provider, **{field: value})

    assert codes_of(form) == []
    assert form.cleaned_data[field] == kept


# Whose value is more than an address, and has rules of its own.
NOT_ONLY_ADDRESSES = {"adfs", "logto", "saml"}
ADDRESSES = [
    (definition.id, field.name)
    for definition in catalogue.all_providers()
    for field in definition.fields
    if field.check in {check_address, check_base_url, check_issuer}
    if definition.id not in NOT_ONLY_ADDRESSES
]


@each_row("provider, field", [*ADDRESSES, ("saml", "metadata_url"), ("saml", "sso_url")], undo=True)
def test_f03_the_origin_of_an_address_is_kept_in_lower_case_and_that_is_said(
    project: Project, provider: str, field: str
) -> None:
    form = form_of(project, provider, **{field: "HTTPS://Login.Example.COM:8443/Xy"})

    assert form.errors.get(field) is None
    assert form.cleaned_data[field] == "https://login.example.com:8443/Xy"
    assert form.notices[field] == ["Saved with the host in lower case."]


def test_f03_providers_with_addresses_are_in_the_table() -> None:
    assert {"authentik", "authgear", "gitlab", "keycloak", "openid_connect"} < {
        provider for provider, _field in ADDRESSES
    }


@each_row(
    "realm, path",
    [("our realm", "our%20realm"), ("员工", "%E5%91%98%E5%B7%A5"), ("a+b@c", "a+b@c")],
)
def test_a_realm_is_encoded_in_the_issuer_as_keycloak_does(realm: str, path: str) -> None:
    issuer = keycloak.issuer_of({"server": "https://id.example.com", "realm": realm})

    assert issuer == f"https://id.example.com/realms/{path}"


def test_the_realm_of_keycloaks_administrators_is_doubted(project: Project) -> None:
    form = form_of(project, "keycloak", realm="master")

    assert codes_of(form) == []
    assert form.warning_codes == "realm.doubt"


def test_the_two_ids_of_pingone_differ(project: Project) -> None:
    form = form_of(project, "pingone", environment_id=UUID, client_id=UUID)

    assert codes_of(form) == [("client_id", "known_mistake")]


@each_row("provider", ["authentik", "keycloak", "openid_connect"])
@each_row("secret", ["p@ss://word", "x" * 500], undo=True)
def test_a_secret_that_administrators_choose_may_be_any_text(
    project: Project, provider: str, secret: str
) -> None:
    form = form_of(project, provider, client_secret=secret)

    assert codes_of(form) == []
    assert form.cleaned_data["client_secret"] == secret


@pytest.mark.parametrize(
    ("provider", "field"),
    [("gitlab", "address"), ("keycloak", "server"), ("openid_connect", "issuer")],
)
def test_1_who_may_allow_a_private_address_is_said(
    project: Project, provider: str, field: str, settings: Any
) -> None:
    settings.MENKOU_PRIVATE_ORIGINS = ()
    form = form_of(project, provider, **{field: "https://127.0.0.1:9"})

    assert form.is_valid()
    assert not form.look_up()
    assert codes_of(form) == [(field, "private_address")]
    assert "MENKOU_PRIVATE_ORIGINS" in str(form.errors[field])
