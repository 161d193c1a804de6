"""OAuth 2 as the standard has it: what the providers that follow it have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest
from requests import Response
from requests.auth import HTTPBasicAuth

from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.reading import json_of, object_of, required

TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


class Client(OAuth2Client):  # type: ignore[misc]
    """Writes the address at which a sign-in begins."""

    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, Any]
    ) -> str:
        parameters = {
            **extra_params,
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "response_type": "code",
            "scope": " ".join(scope),
            "state": self.state,
        }
        separator = "&" if "?" in authorization_url else "?"
        return f"{authorization_url}{separator}{urlencode(parameters)}"


class Adapter(OAuth2Adapter):  # type: ignore[misc]
    """Exchanges the code, and believes nothing of an answer that does not have the right shape."""

    client_class = Client
    # What the provider must have put into what it signs.
    nonce = ""

    @property
    def definition(self) -> Definition:
        """The catalogue entry."""
        return catalogue.get(self.provider_id)

    @property
    def authorize_url(self) -> str:
        """Where people are sent."""
        return self.definition.endpoints["authorize"].url

    @property
    def access_token_url(self) -> str:
        """Where a code becomes a token."""
        return self.definition.endpoints["token"].url

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        question = {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "redirect_uri": client.callback_url,
            "code_verifier": pkce_code_verifier or "",
        }
        auth = None
        if client.basic_auth:
            # RFC 6749, section 2.3.1: encoded as in a form, so that no colon is ambiguous.
            auth = HTTPBasicAuth(
                quote_plus(client.consumer_key), quote_plus(client.consumer_secret)
            )
        else:
            question |= {
                "client_id": client.consumer_key,
                "client_secret": client.consumer_secret,
            }
        with get_adapter().get_requests_session() as session:
            response = session.post(
                self.access_token_url,
                data=question,
                auth=auth,
                headers={"Accept": "application/json"},
            )
        return self.checked_token(response)

    def checked_token(self, response: Response) -> dict[str, Any]:
        """Return the tokens; raises SignInFailed for an error, which may come with status 200."""
        answer = object_of(response)
        if "error" in answer or response.status_code >= 400:
            raise said_by_provider(self.definition, answer.get("error"))
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise SignInFailed("malformed")
        tokens = {"access_token": required(answer, "access_token", TOKEN)}
        if answer.get("id_token") is not None:
            tokens["id_token"] = required(answer, "id_token", TOKEN)
        return tokens

    def ask(self, url: str, access_token: str, **headers: str) -> Response:
        """Return what an address answers to whoever has the token."""
        with get_adapter().get_requests_session() as session:
            response: Response = session.get(
                url, headers={"Authorization": f"Bearer {access_token}", **headers}
            )
        return response


class Provider(OAuth2Provider):  # type: ignore[misc]
    """Asks for the definition's scopes with PKCE; nothing comes from the request."""

    account_class = ProviderAccount

    def get_scope(self) -> list[str]:
        """The definition's scopes; a request cannot add to them."""
        return list(catalogue.get(self.id).scopes)

    def get_auth_params(self) -> dict[str, str]:
        """None beyond the standard's."""
        return {}

    def get_pkce_params(self) -> dict[str, Any]:
        """A fresh verifier and its S256 challenge (RFC 7636)."""
        pkce: dict[str, Any] = generate_code_challenge()
        return pkce

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        return str(data["sub"])

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """None: who somebody is, the definition's claims say, never allauth's own matching."""
        return {}


def profile_of(response: Response) -> Any:
    """Return the JSON of a profile; raises SignInFailed where it may not be read."""
    if 400 <= response.status_code < 500:
        raise SignInFailed("profile_refused", code=str(response.status_code))
    return json_of(response)
