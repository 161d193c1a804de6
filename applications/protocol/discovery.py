"""What a project's OpenID Connect provider says about itself (OpenID Connect Discovery 1.0, 3)."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from applications.models import SigningAlgorithm, SigningKey
from applications.protocol.claims import CLAIMS_SUPPORTED
from applications.protocol.parameters import RESPONSE_MODES, SCOPES
from core.postgresql.retry import retry_on_lost_connection
from projects.models import Project

ENDPOINTS = {
    "authorization_endpoint": "/oauth2/authorize",
    "token_endpoint": "/oauth2/token",
    "userinfo_endpoint": "/oauth2/userinfo",
    "jwks_uri": "/oauth2/jwks",
    "revocation_endpoint": "/oauth2/revoke",
    "introspection_endpoint": "/oauth2/introspect",
    "end_session_endpoint": "/oauth2/logout",
    "pushed_authorization_request_endpoint": "/oauth2/par",
}


def discovery_document(issuer: str) -> dict[str, Any]:
    """Return the discovery document of an issuer."""
    methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in ENDPOINTS.items()},
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [each.value for each in SigningAlgorithm],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "introspection_endpoint_auth_methods_supported": methods,
        "scopes_supported": list(SCOPES),
        "claims_supported": CLAIMS_SUPPORTED,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": [language_tag(code) for code, _name in settings.LANGUAGES],
    }


def language_tag(code: str) -> str:
    """Return a language of ours in the usual case, such as zh-Hans (RFC 5646, 2.1.1)."""
    language, *rest = code.split("-")
    # A script has four letters.
    cased = (part.title() if len(part) == 4 else part.upper() for part in rest)
    return "-".join([language, *cased])


@retry_on_lost_connection
def public_keys(project: Project) -> list[dict[str, Any]]:
    """Return the public keys of a project, also those that do not sign yet: one statement."""
    keys = SigningKey.objects.filter(project=project)
    return list(keys.values_list("public_jwk", flat=True))
