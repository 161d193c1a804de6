"""Answers userinfo, introspection and revocation requests, with oauthlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from oauthlib.oauth2 import IntrospectEndpoint, RevocationEndpoint
from oauthlib.openid import RequestValidator
from oauthlib.openid.connect.core.endpoints import UserInfoEndpoint

from applications.models import TokenKind
from applications.protocol import claims
from applications.protocol.client_authentication import Sender
from applications.tokens.hashing import is_well_formed
from applications.tokens.lookup import find_token, revoke_token
from core.postgresql.retry import retry_on_lost_connection

NAMES = frozenset({"token", "token_type_hint"})


class UserinfoValidator(RequestValidator):  # type: ignore[misc]
    """Answers what oauthlib asks about one userinfo request."""

    def __init__(self, project_id: UUID) -> None:
        self.project_id = project_id
        self.found: Any = None

    def validate_bearer_token(self, token: str | None, scopes: list[str], request: Any) -> bool:
        found = find_token(self.project_id, token) if token and is_well_formed(token) else None
        if found is None or found.token_kind != TokenKind.ACCESS:
            return False
        self.found = found
        request.scopes = found.token_scope.split()
        return True

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        return claims.userinfo(self.found)


@retry_on_lost_connection
def answer_userinfo(
    project_id: UUID, method: str, *, headers: Mapping[str, str], pairs: Sequence[tuple[str, str]]
) -> str:
    """Return the JSON about the person of an access token: one statement.

    The token is in the Authorization header or in the form (RFC 6750, 2). Raises OAuth2Error.
    """
    endpoint = UserInfoEndpoint(UserinfoValidator(project_id))
    _headers, body, _status = endpoint.create_userinfo_response(
        "/oauth2/userinfo", method, body=urlencode(pairs), headers=dict(headers)
    )
    return str(body)


class TokenListValidator(RequestValidator):  # type: ignore[misc]
    """Answers what oauthlib asks about a request that names a token."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = self.sender.application
        return self.sender.is_proven

    def introspect_token(
        self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any
    ) -> dict[str, Any] | None:
        project_id = request.client.project_id
        found = find_token(project_id, token) if is_well_formed(token) else None
        if found is None:
            return None
        if found.token_kind == TokenKind.REFRESH and found.application_id != request.client.pk:
            # Others have no use for it.
            return None
        return {
            "client_id": found.client_id,
            "exp": int(found.token_expires_at.timestamp()),
            "iat": int(found.token_created_at.timestamp()),
            "scope": found.token_scope,
            "sid": str(found.sid),
            "sub": str(found.user_id),
            "token_type": "Bearer" if found.token_kind == TokenKind.ACCESS else "refresh_token",
        }

    def revoke_token(
        self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        if is_well_formed(token):
            revoke_token(request.client.pk, token)


@retry_on_lost_connection
def answer_introspection(sender: Sender, pairs: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """Return status and JSON for a token of the project (RFC 7662). It is for websites only."""
    if sender.application is not None and not sender.application.is_confidential:
        sender = Sender(sender.application, "secret_missing")
    endpoint = IntrospectEndpoint(TokenListValidator(sender))
    _headers, body, status = endpoint.create_introspect_response(
        "/oauth2/introspect", "POST", body=only_named(pairs)
    )
    return status, body


@retry_on_lost_connection
def answer_revocation(sender: Sender, pairs: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """Revoke a token of the sender, and return status and body (RFC 7009)."""
    endpoint = RevocationEndpoint(TokenListValidator(sender))
    _headers, body, status = endpoint.create_revocation_response(
        "/oauth2/revoke", "POST", body=only_named(pairs)
    )
    return status, body


def only_named(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the form with the parameters that these endpoints read."""
    return urlencode([(name, value) for name, value in pairs if name in NAMES and value])
