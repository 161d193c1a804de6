"""What connections/providers/derived/ relies on in django-allauth, which promises none of it.

A test that fails after an upgrade names what has changed; the code to adapt is
connections/providers/derived/allauth_internals.py and what imports it.
"""

from __future__ import annotations

import inspect
from typing import Any

from django.http import HttpRequest

from connections.providers.derived import allauth_internals as internals
from tests.rows import each_row


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


@each_row(
    "method, names",
    [
        ("extract_uid", ["self", "data"]),
        ("extract_common_fields", ["self", "data"]),
        ("extract_email_addresses", ["self", "data"]),
        ("get_auth_params", ["self"]),
        ("get_auth_params_from_request", ["self", "request", "action"]),
        ("get_oauth2_adapter", ["self", "request"]),
        ("get_pkce_params", ["self"]),
        ("get_scope", ["self"]),
        ("get_settings", ["self"]),
        ("sociallogin_from_response", ["self", "request", "response"]),
    ],
)
def test_a_provider_has_the_methods_that_we_call_or_replace(method: str, names: list[str]) -> None:
    assert parameters(getattr(internals.OAuth2Provider, method)) == names


@each_row(
    "method, names",
    [
        ("complete_login", ["self", "request", "app", "token", "kwargs"]),
        (
            "get_access_token_data",
            ["self", "request", "app", "client", "pkce_code_verifier"],
        ),
        ("get_callback_url", ["self", "request", "app"]),
        ("get_client", ["self", "request", "app"]),
        ("get_provider", ["self"]),
        ("parse_token", ["self", "data"]),
    ],
)
def test_an_adapter_has_the_methods_that_we_call_or_replace(method: str, names: list[str]) -> None:
    assert parameters(getattr(internals.OAuth2Adapter, method)) == names


def test_an_adapter_and_a_provider_have_the_attributes_that_we_read() -> None:
    assert internals.OAuth2Adapter.supports_state is True
    assert internals.OAuth2Adapter.login_cancelled_error == "access_denied"
    assert internals.OAuth2Provider.pkce_enabled_default is False
    assert internals.AuthAction.AUTHENTICATE != internals.AuthAction.REAUTHENTICATE


def test_a_provider_is_in_the_module_provider_of_its_package_and_names_its_adapter() -> None:
    assert {"spotify", "gitea", "saml"} <= set(internals.package_names())
    (spotify,) = internals.provider_classes("spotify")
    assert (spotify.id, spotify.name) == ("spotify", "Spotify")
    assert internals.adapter_module(spotify).__name__.endswith(".spotify.views")


def test_a_class_is_its_own_module_and_attributes_say_where_people_are_sent() -> None:
    (spotify,) = internals.provider_classes("spotify")
    request = HttpRequest()
    adapter = spotify.oauth2_adapter_class(request)
    provider = spotify(request, app=internals.SocialApp(provider="spotify", client_id="an-app"))
    adapter.get_provider = lambda: provider
    adapter.get_callback_url = lambda request, app: "https://login.test/back"

    url = internals.start_url(adapter, {"state": "ours"})

    assert url.startswith(f"{adapter.authorize_url}?")
    for each in ("client_id=an-app", "state=ours", "redirect_uri=https%3A%2F%2Flogin.test%2Fback"):
        assert each in url
