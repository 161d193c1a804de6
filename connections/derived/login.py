"""A class of django-allauth in our flow: our address and state, one door, and no trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthAction
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest

from connections.derived.classes import MOST_CLASSES, Found, without_query
from connections.outside import NoAnswer
from connections.providers import catalogue
from connections.signin.failures import SignInFailed
from connections.signin.listening import listening, refusal

Answer = TypeVar("Answer")


class DerivedProvider(OAuth2Provider):  # type: ignore[misc]
    """Goes before a class of allauth, and gives it a connection's settings."""

    found: ClassVar[Found]

    def __init__(self, request: HttpRequest, app: Any = None) -> None:
        app.key = app.settings.get("key", "")
        app.settings = {**app.settings, **self.found.given(app.settings)}
        super().__init__(request, app=app)
        self._is_asked = False

    def get_settings(self) -> dict[str, Any]:
        """The connection's settings, where the class looks for the deployment's."""
        return self.found.given(self.app.settings)

    def get_scope(self) -> list[str]:
        """The connection's scopes, else the class's."""
        typed: str = self.app.settings.get("scopes", "")
        return typed.split() or list(super().get_scope())

    def get_pkce_params(self) -> dict[str, Any]:
        """A fresh verifier and its challenge, where the connection says so."""
        if not self.app.settings.get("pkce"):
            return {}
        pkce: dict[str, Any] = generate_code_challenge()
        return pkce

    def get_auth_params(self) -> dict[str, str]:
        """What the class adds, also by its method for requests, which gets an empty one."""
        if self._is_asked:
            return dict(super().get_auth_params())
        self._is_asked = True
        try:
            quiet = without_query(self.request)
            return dict(self.get_auth_params_from_request(quiet, AuthAction.AUTHENTICATE))
        finally:
            self._is_asked = False

    def get_oauth2_adapter(self, request: HttpRequest) -> OAuth2Adapter:
        """The class's adapter, as it is with the connection's settings."""
        native: Any = self.found.adapter_class(self.app.settings)
        quiet = without_query(request, but=self.found.callback_parameters)
        return adapter_of(native, self.id)(quiet)

    def sociallogin_from_response(self, request: HttpRequest, response: Any) -> SocialLogin:
        """Return who somebody is by the class's own reading; nothing of it is looked up."""
        try:
            uid = self.extract_uid(response)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise SignInFailed("no_subject") from None
        fields = self.extract_common_fields(response)
        addresses = [each.email for each in self.extract_email_addresses(response)]
        said = {"uid": uid, "fields": fields, "addresses": addresses}
        return SocialLogin(account=SocialAccount(provider=self.id, extra_data=said))


class DerivedAdapter(OAuth2Adapter):  # type: ignore[misc]
    """Goes before an adapter of allauth: it sees a quiet request, and its crashes are failures."""

    def get_client(self, request: HttpRequest, app: Any) -> Any:
        return super().get_client(self.request, app)

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        ask = super().get_access_token_data
        return self.heard(
            lambda: ask(self.request, app, client, pkce_code_verifier=pkce_code_verifier)
        )

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        ask = super().complete_login
        return self.heard(lambda: ask(self.request, app, token, **kwargs))

    def heard(self, ask: Callable[[], Answer]) -> Answer:
        """Return the answer; raises SignInFailed with the provider's word where it has one."""
        with listening() as answers:
            try:
                return ask()
            except (SignInFailed, NoAnswer):
                raise
            except Exception:
                # Whatever it is, its words quote what was received.
                raise refusal(catalogue.get(self.derived_id), answers) from None


@lru_cache(MOST_CLASSES)
def adapter_of(native: Any, provider_id: str) -> type[DerivedAdapter]:
    """Return an adapter of allauth in our flow."""
    return type(native.__name__, (DerivedAdapter, native), {"derived_id": provider_id})


def provider_of(found: Found, provider_id: str) -> type[DerivedProvider]:
    """Return a provider of allauth in our flow."""
    native = found.provider_class
    return type(native.__name__, (DerivedProvider, native), {"id": provider_id, "found": found})


def person_in(answer: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any], list[Any]]:
    """Return the id, the fields and the addresses that a class found."""
    fields = answer["fields"] if isinstance(answer["fields"], Mapping) else {}
    return answer["uid"], fields, list(answer["addresses"])
