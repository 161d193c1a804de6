"""Runs a class of django-allauth as one of our protocols, with a request made for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict

from connections.protocols.oauth2 import challenge_of, new_verifier
from connections.protocols.protocol import (
    Callback,
    Client,
    Protocol,
    Redirect,
    Start,
    Timed,
    untimed,
    with_parameters,
)
from connections.providers.derived.adapter import failure_of_last, recording
from connections.providers.derived.allauth_internals import (
    AuthAction,
    OAuth2Adapter,
    OAuth2Provider,
    SocialAccount,
    SocialApp,
    SocialLogin,
)
from connections.providers.derived.classes import MAX_CACHED_CLASSES, AllauthProvider
from connections.values.failures import SignInFailed
from core.http.client import RequestFailed

Result = TypeVar("Result")


class DerivedProtocol(Protocol):
    """Runs the OAuth 2 classes of a provider in allauth. A subclass names them."""

    found: ClassVar[AllauthProvider]
    provider_class: ClassVar[type[DerivedProvider]]

    def __init__(self, client: Client, *, timed: Timed = untimed) -> None:
        super().__init__(client, timed=timed)
        self.app = unsaved_app(client, self.found, self.provider_class.id)

    def begin(self, start: Start) -> Redirect:
        adapter = self.adapter(callback_request(self.client.callback_url, {}))
        client = adapter.get_client(adapter.request, self.app)
        client.state = start.state
        verifier = new_verifier() if self.settings.get("pkce") else ""
        parameters = {
            **adapter.provider.get_auth_params(),
            **(challenge_of(verifier) if verifier else {}),
        }
        url = client.get_redirect_url(adapter.authorize_url, self.scopes(adapter), parameters)
        return Redirect(url=with_parameters(url, self.demands(start)), pkce_verifier=verifier)

    def scopes(self, adapter: DerivedAdapter) -> list[str]:
        """Return the connection's scopes, or those of the class."""
        typed: str = self.settings.get("scopes", "")
        return typed.split() or list(adapter.provider.get_scope())

    def called_urls(self) -> list[str]:
        return [self.found.addresses(self.settings)[1]]

    def finish(self, callback: Callback) -> dict[str, Any]:
        needed = {
            name: callback.parameters[name]
            for name in self.found.callback_parameters & callback.parameters.keys()
        }
        request = callback_request(self.client.callback_url, needed)
        adapter = self.adapter(request)
        client = adapter.get_client(request, self.app)
        verifier = callback.pkce_verifier or None
        with self.timed("token"):
            answer = self.with_provider_error(
                lambda: adapter.get_access_token_data(
                    request, self.app, client, pkce_code_verifier=verifier
                )
            )
        with self.timed("userinfo"):
            token = adapter.parse_token(answer)
            secrets = (token.token, token.token_secret)
            self.temporary_secrets += [each for each in secrets if isinstance(each, str)]
            login = self.with_provider_error(
                lambda: adapter.complete_login(request, self.app, token, response=answer)
            )
        found: dict[str, Any] = login.account.extra_data
        return found

    def adapter(self, request: HttpRequest) -> DerivedAdapter:
        """Return the class's adapter with the connection's settings."""
        native: Any = self.found.adapter_class(self.settings)
        provider = self.provider_class(request, app=self.app)
        return adapter_class_of(native)(request, provider, self.client.callback_url)

    def with_provider_error(self, call: Callable[[], Result]) -> Result:
        """Return the result of a call; raises SignInFailed with the provider's error code.

        All other errors of a class quote what was received and are dropped.
        """
        with recording() as answers:
            try:
                return call()
            except (SignInFailed, RequestFailed):
                raise
            except Exception:
                raise failure_of_last(self.definition, answers) from None


class DerivedProvider(OAuth2Provider):  # type: ignore[misc]
    """Comes before a provider class of allauth, which would read the deployment's settings."""

    found: ClassVar[AllauthProvider]
    _adds_from_request = False

    def get_settings(self) -> dict[str, Any]:
        """Return the connection's settings in place of the deployment's."""
        return self.found.given(self.app.settings)

    def get_auth_params(self) -> dict[str, str]:
        """Return the class's parameters, including those of its method for requests.

        That method calls this one.
        """
        if self._adds_from_request:
            return dict(super().get_auth_params())
        self._adds_from_request = True
        try:
            return dict(self.get_auth_params_from_request(self.request, AuthAction.AUTHENTICATE))
        finally:
            self._adds_from_request = False

    def sociallogin_from_response(self, request: HttpRequest, response: Any) -> SocialLogin:
        """Return the user as the class reads the response, without looking anything up."""
        try:
            uid = self.extract_uid(response)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise SignInFailed("no_subject", field="uid", received="null") from None
        fields: dict[str, Any] = {}
        addresses: list[Any] = []
        # Only shown, so a value of an unexpected type must not end the sign-in.
        with suppress(KeyError, IndexError, TypeError, AttributeError, ValueError):
            fields = self.extract_common_fields(response)
        with suppress(KeyError, IndexError, TypeError, AttributeError, ValueError):
            addresses = [each.email for each in self.extract_email_addresses(response)]
        said = {"uid": uid, "fields": fields, "addresses": addresses}
        return SocialLogin(account=SocialAccount(provider=self.id, extra_data=said))


class DerivedAdapter(OAuth2Adapter):  # type: ignore[misc]
    """Comes before an adapter class of allauth, which would look up provider and URL by itself."""

    def __init__(self, request: HttpRequest, provider: DerivedProvider, callback_url: str) -> None:
        super().__init__(request)
        self.provider = provider
        self.callback_url = callback_url

    def get_provider(self) -> DerivedProvider:
        return self.provider

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return self.callback_url


@lru_cache(MAX_CACHED_CLASSES)
def adapter_class_of(native: Any) -> type[DerivedAdapter]:
    """Return an adapter class of allauth with ours before it."""
    return type(native.__name__, (DerivedAdapter, native), {})


def derived_protocol(found: AllauthProvider, provider_id: str) -> type[DerivedProtocol]:
    """Return the protocol of a provider of allauth."""
    native = found.provider_class
    provider_class = type(
        native.__name__, (DerivedProvider, native), {"id": provider_id, "found": found}
    )
    attributes = {"found": found, "provider_class": provider_class}
    return type(native.__name__, (DerivedProtocol,), attributes)


def unsaved_app(client: Client, found: AllauthProvider, provider_id: str) -> SocialApp:
    """Return an unsaved app with the connection's values. Its settings have the class's names."""
    return SocialApp(
        provider=provider_id,
        client_id=client.client_id,
        secret=client.client_secret,
        key=client.settings.get("key", ""),
        settings={**client.settings, **found.given(client.settings)},
    )


def callback_request(callback_url: str, parameters: Mapping[str, str]) -> HttpRequest:
    """Return a request to the callback URL with only these parameters."""
    address = urlsplit(callback_url)
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = address.path
    request.META = {"HTTP_HOST": address.netloc}
    request.GET = QueryDict(urlencode(parameters))
    return request


def user_data(answer: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any], list[Any]]:
    """Return the id, the fields and the addresses of a user."""
    fields = answer["fields"] if isinstance(answer["fields"], Mapping) else {}
    return answer["uid"], fields, list(answer["addresses"])
