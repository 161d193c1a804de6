"""OpenID Connect with endpoints from the issuer's discovery document.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.utils.functional import cached_property

from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.oidc import announcements, id_tokens
from connections.protocols.oidc.fixed_endpoints import parse_userinfo, with_profile
from connections.protocols.oidc.metadata import (
    BASIC,
    BODY,
    Metadata,
    discovery_address,
    fetch_newer,
    has_entered_addresses,
    load_metadata,
)
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import parse_object
from connections.values.failures import SignInFailed
from core.http.client import RequestFailed, Response, last_exchange

# The name of the methods in a discovery document.
AUTHENTICATION = "token_endpoint_auth_methods_supported"

# What servers answer at an address that they no longer serve.
GONE = frozenset({404, 405, 410})


class OpenIDConnectProtocol(OAuth2Protocol):
    """Fetches the discovery document, verifies the ID token, and reads the profile."""

    # Whether userinfo has claims that the ID token does not have.
    reads_profile: ClassVar[bool] = True

    @cached_property
    def metadata(self) -> Metadata:
        """The provider's metadata; the first access raises SignInFailed or RequestFailed."""
        return load_metadata(self.settings)

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
        return not self.settings.get("secret_in_body") and BASIC in self.metadata.secret_methods

    def announced_problems(self) -> list[SignInFailed]:
        announced, request = self.metadata.announced, own_request(self.scopes, type(self))
        return [*announcements.refusals(announced), *announcements.warnings(announced, request)]

    def called_urls(self) -> list[str]:
        if self.publishes_metadata:
            return [discovery_address(self.settings)]
        return [self.token_url, self.metadata.jwks_uri, self.metadata.userinfo_endpoint]

    @property
    def publishes_metadata(self) -> bool:
        return not has_entered_addresses(self.settings)

    def fetch_metadata(self) -> None:
        self.metadata  # noqa: B018 - fetches it and compares the issuer

    @property
    def verifies_signatures(self) -> bool:
        return True

    def fetch_keys(self) -> None:
        id_tokens.fetch_keys(self.metadata.jwks_uri)

    def finish(self, callback: Callback) -> dict[str, Any]:
        # Fetching the metadata does not count as part of the token request.
        if self.metadata.says_issuer and "iss" not in callback.parameters:
            raise SignInFailed("issuer", field="iss", received="", expected=self.metadata.issuer)
        return super().finish(callback)

    def exchange_code(self, callback: Callback) -> Tokens:
        """Return the tokens for the code.

        An endpoint that is gone has not used the code, so it is sent to the new one.
        """
        exchange_code = super().exchange_code
        return self._with_current_metadata(lambda: exchange_code(callback))

    def parse_tokens(self, response: Response) -> Tokens:
        """Return the tokens; raises SignInFailed, which names the other way to authenticate."""
        try:
            tokens = super().parse_tokens(response)
        except SignInFailed as failure:
            used = BASIC if self.basic_auth else BODY
            others = [each for each in self.metadata.secret_methods if each != used]
            if not others or not is_unknown_client(failure, response):
                raise
            found = SignInFailed(
                "client_method",
                code=failure.code,
                trace=failure.trace,
                field=AUTHENTICATION,
                expected=[used, *others],
            )
            found.facts |= failure.facts
            raise found from None
        if "id_token" not in tokens:
            # With an ID token, the provider has shown that it took this for a sign-in.
            self.refuse_missing_scopes(parse_object(response), needed=("openid",))
        return tokens

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        return self._with_current_metadata(lambda: self._fetch_profile(tokens, callback))

    def _with_current_metadata(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the result of a call, repeated if the provider's metadata has changed."""
        try:
            return call()
        except (SignInFailed, RequestFailed) as failure:
            found = self._newer_metadata() if may_be_outdated(failure) else None
            # What could not be sent may have been received all the same.
            if found is None or isinstance(failure, RequestFailed):
                raise
        self.metadata = found
        return call()

    def _newer_metadata(self) -> Metadata | None:
        """Return the provider's metadata if it has changed. The last request stays what it was."""
        exchange = last_exchange.get()
        try:
            return fetch_newer(self.settings, self.metadata)
        except (SignInFailed, RequestFailed):
            return None
        finally:
            last_exchange.set(exchange)

    def _fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
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


def is_unknown_client(failure: SignInFailed, response: Response) -> bool:
    """Whether the provider refused the client's authentication. Keycloak has its own code."""
    refused = failure.cause == "unauthorized_client" and response.status_code == 401
    return refused or failure.cause == "invalid_client"


def may_be_outdated(failure: SignInFailed | RequestFailed) -> bool:
    """Whether newer metadata may avoid the failure.

    The endpoint is gone or cannot be reached, or no key of the provider fits the signature.
    """
    exchange = last_exchange.get()
    is_gone = exchange is not None and exchange.status in GONE
    return is_gone or failure.cause in {"unreachable", "id_token", "keys_unusable"}


def own_request(
    scopes: Sequence[str], protocol: type[OpenIDConnectProtocol]
) -> announcements.OwnRequest:
    """Return what a protocol sends to a provider."""
    return announcements.OwnRequest(scopes=scopes, pkce=protocol.pkce)
