"""All undocumented parts of django-allauth that the derived providers use.

An upgrade may rename any of them. tests/connections/test_allauth_internals.py tests what we rely
on.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

from allauth.core.context import request_context
from allauth.socialaccount import providers
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthAction
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest

__all__ = [
    "AuthAction",
    "OAuth2Adapter",
    "OAuth2Provider",
    "SocialAccount",
    "SocialApp",
    "SocialLogin",
    "adapter_module",
    "package_names",
    "provider_classes",
    "reauthentication_parameters",
    "request_context",
    "start_url",
]


def package_names() -> Iterator[str]:
    """Return the names of allauth's provider packages without importing them."""
    return (each.name for each in pkgutil.iter_modules(providers.__path__) if each.ispkg)


def provider_classes(package: str) -> list[type[OAuth2Provider]]:
    """Return the OAuth 2 providers that a package defines; raises ImportError or OSError."""
    module = import_module(f"{providers.__name__}.{package}.provider")
    return [each for each in vars(module).values() if is_provider(each, module)]


def is_provider(value: object, module: ModuleType) -> bool:
    """Whether this is a provider class that is defined in the module."""
    return (
        isinstance(value, type)
        and issubclass(value, OAuth2Provider)
        and value.__module__ == module.__name__
        and hasattr(value, "oauth2_adapter_class")
    )


def adapter_module(provider_class: type[OAuth2Provider]) -> ModuleType:
    """Return the module that defines the provider's adapter."""
    return import_module(provider_class.oauth2_adapter_class.__module__)


def reauthentication_parameters(adapter: OAuth2Adapter) -> dict[str, str]:
    """Return what a class adds to the authorization URL if the user has to sign in again.

    Raises whatever the class raises.
    """
    request: HttpRequest = adapter.request
    provider = adapter.get_provider()
    with request_context(request):
        usual = provider.get_auth_params_from_request(request, AuthAction.AUTHENTICATE)
        again = provider.get_auth_params_from_request(request, AuthAction.REAUTHENTICATE)
    return {name: str(value) for name, value in again.items() if usual.get(name) != value}


def start_url(adapter: OAuth2Adapter, parameters: Mapping[str, str]) -> str:
    """Return the authorization URL; raises whatever the class raises."""
    request: HttpRequest = adapter.request
    provider = adapter.get_provider()
    with request_context(request):
        client = adapter.get_client(request, provider.app)
        own = provider.get_auth_params_from_request(request, AuthAction.AUTHENTICATE)
        return str(client.get_redirect_url(adapter.authorize_url, [], {**own, **parameters}))
