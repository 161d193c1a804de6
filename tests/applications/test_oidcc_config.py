"""The module of the certification plan for Config OP: `oidcc-config-certification-test-plan`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings

from projects.models import Project
from tests.applications.relying_party import RelyingParty, Visit, register
from tests.cast import client_of

ENDPOINTS = {
    "authorization_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "revocation_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
}
# The whole document but for these and the lists whose values are checked one by one.
VALUES: dict[str, Any] = {
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_session_supported": True,
    "backchannel_logout_supported": True,
    "claims_parameter_supported": True,
    "code_challenge_methods_supported": ["S256"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "response_types_supported": ["code"],
    "scopes_supported": ["openid", "profile", "email", "offline_access"],
    "subject_types_supported": ["public"],
    "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "none",
    ],
    "ui_locales_supported": ["en", "zh-Hans"],
}
# Members that the suite would not know are a warning.
OTHER_MEMBERS = {
    "claims_supported",
    "introspection_endpoint_auth_methods_supported",
    "issuer",
    "response_modes_supported",
    "revocation_endpoint_auth_methods_supported",
}


def test_oidcc_discovery_endpoint_verification(project: Project, settings: Any) -> None:
    """As it is in production, where the issuer is https."""
    settings.PRODUCTION = True
    party = register(project)
    document = party.metadata

    issuer = urlsplit(document["issuer"])
    assert document["issuer"] == f"https://{project.host}"
    assert issuer.query + issuer.fragment == ""
    assert document.keys() == ENDPOINTS | VALUES.keys() | OTHER_MEMBERS
    assert {name: document[name] for name in VALUES} == VALUES
    for name in ENDPOINTS:
        assert document[name].startswith(f"https://{project.host}/oauth2/")
    for tag in document["ui_locales_supported"]:
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", tag)
    assert {key["alg"] for key in party.keys().values()} == {"RS256", "ES256"}
    assert all(key["use"] == "sig" for key in party.keys().values())


def test_oidcc_backchannel_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    assert party.metadata["backchannel_logout_supported"] is True
    assert party.metadata["backchannel_logout_session_supported"] is True


def test_the_claims_that_are_named_are_those_that_there_are(project: Project, visit: Visit) -> None:
    assert visit.provider is not None
    visit.provider.profile = {
        "sub": "person-1",
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": True,
        "picture": "https://pictures.example/ada.png",
    }
    party = register(project, idp_claim=True, pkce=True, scope="openid profile email")

    signed_in = party.sign_in(visit)

    told = signed_in.id_token.keys() | signed_in.userinfo.keys()
    assert told == set(party.metadata["claims_supported"])


def test_discovery_and_keys_can_be_read_by_any_website_and_kept(party: RelyingParty) -> None:
    for path in ("/.well-known/openid-configuration", party.endpoint("jwks_uri")):
        response = party.server.get(path)

        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response
        assert re.search(r"max-age=[1-9]", response["Cache-Control"])
        assert "Set-Cookie" not in response
        assert party.server.post(path).status_code == 405


def test_a_project_without_applications_is_no_provider(other_project: Project) -> None:
    for path in ("/.well-known/openid-configuration", "/oauth2/jwks"):
        assert client_of(other_project.host).get(path).status_code == 404


def test_the_portal_is_no_provider(party: RelyingParty) -> None:
    portal = client_of(django_settings.MENKOU_PORTAL_HOST)

    for name in ("/.well-known/openid-configuration", "/oauth2/authorize", "/oauth2/token"):
        assert portal.get(name).status_code == 404
