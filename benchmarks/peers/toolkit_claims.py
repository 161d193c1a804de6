"""The claims that django-oauth-toolkit leaves to each website."""

from __future__ import annotations

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):  # type: ignore[misc]
    """Answers with the name and the address of somebody, as the other two do."""

    oidc_claim_scope = {
        **OAuth2Validator.oidc_claim_scope,
        "name": "profile",
        "email": "email",
    }

    def get_additional_claims(self) -> dict[str, Any]:
        """Say where the claims come from."""
        return {
            "name": lambda request: request.user.get_full_name(),
            "email": lambda request: request.user.email,
        }
