"""The standard OAuth 2 flow, with attributes and methods for the differences of a provider."""

from __future__ import annotations

import base64
import re
import secrets
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from connections.protocols.protocol import (
    Callback,
    Profile,
    Protocol,
    Redirect,
    Start,
    Tokens,
    with_parameters,
)
from connections.protocols.responses import (
    TOO_MANY_REQUESTS,
    has_error,
    parse_object,
    refuse_status,
    required,
    status_failure,
)
from connections.values.failures import SignInFailed, provider_error
from core.http import client as http_client
from core.http.client import MAX_BODY_BYTES, Response

TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
# As long as a response can be. An ID token is not sent to anybody.
ID_TOKEN = re.compile(rf"[\x21-\x7e]{{1,{MAX_BODY_BYTES}}}")
# Most providers separate scopes by spaces, as the standard says, and some by commas.
SCOPE_DELIMITERS = re.compile(r"[\s,]+")
# Statuses of addresses that do not exist, or do not take the method.
NOT_THERE = frozenset({404, 405, 410})
NOTHING: Mapping[str, str] = MappingProxyType({})
# In a token request. Without it, GitHub answers with a form.
ACCEPT_JSON: Mapping[str, str] = MappingProxyType({"Accept": "application/json"})


class OAuth2Protocol(Protocol):
    """The authorization code flow (RFC 6749, section 4.1).

    A provider's class implements `fetch_profile`. The attributes below declare how it differs from
    the standard. Where they are not enough, it overrides a method.
    """

    # The provider's names for client_id, client_secret, scope, code and the others. "" omits the
    # parameter.
    names: ClassVar[Mapping[str, str]] = {}
    # Additional parameters of the authorization request and of the token request.
    authorize_parameters: ClassVar[Mapping[str, str]] = {}
    token_parameters: ClassVar[Mapping[str, str]] = {}
    # How the token request is sent: "data" (a form), "json", or "params" (in the query).
    code_goes_as: ClassVar[str] = "data"
    # "GET" only if the provider supports nothing else: URLs are logged by others.
    code_goes_by: ClassVar[str] = "POST"
    # Whether the provider supports PKCE (RFC 7636).
    pkce: ClassVar[bool] = True
    scope_delimiter: ClassVar[str] = " "
    # The scopes without which the profile cannot be read. Only for providers that return the
    # granted scopes under their own names.
    needed_scopes: ClassVar[Sequence[str]] = ()
    # The fragment of the authorization URL.
    fragment: ClassVar[str] = ""

    # --- the start --------------------------------------------------------------------------------

    def begin(self, start: Start) -> Redirect:
        verifier = new_verifier() if self.pkce else ""
        query = {
            **self.authorize_query(start),
            **(challenge_of(verifier) if verifier else {}),
            **({"nonce": start.nonce} if start.nonce else {}),
        }
        url = self.authorize_url
        separator = "&" if "?" in url else "?"
        whole = f"{url}{separator}{urlencode(query)}{self.fragment}"
        # The authorization URL may have parameters of its own.
        return Redirect(url=with_parameters(whole, self.demands(start)), pkce_verifier=verifier)

    @property
    def authorize_url(self) -> str:
        """The authorization endpoint."""
        return self.definition.endpoints["authorize"].url

    def authorize_query(self, start: Start) -> dict[str, str]:
        """Return the parameters of the authorization request under the provider's names."""
        standard = {
            "client_id": self.client.client_id,
            "redirect_uri": self.client.callback_url,
            "response_type": "code",
            "scope": self.scope_delimiter.join(self.scopes),
            "state": start.state,
        }
        return {**rename_parameters(standard, self.names), **self.extra_authorize_parameters()}

    def extra_authorize_parameters(self) -> Mapping[str, str]:
        """Return additional parameters of the authorization request; settings may decide them."""
        return self.authorize_parameters

    @property
    def scopes(self) -> list[str]:
        """The connection's scopes, or those of the definition, and those for its access rules."""
        typed: str = self.settings.get("scopes", "")
        chosen = typed.split() or list(self.definition.scopes)
        return list(dict.fromkeys((*chosen, *self.definition.rule_scopes(self.settings))))

    # --- the callback -----------------------------------------------------------------------------

    def finish(self, callback: Callback) -> dict[str, Any]:
        with self.timed("token"):
            tokens = self.exchange_code(callback)
        self.temporary_secrets += [each for each in tokens.values() if isinstance(each, str)]
        with self.timed("userinfo"):
            return self.fetch_profile(tokens, callback)

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return self.definition.endpoints["token"].url

    @property
    def needs_access_token(self) -> bool:
        """Whether the token response must have an access token."""
        return True

    @property
    def basic_auth(self) -> bool:
        """Whether the client authenticates by HTTP Basic. Otherwise the secret is in the body."""
        return False

    @property
    def authentication_headers(self) -> dict[str, str]:
        """The headers that authenticate the client."""
        if not self.basic_auth:
            return {}
        credentials = basic_auth_of(self.client.client_id, self.client.client_secret)
        return {"Authorization": credentials}

    @property
    def authentication_parameters(self) -> dict[str, str]:
        """The parameters that authenticate the client."""
        if self.basic_auth:
            return {}
        return {"client_id": self.client.client_id, "client_secret": self.client.client_secret}

    def exchange_code(self, callback: Callback) -> Tokens:
        """Return the tokens for the code."""
        headers = {**ACCEPT_JSON, **self.authentication_headers}
        content: dict[str, Any] = {self.code_goes_as: self.token_request(callback)}
        with http_client.new_session() as session:
            response = session.request(
                self.code_goes_by, self.token_url, headers=headers, **content
            )
        return self.parse_tokens(response)

    def token_request(self, callback: Callback) -> dict[str, str]:
        """Return the parameters of the token request under the provider's names."""
        standard = {
            "grant_type": "authorization_code",
            "code": self.code_of(callback),
            "redirect_uri": self.client.callback_url,
        }
        if self.pkce:
            standard["code_verifier"] = callback.pkce_verifier
        standard |= self.authentication_parameters
        return {**rename_parameters(standard, self.names), **self.token_parameters}

    def code_of(self, callback: Callback) -> str:
        """Return the code. Some providers use another parameter name."""
        return callback.parameters.get(self.definition.code_parameter, "")

    def parse_tokens(self, response: Response) -> Tokens:
        """Return the tokens; raises SignInFailed for an error, which may come with status 200."""
        answer = parse_object(response)
        if has_error(answer):
            raise provider_error(self.definition, answer["error"])
        refuse_status(response)
        token_type = answer.get("token_type") or "bearer"
        if str(token_type).lower() != "bearer":
            raise SignInFailed(
                "malformed", field="token_type", received=token_type, expected="Bearer"
            )
        self.refuse_missing_scopes(answer)
        tokens = {"access_token": ""}
        if self.needs_access_token or answer.get("access_token") is not None:
            tokens["access_token"] = required(answer, "access_token", TOKEN)
        if answer.get("id_token") is not None:
            tokens["id_token"] = required(answer, "id_token", ID_TOKEN)
        return tokens

    def refuse_missing_scopes(
        self, answer: Mapping[str, Any], *, needed: Sequence[str] | None = None
    ) -> None:
        """Raise SignInFailed if the response names the granted scopes and a needed one is missing.

        `needed` is `needed_scopes` unless it is given. Without `scope`, all requested ones were
        granted (RFC 6749, section 5.1).
        """
        granted = answer.get("scope")
        if not isinstance(granted, str) or not granted.strip():
            return
        needed = self.needed_scopes if needed is None else needed
        missing = set(needed) - set(SCOPE_DELIMITERS.split(granted))
        if missing:
            raise SignInFailed("scope_missing", field="scope", received=granted, expected=missing)

    @abstractmethod
    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        """Return the user's profile with the id as `sub`; raises SignInFailed or RequestFailed."""

    # --- requests with a token --------------------------------------------------------------------

    def get_json(
        self, name: str, access_token: str, query: Mapping[str, str] = NOTHING, /, **headers: str
    ) -> dict[str, Any]:
        """Return the JSON object at an endpoint of the definition."""
        url = self.definition.endpoints[name].url + (f"?{urlencode(query)}" if query else "")
        return parse_profile(self.get_with_token(url, access_token, **headers))

    def get_with_token(self, url: str, access_token: str, **headers: str) -> Response:
        """Send a GET request with the access token in the Authorization header."""
        with http_client.new_session() as session:
            response: Response = session.get(
                url, headers={"Authorization": f"Bearer {access_token}", **headers}
            )
        return response

    def get_with_query(self, name: str, query: Mapping[str, str], **headers: str) -> Response:
        """Send a GET request to an endpoint of the definition, without an Authorization header.

        For providers that expect the access token elsewhere.
        """
        with http_client.new_session() as session:
            response: Response = session.get(
                self.definition.endpoints[name].url, params=dict(query), headers=headers
            )
        return response

    def called_urls(self) -> list[str]:
        return [
            self.token_url,
            *(each.url for name, each in self.definition.endpoints.items() if name != "authorize"),
        ]

    # --- the app for itself -----------------------------------------------------------------------

    @property
    def app_scope(self) -> str:
        """The scope of a token for the app itself."""
        return ""

    def request_app_token(self) -> None:
        """Request a token by the client credentials grant (RFC 6749, section 4.4)."""
        standard = {
            "grant_type": "client_credentials",
            **self.authentication_parameters,
            **({"scope": self.app_scope} if self.app_scope else {}),
        }
        with self.timed("token"), http_client.new_session() as session:
            response = session.post(
                self.token_url,
                data=rename_parameters(standard, self.names),
                headers=self.authentication_headers,
            )
            self.parse_tokens(response)


def rename_parameters(parameters: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters under the provider's names, without those it does not use."""
    found = {names.get(name, name): value for name, value in parameters.items()}
    found.pop("", None)
    return found


def new_verifier() -> str:
    """Return a new PKCE verifier of the maximum length."""
    return secrets.token_urlsafe(96)


def challenge_of(verifier: str) -> dict[str, str]:
    """Return the S256 challenge of a PKCE verifier (RFC 7636, section 4.2)."""
    digest = sha256(verifier.encode()).digest()
    return {
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }


def basic_auth_of(client_id: str, client_secret: str) -> str:
    """Return the Authorization header of a client.

    RFC 6749, section 2.3.1: both values are form-encoded, so that a colon is unambiguous.
    """
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def parse_profile(response: Response) -> dict[str, Any]:
    """Return the JSON object of a profile; raises SignInFailed if the provider refuses it."""
    refuse_profile_status(response)
    return parse_object(response)


def refuse_profile_status(response: Response) -> None:
    """Raise SignInFailed if the provider refuses to send a profile.

    Some statuses mean that nobody answers at this address, or not now.
    """
    status = response.status_code
    if status in NOT_THERE or status == TOO_MANY_REQUESTS:
        raise status_failure(response)
    if 400 <= status < 500:
        raise SignInFailed("profile_refused", code=str(status))
