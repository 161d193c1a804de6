"""Compare what a provider announces in its discovery document with what we do.

What cannot work is refused. Where announcements are known to be incomplete or untrue, or where the
provider may ignore what it does not know, there is only a warning.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
https://www.rfc-editor.org/rfc/rfc8414#section-2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connections.protocols.oidc.id_tokens import KNOWN_ALGORITHMS, SORTED_ALGORITHMS
from connections.values.failures import SignInFailed

FLAGS = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
)
LISTS = (
    "code_challenge_methods_supported",
    "grant_types_supported",
    "id_token_signing_alg_values_supported",
    "response_modes_supported",
    "response_types_supported",
    "scopes_supported",
)
MOST_VALUES = 50
LONGEST_VALUE = 100

Announced = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OwnRequest:
    """What we send to a provider."""

    scopes: Sequence[str]
    pkce: bool


def compared_members(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a discovery document that are compared.

    A member of another type counts as absent.
    """
    found: dict[str, Any] = {name: True for name in FLAGS if document.get(name) is True}
    for name in LISTS:
        values = document.get(name)
        if isinstance(values, list):
            texts = [each[:LONGEST_VALUE] for each in values if isinstance(each, str)]
            found[name] = texts[:MOST_VALUES]
    return found


def refusals(announced: Announced) -> Iterator[SignInFailed]:
    """Return why nobody can sign in at a provider with this document."""
    # RFC 9126, section 5, and RFC 9101, section 10.5: other requests are refused.
    if announced.get("require_pushed_authorization_requests"):
        yield SignInFailed("par_required", field="require_pushed_authorization_requests")
    if announced.get("require_signed_request_object"):
        yield SignInFailed("request_object_required", field="require_signed_request_object")
    # Both lists are required, so they are seldom wrong.
    algorithms = announced.get("id_token_signing_alg_values_supported")
    if algorithms and KNOWN_ALGORITHMS.isdisjoint(algorithms):
        yield SignInFailed(
            "token_algorithm",
            field="id_token_signing_alg_values_supported",
            received=algorithms,
            expected=SORTED_ALGORITHMS,
        )
    types = announced.get("response_types_supported")
    # Hybrid types count: a provider that has one also has the code flow, which may be unlisted.
    if types and not any("code" in each.split() for each in types):
        yield mismatch("no_code_flow", "response_types_supported", types, "code")


def warnings(announced: Announced, request: OwnRequest) -> Iterator[SignInFailed]:
    """Return what may keep people from signing in.

    An administrator decides, because these lists are optional and may be incomplete.
    """
    # "Servers MAY choose not to advertise some supported scope values".
    scopes = announced.get("scopes_supported")
    missing = [each for each in request.scopes if scopes and each not in scopes]
    if missing:
        yield mismatch("scope_unannounced", "scopes_supported", scopes, missing)
    grants = announced.get("grant_types_supported")
    if grants and "authorization_code" not in grants:
        yield mismatch("no_code_grant", "grant_types_supported", grants, "authorization_code")
    # A code comes in the query unless another mode is requested.
    modes = announced.get("response_modes_supported")
    if modes and "query" not in modes:
        yield mismatch("no_query_mode", "response_modes_supported", modes, "query")
    # A provider without PKCE ignores it.
    methods = announced.get("code_challenge_methods_supported")
    if request.pkce and methods and "S256" not in methods:
        yield mismatch("no_s256", "code_challenge_methods_supported", methods, "S256")


def mismatch(cause: str, name: str, received: object, expected: object) -> SignInFailed:
    """Return the failure for a list without a needed value."""
    return SignInFailed(cause, field=name, received=received, expected=expected)
