"""OpenID Connect at providers whose addresses everybody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.oidc import id_tokens


class KnownAdapter(oauth2.Adapter):
    """Verifies the ID token; the definition's endpoints have the keys, and maybe a userinfo."""

    # The names by which the provider calls itself, where they are more than the definition's.
    more_issuers: ClassVar[Sequence[str]] = ()

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        definition = self.definition
        told = id_tokens.verified(
            tokens.get("id_token", ""),
            issuers=self.issuers(tokens),
            audience=self.get_provider().app.client_id,
            nonce=self.nonce if definition.nonce else None,
            keys_url=definition.endpoints["keys"].url,
        )
        if "userinfo" not in definition.endpoints:
            return told
        return with_profile(told, self.profile("userinfo", access_token))

    def issuers(self, tokens: Mapping[str, Any]) -> list[str]:
        """Return the names of which the ID token must bear one; raises SignInFailed."""
        return [self.definition.issuer(self.settings), *self.more_issuers]


def with_profile(told: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ID token and userinfo say together; raises SignInFailed for two people.

    https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    """
    if id_tokens.subject_of(profile) != told["sub"]:
        raise SignInFailed("sub_mismatch")
    merged = {**told, **profile}
    if "email" in profile:
        # An address and its proof come together, or not at all.
        merged["email_verified"] = profile.get("email_verified")
    else:
        merged["email_verified"] = told.get("email_verified")
    return merged
