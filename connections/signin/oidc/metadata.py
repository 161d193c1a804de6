"""Where an OpenID provider is: by its discovery document, or by what an administrator typed.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as deployment

from connections.signin.failures import SignInFailed
from connections.signin.oidc.kept import kept

WELL_KNOWN = "/.well-known/openid-configuration"
BY_HAND = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
ADDRESS = re.compile(r"[\x21-\x7e]{1,500}")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The addresses and habits of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    # Whether the client secret goes into a header, as the standard has it unless told otherwise.
    secret_in_header: bool = True
    # Whether callbacks say who sends them.
    says_issuer: bool = False


def metadata_of(settings: Mapping[str, Any]) -> Metadata:
    """Return where the connection's provider is; raises SignInFailed or NoAnswer."""
    if by_hand(settings):
        return Metadata(
            issuer=settings["issuer"],
            secret_in_header=not settings["secret_in_body"],
            **{name: settings[name] for name in BY_HAND},
        )
    pinned = settings.get("discovery")
    found = announced(pinned) if pinned else discovered(settings["issuer"])
    if found.issuer != settings["issuer"]:
        raise SignInFailed("issuer")
    return found


def by_hand(settings: Mapping[str, Any]) -> bool:
    """Whether an administrator has typed the addresses."""
    return any(settings.get(name) for name in BY_HAND)


def discovered(issuer: str) -> Metadata:
    """Return what the issuer says of itself; raises SignInFailed or NoAnswer.

    Its name may end with a slash that nobody typed, or without one that somebody did.
    """
    found = announced(issuer.rstrip("/") + WELL_KNOWN)
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise SignInFailed("issuer")
    return found


def announced(address: str) -> Metadata:
    """Return what a discovery document says, whoever it names; raises SignInFailed or NoAnswer.

    The caller compares the issuer with the one that it expects.
    """
    return read(kept.get(address, read))


def read(document: Mapping[str, Any]) -> Metadata:
    """Return a discovery document's content; raises SignInFailed where it is not usable."""
    methods = document.get("token_endpoint_auth_methods_supported")
    if not isinstance(methods, list):
        methods = ["client_secret_basic"]
    if not {"client_secret_basic", "client_secret_post"} & set(map(str, methods)):
        raise SignInFailed("client_authentication")
    return Metadata(
        issuer=address(document, "issuer"),
        authorization_endpoint=address(document, "authorization_endpoint"),
        token_endpoint=address(document, "token_endpoint"),
        jwks_uri=address(document, "jwks_uri"),
        userinfo_endpoint=(
            address(document, "userinfo_endpoint") if document.get("userinfo_endpoint") else ""
        ),
        secret_in_header="client_secret_basic" in methods,
        says_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def address(document: Mapping[str, Any], name: str) -> str:
    """Return an address of the document; raises SignInFailed where it is not fit for use."""
    value = document.get(name)
    if not isinstance(value, str) or not is_address(value):
        raise SignInFailed("discovery")
    return value


def is_address(value: str) -> bool:
    """Whether this is an https address without a user or a fragment.

    Without encryption, only what the deployment itself has listed.
    """
    try:
        parts = urlsplit(value)
        origin = f"{parts.scheme}://{parts.netloc}"
        fit = bool(ADDRESS.fullmatch(value) and parts.hostname) and parts.port != 0
    except ValueError:
        return False
    encrypted = parts.scheme == "https" or origin in deployment.MENKOU_PRIVATE_ORIGINS
    return fit and encrypted and "@" not in parts.netloc and "#" not in value
