"""Answers token requests, with oauthlib (RFC 6749, 4.1.3 and 6; OpenID Connect Core 1.0, 3.1.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import transaction
from oauthlib.oauth2 import BearerToken, TokenEndpoint
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from oauthlib.openid import RequestValidator
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant, RefreshTokenGrant

from applications.keys.generation import open_private_key
from applications.models import Application, Grant, RefreshTokens
from applications.protocol import claims
from applications.protocol.client_authentication import Sender
from applications.tokens.grants import (
    Redeemed,
    find_grant_of_code,
    find_grant_of_refresh_token,
    revoke_grant,
    save_tokens,
)
from applications.tokens.hashing import (
    is_well_formed,
    new_access_token,
    new_refresh_token,
    successor_of,
)
from core.postgresql.retry import retry_on_lost_connection
from projects.models import User

# For so long a refresh token that was replaced gives its successor again: the answer may be lost.
GRACE_SECONDS = 30
NAMES = frozenset(
    {
        "client_id",
        "code",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "refresh_token",
        "scope",
    }
)
LONGEST = 4096
INVALID_REQUEST = '{"error": "invalid_request"}'
# RFC 7636, 4.1.
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True)
class Attempt:
    """The tokens that an answer may give. A step that is repeated gives the same ones."""

    id: UUID = field(default_factory=uuid4)
    access_token: str = field(default_factory=new_access_token, repr=False)
    refresh_token: str = field(default_factory=new_refresh_token, repr=False)


@dataclass(frozen=True)
class TokenAnswer:
    """The answer to a token request."""

    status: int
    body: str = field(repr=False)
    # The developer's mistake, or "": a key of `developer_errors.MISTAKES`.
    mistake: str = ""


class TokenValidator(RequestValidator):  # type: ignore[misc]
    """Answers what oauthlib asks about one token request."""

    def __init__(self, sender: Sender, attempt: Attempt, issuer: str) -> None:
        self.sender = sender
        self.attempt = attempt
        self.issuer = issuer
        self.redeemed: Redeemed | None = None
        self.access_scope = ""
        self.mistake = ""

    @property
    def application(self) -> Application:
        """The application that sends the request."""
        if self.sender.application is None:
            raise AssertionError("oauthlib goes on without a client")
        return self.sender.application

    def refuse(self, mistake: str) -> bool:
        """Keep the mistake for the application's page."""
        self.mistake = self.mistake or mistake
        return False

    # --- the client ---

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = self.sender.application
        if self.sender.application is not None:
            request.client_id = self.sender.application.client_id
        return self.sender.is_proven or self.refuse(self.sender.problem)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        if grant_type == "refresh_token" and not self.may_refresh:
            return self.refuse("refresh_not_allowed")
        return grant_type in {"authorization_code", "refresh_token"} or self.refuse("grant_type")

    @property
    def may_refresh(self) -> bool:
        """Whether the application gets refresh tokens at all."""
        return self.application.refresh_tokens != RefreshTokens.NEVER

    # --- the code ---

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        found = find_grant_of_code(self.application, code) if is_well_formed(code) else None
        if found is None:
            return self.refuse("code_unknown")
        if found.redeemed_at is not None and found.redeemed_by != self.attempt.id:
            # Whoever has stolen the code may have been first (RFC 6749, 4.1.2).
            revoke_grant(found.pk)
            return self.refuse("code_used")
        if not self.is_usable(found):
            return False
        if found.is_late:
            return self.refuse("code_expired")
        if request.code_verifier and not found.code_challenge:
            return self.refuse("verifier_unexpected")
        if request.code_verifier and not VERIFIER.fullmatch(request.code_verifier):
            return self.refuse("verifier_wrong")
        self.take(found, request)
        request.scopes = found.scope.split()
        return True

    def is_usable(self, found: Any) -> bool:
        """Whether the grant is this application's, and neither revoked nor its person blocked."""
        if found.application_id != self.application.pk:
            return self.refuse("code_of_another_application")
        if not found.is_active:
            return self.refuse("person_blocked")
        if found.revoked_at is not None:
            return self.refuse("refresh_unknown")
        return True

    def take(self, found: Any, request: Any, refresh_token: str = "") -> None:
        self.redeemed = Redeemed(
            found, found.signing_kid, bytes(found.signing_ciphertext or b""), refresh_token
        )
        request.user = found.user_id

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        challenge = self.grant.code_challenge or None
        if challenge and not request.code_verifier:
            self.refuse("verifier_missing")
        return challenge

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return "S256"

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        # It was decided when the code was issued.
        return False

    def get_default_redirect_uri(
        self, client_id: str, request: Any, *args: Any, **kwargs: Any
    ) -> str:
        # With PKCE it may be left out (OAuth 2.1, draft 16).
        return self.grant.redirect_uri if self.grant.code_challenge else ""

    def confirm_redirect_uri(
        self,
        client_id: str,
        code: str,
        redirect_uri: str,
        client: Any,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        if redirect_uri != self.grant.redirect_uri:
            self.refuse("redirect_uri_differs")
            # RFC 6749, 5.2.
            raise InvalidGrantError(request=request)
        return True

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Do nothing: `save_token` has done it."""

    def get_authorization_code_nonce(
        self, client_id: str, code: str, redirect_uri: str, request: Any
    ) -> str:
        return self.grant.nonce

    # --- the refresh token ---

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        found = (
            find_grant_of_refresh_token(self.application, refresh_token, grace=GRACE_SECONDS)
            if is_well_formed(refresh_token)
            else None
        )
        if found is None:
            return self.refuse("refresh_unknown")
        if not self.is_usable(found):
            return False
        if found.is_replay:
            # Whoever has stolen it may have used it first (RFC 9700, 4.14.2).
            revoke_grant(found.pk)
            return self.refuse("refresh_used")
        if found.is_late:
            return self.refuse("refresh_unknown")
        self.take(found, request, refresh_token)
        return True

    def get_original_scopes(
        self, refresh_token: str, request: Any, *args: Any, **kwargs: Any
    ) -> list[str]:
        return self.grant.scope.split()

    def rotate_refresh_token(self, request: Any) -> bool:
        return True

    def refresh_id_token(self, request: Any) -> bool:
        return True

    # --- the answer ---

    @property
    def grant(self) -> Grant:
        """The grant that the request has locked."""
        if self.redeemed is None:
            raise AssertionError("oauthlib goes on without a grant")
        return self.redeemed.grant

    def new_access_token(self, request: Any) -> str:
        self.access_scope = " ".join(request.scopes)
        return self.attempt.access_token

    def new_refresh_token(self, request: Any) -> str | None:
        """Return the next refresh token, or None if the application gets none."""
        if self.redeemed is not None and self.redeemed.refresh_token:
            return successor_of(self.redeemed.refresh_token)
        always = self.application.refresh_tokens == RefreshTokens.ALWAYS
        wanted = always or (self.may_refresh and "offline_access" in self.grant.scope.split())
        return self.attempt.refresh_token if wanted else None

    def access_token_seconds(self, request: Any) -> int:
        return self.application.access_token_seconds

    def get_id_token(self, token: Any, token_handler: Any, request: Any) -> str:
        """Return the signed id_token."""
        import jwt  # Installations without applications never need it.

        redeemed, application = self.redeemed, self.application
        if redeemed is None:
            raise AssertionError("oauthlib goes on without a grant")
        made = claims.id_token_claims(
            redeemed,
            issuer=self.issuer,
            client_id=application.client_id,
            seconds=application.id_token_seconds,
            access_token=token["access_token"],
            with_nonce=not redeemed.refresh_token,
            with_idp=application.idp_claim,
            person=self.person() if claims.needs_person(redeemed.grant) else {},
        )
        private = open_private_key(
            application.project_id, redeemed.signing_kid, redeemed.signing_ciphertext
        )
        headers = {"kid": redeemed.signing_kid}
        return jwt.encode(made, private, algorithm=application.signing_alg, headers=headers)

    def person(self) -> dict[str, Any]:
        """Return the claims about the person."""
        person = User.objects.get(pk=self.grant.user_id)
        return claims.person_claims(
            name=person.name,
            picture=person.picture,
            address=person.address,
            address_verified=person.address_verified,
        )

    def save_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        if self.redeemed is None:
            raise AssertionError("oauthlib goes on without a grant")
        save_tokens(
            self.redeemed,
            self.application,
            attempt=self.attempt.id,
            access_token=token["access_token"],
            access_scope=self.access_scope,
            refresh_token=token.get("refresh_token"),
        )


def without_empty_refresh_token(token: Any, token_handler: Any, request: Any) -> Any:
    """Remove the refresh token from an answer that has none."""
    if token.get("refresh_token") is None:
        token.pop("refresh_token", None)
    return token


def answer_token_request(
    sender: Sender, pairs: Sequence[tuple[str, str]], *, issuer: str
) -> TokenAnswer:
    """Return the answer to a token request: one transaction.

    A repetition after a broken connection has the same result.
    """
    attempt = Attempt()
    sent = [(name, value) for name, value in pairs if name in NAMES and value]
    if any(len(value) > LONGEST for _name, value in sent):
        return TokenAnswer(400, INVALID_REQUEST, "authorization_parameter")
    if all(name != "grant_type" for name, _value in sent):
        # oauthlib would call it unsupported (RFC 6749, 5.2).
        return TokenAnswer(400, INVALID_REQUEST, "grant_type")

    @retry_on_lost_connection
    @transaction.atomic
    def answer() -> TokenAnswer:
        validator = TokenValidator(sender, attempt, issuer)
        _headers, body, status = endpoint(validator).create_token_response(
            "/oauth2/token", "POST", body=urlencode(sent)
        )
        return TokenAnswer(status, body, validator.mistake or unnamed_mistake(validator, body))

    return answer()


def unnamed_mistake(validator: TokenValidator, body: str) -> str:
    """Return the mistake of an answer that oauthlib refused without asking us, or ""."""
    error = json.loads(body).get("error", "")
    if error == "invalid_grant" and validator.redeemed is not None:
        return "verifier_wrong"
    return {
        "unsupported_grant_type": "grant_type",
        "invalid_request": "code_missing",
        "invalid_scope": "scope",
    }.get(error, "")


def endpoint(validator: TokenValidator) -> TokenEndpoint:
    """Return oauthlib's endpoint for one request."""
    bearer = BearerToken(
        validator,
        validator.new_access_token,
        validator.access_token_seconds,
        validator.new_refresh_token,
    )
    code, refresh = AuthorizationCodeGrant(validator), RefreshTokenGrant(validator)
    code.register_token_modifier(without_empty_refresh_token)
    grants = {"authorization_code": code, "refresh_token": refresh}
    return TokenEndpoint("authorization_code", bearer, grants)
