"""OAuth 2 as the standard has it, with a place for each habit in which a provider differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
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
NOTHING: Mapping[str, str] = MappingProxyType({})


class Client(OAuth2Client):  # type: ignore[misc]
    """Writes the address at which a sign-in begins."""

    # What the provider calls the standard's parameters, and what its addresses end with.
    names: Mapping[str, str] = {}
    fragment = ""

    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, Any]
    ) -> str:
        parameters = {
            **extra_params,
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "response_type": "code",
            "scope": self.scope_delimiter.join(scope),
            "state": self.state,
        }
        separator = "&" if "?" in authorization_url else "?"
        query = urlencode(renamed(parameters, self.names))
        return f"{authorization_url}{separator}{query}{self.fragment}"


class Adapter(OAuth2Adapter):  # type: ignore[misc]
    """Exchanges the code, and believes nothing of an answer that does not have the right shape.

    A provider's own adapter says in `person` how it tells who somebody is, and names in the
    attributes below what it does otherwise than the standard.
    """

    client_class = Client
    # What the provider calls client_id, client_secret, scope, code and the others; "" leaves one
    # out.
    names: ClassVar[Mapping[str, str]] = {}
    # What it wants besides: where people are sent, and where a code becomes a token.
    authorize_parameters: ClassVar[Mapping[str, str]] = {}
    token_parameters: ClassVar[Mapping[str, str]] = {}
    # How the code is sent for a token: "data", a form; "json"; or "params", in the address.
    code_goes_as: ClassVar[str] = "data"
    # "GET" only where the provider knows nothing else: addresses end up in other people's logs.
    code_goes_by: ClassVar[str] = "POST"
    # Whether it takes PKCE (RFC 7636).
    pkce: ClassVar[bool] = True
    # Whether it must give an access token; some give none to whoever asks for an ID token alone.
    needs_access_token: ClassVar[bool] = True
    fragment: ClassVar[str] = ""
    # What the provider must have put into what it signs.
    nonce = ""

    @property
    def definition(self) -> Definition:
        """The catalogue entry."""
        return catalogue.get(self.provider_id)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The connection's settings."""
        settings: Mapping[str, Any] = self.get_provider().app.settings
        return settings

    @property
    def app_scope(self) -> str:
        """What an app asks for where it asks for itself alone."""
        return ""

    @classmethod
    def asked_besides(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        """Return with what else people are sent by a connection with these settings."""
        return cls.authorize_parameters

    @property
    def authorize_url(self) -> str:
        """Where people are sent."""
        return self.definition.endpoints["authorize"].url

    @property
    def access_token_url(self) -> str:
        """Where a code becomes a token."""
        return self.definition.endpoints["token"].url

    def get_client(self, request: HttpRequest, app: Any) -> Any:
        client = super().get_client(request, app)
        client.names, client.fragment = self.names, self.fragment
        return client

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        auth = None
        if client.basic_auth:
            # RFC 6749, section 2.3.1: encoded as in a form, so that no colon is ambiguous.
            auth = HTTPBasicAuth(
                quote_plus(client.consumer_key), quote_plus(client.consumer_secret)
            )
        question = self.question(request, client, pkce_code_verifier or "")
        with get_adapter().get_requests_session() as session:
            response = session.request(
                self.code_goes_by,
                self.access_token_url,
                **{self.code_goes_as: question},
                auth=auth,
                headers={"Accept": "application/json"},
            )
        return self.checked_token(response)

    def app_token(self) -> dict[str, Any]:
        """Return a token that the app gets for itself (RFC 6749, section 4.4)."""
        app = self.get_provider().app
        question = {
            "grant_type": "client_credentials",
            "client_id": app.client_id,
            "client_secret": app.secret,
            **({"scope": self.app_scope} if self.app_scope else {}),
        }
        with get_adapter().get_requests_session() as session:
            response = session.post(self.access_token_url, data=renamed(question, self.names))
        return self.checked_token(response)

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        """Return what is sent for a token, in the provider's words."""
        question = {
            "grant_type": "authorization_code",
            "code": request.GET.get(self.definition.code_parameter, ""),
            "redirect_uri": client.callback_url,
        }
        if self.pkce:
            question["code_verifier"] = verifier
        if not client.basic_auth:
            question |= {
                "client_id": client.consumer_key,
                "client_secret": client.consumer_secret,
            }
        return {**renamed(question, self.names), **self.token_parameters}

    def checked_token(self, response: Response) -> dict[str, Any]:
        """Return the tokens; raises SignInFailed for an error, which may come with status 200."""
        answer = object_of(response)
        if "error" in answer or response.status_code >= 400:
            raise said_by_provider(self.definition, answer.get("error"))
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise SignInFailed("malformed")
        tokens = {"access_token": ""}
        if self.needs_access_token or answer.get("access_token") is not None:
            tokens["access_token"] = required(answer, "access_token", TOKEN)
        if answer.get("id_token") is not None:
            tokens["id_token"] = required(answer, "id_token", TOKEN)
        return tokens

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        person = self.person(token.token, kwargs["response"])
        return self.get_provider().sociallogin_from_response(request, person)

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Return who somebody is, with the id as `sub`; raises SignInFailed or NoAnswer."""
        raise NotImplementedError

    def ask(self, url: str, access_token: str, **headers: str) -> Response:
        """Return what an address answers to whoever has the token."""
        with get_adapter().get_requests_session() as session:
            response: Response = session.get(
                url, headers={"Authorization": f"Bearer {access_token}", **headers}
            )
        return response

    def asked(self, name: str, parameters: Mapping[str, str], **headers: str) -> Response:
        """Return what one of the definition's addresses answers; the token is where it is put."""
        with get_adapter().get_requests_session() as session:
            response: Response = session.get(
                self.definition.endpoints[name].url, params=dict(parameters), headers=headers
            )
        return response

    def profile(
        self, name: str, access_token: str, query: Mapping[str, str] = NOTHING, /, **headers: str
    ) -> dict[str, Any]:
        """Return the JSON object at one of the definition's addresses; raises SignInFailed."""
        url = self.definition.endpoints[name].url + (f"?{urlencode(query)}" if query else "")
        answer = profile_of(self.ask(url, access_token, **headers))
        if not isinstance(answer, dict):
            raise SignInFailed("malformed")
        return answer


class Provider(OAuth2Provider):  # type: ignore[misc]
    """Asks for the definition's scopes with PKCE; nothing comes from the request."""

    account_class = ProviderAccount

    def get_scope(self) -> list[str]:
        """The connection's scopes, else the definition's; a request cannot add to them."""
        typed: str = self.app.settings.get("scopes", "")
        return typed.split() or list(catalogue.get(self.id).scopes)

    def get_auth_params(self) -> dict[str, str]:
        """What the adapter adds to the standard's."""
        return dict(self.oauth2_adapter_class.asked_besides(self.app.settings))

    def get_pkce_params(self) -> dict[str, Any]:
        """A fresh verifier and its S256 challenge (RFC 7636), where the provider takes them."""
        if not self.oauth2_adapter_class.pkce:
            return {}
        pkce: dict[str, Any] = generate_code_challenge()
        return pkce

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        return str(data["sub"])

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """None: who somebody is, the definition's claims say, never allauth's own matching."""
        return {}


def provider_of(definition: Definition, adapter: type[Adapter]) -> type[Provider]:
    """Return the class by which allauth knows a provider whose adapter says everything."""
    own = type(adapter.__name__, (adapter,), {"provider_id": definition.id})
    return type(
        f"{adapter.__name__}Provider",
        (Provider,),
        {"id": definition.id, "name": str(definition.name), "oauth2_adapter_class": own},
    )


def renamed(parameters: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters under the provider's names, without those that it does not have."""
    found = {names.get(name, name): value for name, value in parameters.items()}
    found.pop("", None)
    return found


def profile_of(response: Response) -> Any:
    """Return the JSON of a profile; raises SignInFailed where it may not be read."""
    if 400 <= response.status_code < 500:
        raise SignInFailed("profile_refused", code=str(response.status_code))
    return json_of(response)
