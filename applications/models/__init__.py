"""Applications, their secrets and keys, and what they were granted."""

from __future__ import annotations

from applications.models.application import (
    Application,
    ApplicationLogo,
    ApplicationSecret,
    Kind,
    RefreshTokens,
    SigningAlgorithm,
)
from applications.models.authorization_request import AuthorizationRequest
from applications.models.consent import Consent
from applications.models.developer_error import DeveloperError
from applications.models.grant import Grant, Token, TokenKind
from applications.models.logout import LogoutDelivery, LogoutRequest
from applications.models.signing_key import SigningKey

__all__ = [
    "Application",
    "ApplicationLogo",
    "ApplicationSecret",
    "AuthorizationRequest",
    "Consent",
    "DeveloperError",
    "Grant",
    "Kind",
    "LogoutDelivery",
    "LogoutRequest",
    "RefreshTokens",
    "SigningAlgorithm",
    "SigningKey",
    "Token",
    "TokenKind",
]
