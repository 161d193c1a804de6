"""What a deployer can get wrong with connections, said before it hurts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from connections.keyset import KeysetError, keyring
from connections.providers import catalogue


@register
def endpoints_are_the_providers(**options: Any) -> list[CheckMessage]:
    """E001: in production, people and secrets go to the providers themselves."""
    if settings.MENKOU_ENV != "production" or settings.MENKOU_ALLOW_TEST_ENDPOINTS:
        return []
    away = [each.id for each in catalogue.moved()] or list(settings.MENKOU_MOVED_ENDPOINTS)
    if not away:
        return []
    return [
        Error(
            f"The endpoints of {', '.join(away)} are moved away from the provider.",
            hint=(
                "Unset WECHAT_OPEN_BASE_URL, WECHAT_API_BASE_URL and MENKOU_MOVED_ENDPOINTS, or "
                "set MENKOU_ALLOW_TEST_ENDPOINTS=1 for an installation that is only a test."
            ),
            id="connections.E001",
        )
    ]


@register
def private_origins_are_encrypted(**options: Any) -> list[CheckMessage]:
    """E003: in production, secrets are not sent by plain HTTP, not even in one's own network."""
    if settings.MENKOU_ENV != "production" or settings.MENKOU_ALLOW_TEST_ENDPOINTS:
        return []
    return [
        Error(
            f"MENKOU_PRIVATE_ORIGINS has {origin}, which is not encrypted.",
            hint="Serve the provider by https, and write its origin with https here.",
            id="connections.E003",
        )
        for origin in settings.MENKOU_PRIVATE_ORIGINS
        if not origin.startswith("https://")
    ]


@register
def keys_are_there(**options: Any) -> list[CheckMessage]:
    """E002: in production there is a usable keyset."""
    if settings.MENKOU_ENV != "production":
        return []
    try:
        keyring.loaded()
    except KeysetError as error:
        return [
            Error(
                str(error),
                hint="Make one with `manage.py secrets init`, and keep a copy apart.",
                id="connections.E002",
            )
        ]
    return []
