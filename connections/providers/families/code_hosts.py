"""The profile at GitHub, and at sites whose API is like GitHub's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    number_as_subject,
    only_shown,
    parse_json,
    refuse_status,
    text,
)
from connections.providers.families.accounts import Account

CLAIMS = Account(names=("name", "login"), proves_address=True)


class CodeHostProtocol(OAuth2Protocol):
    """Reads the profile, and the primary address if it is verified."""

    # Of the requests to the API.
    headers: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def is_proved(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry of the list of addresses is the primary one and verified."""

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        profile = self.get_json("userinfo", tokens["access_token"], **self.headers)
        return {
            # User names can be reassigned.
            "sub": number_as_subject(profile, "id"),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.fetch_primary_address(tokens["access_token"]),
        }

    def fetch_primary_address(self, access_token: str) -> Profile:
        """Return the primary address if it is verified, or nothing."""
        # Some apps may not read addresses.
        with only_shown():
            for entry in self.fetch_entries("emails", access_token):
                if self.is_proved(entry):
                    return {"email": text(entry, "email"), "email_verified": True}
        return {}

    def fetch_entries(self, name: str, access_token: str) -> list[Mapping[str, Any]]:
        """Return the objects of the list at an endpoint of the definition."""
        url = self.definition.endpoints[name].url
        response = self.get_with_token(url, access_token, **self.headers)
        refuse_status(response)
        found = parse_json(response)
        entries = found if isinstance(found, list) else []
        return [each for each in entries if isinstance(each, dict)]
