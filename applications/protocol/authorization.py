"""Checks authorization requests, with oauthlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import UnsupportedResponseTypeError
from oauthlib.openid import RequestValidator
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from applications.models import Application
from applications.protocol.parameters import AuthorizationParameters, read_parameters
from applications.redirect_uris import matches
from connections.models import EndUserSession


class AuthorizationValidator(RequestValidator):  # type: ignore[misc]
    """Answers what oauthlib asks about one authorization request."""

    def __init__(
        self,
        application: Application | None,
        session: EndUserSession | None,
        hinted_subject: str,
        *,
        is_session_known: bool,
    ) -> None:
        self.application = application
        self.session = session
        self.is_session_known = is_session_known
        self.hinted_subject = hinted_subject
        self.parameters: AuthorizationParameters | None = None

    def read(self, request: Request) -> dict[str, Any]:
        """Check the parameters of OpenID Connect before oauthlib looks at the others."""
        if self.application is None:
            raise AssertionError("oauthlib goes on without a client")
        self.parameters = read_parameters(
            request, application=self.application, hinted_subject=self.hinted_subject
        )
        request.scopes = list(self.parameters.scope)
        return {}

    def validate_client_id(
        self, client_id: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        request.client = self.application
        return self.application is not None

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return self.application is not None and matches(self.application, redirect_uri)

    def get_default_redirect_uri(
        self, client_id: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        # OpenID Connect requires one in the request.
        return None

    def validate_response_type(
        self,
        client_id: str,
        response_type: str,
        client: Any,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        if response_type != "code":
            raise UnsupportedResponseTypeError(request=request)
        return True

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return self.application is not None and self.application.requires_pkce

    def validate_scopes(
        self,
        client_id: str,
        scopes: list[str],
        client: Any,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        return True

    def get_default_scopes(
        self, client_id: str, request: Request, *args: Any, **kwargs: Any
    ) -> list[str]:
        return []

    def validate_silent_login(self, request: Request) -> bool:
        application, parameters = self.application, self.parameters
        if not self.is_session_known:
            return True
        return (
            application is not None
            and parameters is not None
            and parameters.is_satisfied_by(self.session, application, now=timezone.now())
        )

    def validate_silent_authorization(self, request: Request) -> bool:
        # A project's own applications need no consent.
        return True

    def validate_user_match(
        self, id_token_hint: str, scopes: Any, claims: Any, request: Request
    ) -> bool:
        # Part of `is_satisfied_by`: another person can sign in first unless nothing may be shown.
        return True


def check_request(
    pairs: Sequence[tuple[str, str]],
    *,
    application: Application | None,
    session: EndUserSession | None,
    hinted_subject: str = "",
    is_session_known: bool = True,
) -> AuthorizationParameters:
    """Return the checked parameters of an authorization request.

    Whether anybody is signed in is not checked if the session is not known yet.

    Raises oauthlib's FatalClientError where nobody may be sent to the redirect URI, and its
    OAuth2Error for what the application has to be told (RFC 6749, 4.1.2.1).
    """
    validator = AuthorizationValidator(
        application, session, hinted_subject, is_session_known=is_session_known
    )
    grant = AuthorizationCodeGrant(validator)
    grant.custom_validators.pre_auth.append(validator.read)
    # As a form: oauthlib would overlook a parameter that is repeated in a list.
    grant.validate_authorization_request(Request("/oauth2/authorize", body=urlencode(pairs)))
    if validator.parameters is None:
        raise AssertionError("oauthlib skipped our checks")
    return validator.parameters
