"""OpenID Connect at providers with fixed, documented endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connections.protocols.oauth2 import OAuth2Protocol, parse_profile, refuse_profile_status
from connections.protocols.oidc import id_tokens
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import media_type_of, refuse_status
from connections.values.failures import SignInFailed
from core.http.client import Response


class KnownOpenIDProtocol(OAuth2Protocol):
    """Verifies the ID token with the keys from a fixed endpoint; userinfo is optional."""

    @property
    def needs_access_token(self) -> bool:
        """Whether the access token is used."""
        return "userinfo" in self.definition.endpoints

    # Issuers that the provider uses in addition to the definition's.
    more_issuers: ClassVar[Sequence[str]] = ()

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        definition = self.definition
        claims = id_tokens.verify_id_token(
            tokens.get("id_token", ""),
            issuers=self.issuers(tokens),
            audience=self.client.client_id,
            nonce=callback.nonce if definition.nonce else None,
            keys_url=definition.endpoints["keys"].url,
        )
        if "userinfo" not in definition.endpoints:
            return claims
        url = definition.endpoints["userinfo"].url
        profile = parse_userinfo(
            self.get_with_token(url, tokens["access_token"]),
            issuers=self.issuers(tokens),
            audience=self.client.client_id,
            keys_url=definition.endpoints["keys"].url,
        )
        return with_profile(claims, profile)

    @property
    def verifies_signatures(self) -> bool:
        return True

    def fetch_keys(self) -> None:
        id_tokens.fetch_keys(self.definition.endpoints["keys"].url)

    def issuers(self, tokens: Mapping[str, Any]) -> list[str]:
        """Return the accepted issuers of the ID token; raises SignInFailed."""
        return [self.definition.issuer(self.settings), *self.more_issuers]


def parse_userinfo(
    response: Response, *, issuers: Sequence[str], audience: str, keys_url: str
) -> dict[str, Any]:
    """Return the claims of a userinfo response, which may be a signed JWT.

    https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    """
    if media_type_of(response) != "application/jwt":
        return parse_profile(response)
    refuse_profile_status(response)
    refuse_status(response)
    return id_tokens.verify_claims(
        response.content.decode("ascii", errors="replace").strip(),
        issuers=issuers,
        audience=audience,
        keys_url=keys_url,
        required=id_tokens.REQUIRED_OF_PROFILE,
    )


def with_profile(claims: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims of ID token and userinfo merged; raises SignInFailed if their `sub`
    differs.

    https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    """
    if id_tokens.subject_of(profile) != claims["sub"]:
        raise SignInFailed("sub_mismatch", field="sub")
    # Both subjects are the same, but one may be a number.
    merged = {**claims, **profile, "sub": claims["sub"]}
    if "email" in profile:
        # email and email_verified must come from the same source.
        merged["email_verified"] = profile.get("email_verified")
    else:
        merged["email_verified"] = claims.get("email_verified")
    return merged
