"""Google as allauth's classes see it: the ID token says everything.

https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from django.http import HttpRequest

from connections.claims import Claims
from connections.providers import catalogue
from connections.signin import oauth2
from connections.signin.oidc import claims, id_tokens

PROVIDER_ID = "google"
# Google names itself in both ways.
ISSUERS = ("https://accounts.google.com", "accounts.google.com")


class GoogleAdapter(oauth2.Adapter):
    """Verifies the ID token."""

    provider_id = PROVIDER_ID

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        told = id_tokens.verified(
            kwargs["response"].get("id_token", ""),
            issuers=ISSUERS,
            audience=app.client_id,
            nonce=self.nonce,
            keys_url=self.definition.endpoints["keys"].url,
        )
        return self.get_provider().sociallogin_from_response(request, told)


class GoogleProvider(oauth2.Provider):
    """Sign in with a Google account."""

    id = PROVIDER_ID
    name = "Google"
    oauth2_adapter_class = GoogleAdapter


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return claims.person(namespace, answer, catalogue.get(PROVIDER_ID).picture_hosts)
