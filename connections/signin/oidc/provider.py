"""OpenID Connect as allauth's classes see it, with every check that the standard demands.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from django.http import HttpRequest

from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.oidc import id_tokens
from connections.signin.oidc.metadata import Metadata, metadata_of

PROVIDER_ID = "openid_connect"


class OpenIDConnectAdapter(oauth2.Adapter):
    """Asks where the provider is, verifies the ID token, and reads the profile."""

    provider_id = PROVIDER_ID

    @cached_property
    def metadata(self) -> Metadata:
        """Where the provider is; asking for it raises SignInFailed or NoAnswer."""
        return metadata_of(self.get_provider().app.settings)

    @property
    def authorize_url(self) -> str:
        """Where people are sent."""
        return self.metadata.authorization_endpoint

    @property
    def access_token_url(self) -> str:
        """Where a code becomes a token."""
        return self.metadata.token_endpoint

    @property
    def basic_auth(self) -> bool:
        """Whether the client secret goes into a header."""
        return self.metadata.secret_in_header

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        if self.metadata.says_issuer and "iss" not in request.GET:
            raise SignInFailed("issuer")
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        told = id_tokens.verified(
            kwargs["response"].get("id_token", ""),
            issuers=[self.metadata.issuer],
            audience=app.client_id,
            nonce=self.nonce,
            keys_url=self.metadata.jwks_uri,
        )
        person = {**told, **self.profile(token.token, told)}
        return self.get_provider().sociallogin_from_response(request, person)

    def profile(self, access_token: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the provider adds of the same person; raises SignInFailed for another."""
        if not self.metadata.userinfo_endpoint:
            return {}
        profile = oauth2.profile_of(self.ask(self.metadata.userinfo_endpoint, access_token))
        if not isinstance(profile, dict):
            raise SignInFailed("malformed")
        if id_tokens.subject_of(profile) != told["sub"]:
            raise SignInFailed("sub_mismatch")
        if "email" in profile:
            # An address and its proof come together, or not at all.
            profile.setdefault("email_verified", None)
        else:
            profile.pop("email_verified", None)
        return profile


class OpenIDConnectProvider(oauth2.Provider):
    """Sign in at any OpenID provider."""

    id = PROVIDER_ID
    name = "OpenID Connect"
    oauth2_adapter_class = OpenIDConnectAdapter

    def get_scope(self) -> list[str]:
        """The connection's scopes."""
        scopes: str = self.app.settings["scopes"]
        return scopes.split()
