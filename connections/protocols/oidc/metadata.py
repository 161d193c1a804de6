"""Metadata of an OpenID provider, from its discovery document or from the connection's settings.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings as deployment

from connections.protocols.oidc.announcements import compared_members
from connections.protocols.oidc.discovery_cache import Kind, discovery_cache
from connections.protocols.responses import parse_object
from connections.values.facts import describe_json
from connections.values.failures import SignInFailed
from core.http.client import Response
from core.untrusted import BadInput, split_url

WELL_KNOWN = "/.well-known/openid-configuration"
BASIC, BODY = "client_secret_basic", "client_secret_post"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The endpoints and capabilities of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    # How clients may authenticate, of HTTP Basic, the default of the standard, and the body.
    secret_methods: Sequence[str] = (BASIC,)
    # Whether callbacks have an `iss` parameter (RFC 9207).
    says_issuer: bool = False
    # What the document announces, as `announcements` compares it.
    announced: Mapping[str, Any] = field(default_factory=dict)


def load_metadata(settings: Mapping[str, Any]) -> Metadata:
    """Return the metadata of the connection's provider; raises SignInFailed or RequestFailed."""
    if has_entered_addresses(settings):
        return Metadata(
            issuer=settings["issuer"],
            **{name: settings[name] for name in ENDPOINTS},
        )
    found = fetch_document(discovery_address(settings))
    if found.issuer != settings["issuer"]:
        raise other_issuer(found, settings["issuer"])
    return found


def fetch_newer(settings: Mapping[str, Any], known: Metadata) -> Metadata | None:
    """Fetch the discovery document again; return None if it has not changed.

    For endpoints that are gone and signatures that do not verify. Raises SignInFailed or
    RequestFailed.
    """
    if has_entered_addresses(settings):
        return None
    discovery_cache.newer(discovery_address(settings), DISCOVERY, asdict(known))
    found = load_metadata(settings)
    return found if found != known else None


def discovery_address(settings: Mapping[str, Any]) -> str:
    """Return the address of the connection's discovery document."""
    return str(settings.get("discovery") or settings["issuer"].rstrip("/") + WELL_KNOWN)


def has_entered_addresses(settings: Mapping[str, Any]) -> bool:
    """Whether the endpoints were entered by hand."""
    return any(settings.get(name) for name in ENDPOINTS)


def discover_metadata(issuer: str) -> Metadata:
    """Fetch the issuer's discovery document; raises SignInFailed or RequestFailed.

    The issuer may differ from the entered one by a slash at the end.
    """
    found = fetch_document(issuer.rstrip("/") + WELL_KNOWN)
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise other_issuer(found, issuer)
    return found


def other_issuer(found: Metadata, expected: str) -> SignInFailed:
    """Return the failure for a document of another issuer than the entered one."""
    return SignInFailed(
        "discovery_issuer", field="issuer", received=found.issuer, expected=expected
    )


def fetch_document(address: str) -> Metadata:
    """Fetch a discovery document without checking its issuer; raises SignInFailed or RequestFailed.

    The caller compares the issuer with the expected one.
    """
    return Metadata(**discovery_cache.get(address, DISCOVERY))


def cacheable_metadata(response: Response) -> dict[str, Any]:
    """Return the members of a discovery document to keep; raises SignInFailed."""
    return asdict(parse_document(parse_object(response)))


def parse_document(document: Mapping[str, Any]) -> Metadata:
    """Return a discovery document's metadata; raises SignInFailed if it is not usable."""
    methods = document.get("token_endpoint_auth_methods_supported")
    if not isinstance(methods, list):
        methods = [BASIC]
    known = [each for each in (BASIC, BODY) if each in methods]
    if not known:
        raise SignInFailed(
            "client_authentication",
            field="token_endpoint_auth_methods_supported",
            received=[str(each) for each in methods],
            expected=[BASIC, BODY],
        )
    return Metadata(
        issuer=require_url(document, "issuer"),
        authorization_endpoint=require_url(document, "authorization_endpoint"),
        token_endpoint=require_url(document, "token_endpoint"),
        jwks_uri=require_url(document, "jwks_uri"),
        userinfo_endpoint=(
            require_url(document, "userinfo_endpoint") if document.get("userinfo_endpoint") else ""
        ),
        secret_methods=known,
        says_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        announced=compared_members(document),
    )


def require_url(document: Mapping[str, Any], name: str) -> str:
    """Return a URL of the document; raises SignInFailed if it is not allowed."""
    value = document.get(name)
    if not isinstance(value, str) or not is_address(value):
        received = value if isinstance(value, str) else describe_json(value)
        raise SignInFailed("discovery", field=name, received=received, expected="https://…")
    return value


def is_address(value: str) -> bool:
    """Whether this is an https URL without a user and a fragment.

    http is allowed for the origins in MENKOU_PRIVATE_ORIGINS.
    """
    try:
        parts = split_url(value)
    except BadInput:
        return False
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    encrypted = parts.scheme == "https" or origin in deployment.MENKOU_PRIVATE_ORIGINS
    return encrypted and "@" not in parts.netloc and "#" not in value


# The number changes with the members that are kept: during an upgrade, two versions share copies.
DISCOVERY = Kind("openid-discovery-3", cacheable_metadata)
