"""OpenID Connect with endpoints from the issuer's discovery document.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.oidc import id_tokens
from connections.protocols.oidc.fixed_endpoints import parse_userinfo, with_profile
from connections.protocols.oidc.metadata import Metadata, metadata_of
from connections.protocols.protocol import Callback
from connections.values.failures import SignInFailed


class OpenIDConnectProtocol(OAuth2Protocol):
    """Fetches the discovery document, verifies the ID token, and reads the profile."""

    # Whether userinfo has claims that the ID token does not have.
    reads_profile: ClassVar[bool] = True

    @cached_property
    def metadata(self) -> Metadata:
        """The provider's metadata; the first access raises SignInFailed or RequestFailed."""
        return metadata_of(self.settings)

    @property
    def authorize_url(self) -> str:
        return self.metadata.authorization_endpoint

    @property
    def token_url(self) -> str:
        return self.metadata.token_endpoint

    @property
    def needs_access_token(self) -> bool:
        """Whether the access token is used."""
        return self.reads_profile and bool(self.metadata.userinfo_endpoint)

    @property
    def basic_auth(self) -> bool:
        return self.metadata.secret_in_header

    def finish(self, callback: Callback) -> dict[str, Any]:
        # Fetching the metadata does not count as part of the token request.
        if self.metadata.says_issuer and "iss" not in callback.parameters:
            raise SignInFailed("issuer")
        return super().finish(callback)

    def fetch_profile(self, tokens: Mapping[str, Any], callback: Callback) -> dict[str, Any]:
        claims = id_tokens.verify_id_token(
            tokens.get("id_token", ""),
            issuers=[self.metadata.issuer],
            audience=self.client.client_id,
            nonce=callback.nonce,
            keys_url=self.metadata.jwks_uri,
        )
        if not self.reads_profile or not self.metadata.userinfo_endpoint:
            return claims
        response = self.get_with_token(self.metadata.userinfo_endpoint, tokens["access_token"])
        profile = parse_userinfo(
            response,
            issuers=[self.metadata.issuer],
            audience=self.client.client_id,
            keys_url=self.metadata.jwks_uri,
        )
        return with_profile(claims, profile)
