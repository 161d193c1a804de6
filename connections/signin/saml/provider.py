"""SAML 2.0 as allauth's classes see it: a signed request, and a response that is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

from django.http import HttpRequest

from connections.providers.definition import Site
from connections.signin import oauth2
from connections.signin.saml import claims
from connections.signin.saml.metadata import Metadata, metadata_of
from connections.signin.saml.request import Request
from connections.signin.saml.response import Terms, verified


@dataclass
class Client:
    """Writes the address at which a sign-in begins."""

    settings: Mapping[str, Any]
    callback_url: str
    key: str
    state: str = ""

    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, Any]
    ) -> str:
        """Return where the browser goes with our signed request."""
        request = Request(
            id=request_id(extra_params["nonce"]),
            destination=authorization_url,
            callback_url=self.callback_url,
            entity_id=Site.of(self.callback_url).metadata_url,
            name_id_format=self.settings["name_id_format"],
        )
        return request.address(state=self.state, key=self.key)


class SAMLAdapter(oauth2.Adapter):
    """Sends people off with a request of its own id, and believes only the answer to it."""

    pkce: ClassVar[bool] = False

    @cached_property
    def metadata(self) -> Metadata:
        """Where the provider is; asking for it raises SignInFailed or NoAnswer."""
        return metadata_of(self.settings)

    @property
    def authorize_url(self) -> str:
        """Where people are sent."""
        return self.metadata.sso_url

    def get_client(self, request: HttpRequest, app: Any) -> Client:
        return Client(self.settings, self.get_callback_url(request, app), app.secret)

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        terms = Terms(
            provider=self.metadata,
            entity_id=Site.of(client.callback_url).metadata_url,
            callback_url=client.callback_url,
            request_id=request_id(self.nonce),
            key=client.key,
        )
        assertion = verified(request.GET.get("SAMLResponse", ""), terms)
        return claims.told(assertion, provider=terms.provider.entity_id)

    def parse_token(self, data: Mapping[str, Any]) -> None:
        """None: an assertion says it all, and opens nothing."""

    def complete_login(
        self, request: HttpRequest, app: Any, token: None, **kwargs: Any
    ) -> SimpleNamespace:
        return SimpleNamespace(account=SimpleNamespace(extra_data=kwargs["response"]))


def request_id(nonce: str) -> str:
    """Return the request's id, which in XML may not begin with a digit."""
    return f"_{nonce}"
