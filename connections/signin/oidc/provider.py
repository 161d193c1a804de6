"""OpenID Connect as allauth's classes see it, with every check that the standard demands.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpRequest

from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.oidc import id_tokens
from connections.signin.oidc.known import with_profile
from connections.signin.oidc.metadata import Metadata, metadata_of


class OpenIDConnectAdapter(oauth2.Adapter):
    """Asks where the provider is, verifies the ID token, and reads the profile."""

    # Whether the profile says more than the ID token.
    reads_profile: ClassVar[bool] = True

    @cached_property
    def metadata(self) -> Metadata:
        """Where the provider is; asking for it raises SignInFailed or NoAnswer."""
        return metadata_of(self.settings)

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

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        told = id_tokens.verified(
            tokens.get("id_token", ""),
            issuers=[self.metadata.issuer],
            audience=self.get_provider().app.client_id,
            nonce=self.nonce,
            keys_url=self.metadata.jwks_uri,
        )
        if not self.reads_profile or not self.metadata.userinfo_endpoint:
            return told
        profile = oauth2.profile_of(self.ask(self.metadata.userinfo_endpoint, access_token))
        if not isinstance(profile, dict):
            raise SignInFailed("malformed")
        return with_profile(told, profile)
