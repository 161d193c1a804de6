"""System checks of the settings that concern connections."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from connections.providers import catalogue
from core.keyring.keyset import KeysetError, keyring


@register
def endpoints_are_the_providers(**options: Any) -> list[CheckMessage]:
    """E001: production uses the providers' own endpoints."""
    if settings.MENKOU_ENV != "production" or settings.MENKOU_ALLOW_TEST_ENDPOINTS:
        return []
    moved = [each.id for each in catalogue.moved_providers()]
    moved = moved or list(settings.MENKOU_MOVED_ENDPOINTS)
    if not moved:
        return []
    return [
        Error(
            f"The endpoints of {', '.join(moved)} do not point to the provider.",
            hint=(
                "Unset WECHAT_OPEN_BASE_URL, WECHAT_API_BASE_URL and MENKOU_MOVED_ENDPOINTS, or "
                "set MENKOU_ALLOW_TEST_ENDPOINTS=1 if this is only a test installation."
            ),
            id="connections.E001",
        )
    ]


@register
def private_origins_are_encrypted(**options: Any) -> list[CheckMessage]:
    """E003: production sends no secrets by plain HTTP, not even in a private network."""
    if settings.MENKOU_ENV != "production" or settings.MENKOU_ALLOW_TEST_ENDPOINTS:
        return []
    return [
        Error(
            f"MENKOU_PRIVATE_ORIGINS contains {origin}, which does not use https.",
            hint="Serve the provider over https, and use its https origin here.",
            id="connections.E003",
        )
        for origin in settings.MENKOU_PRIVATE_ORIGINS
        if not origin.startswith("https://")
    ]


@register
def keys_are_there(**options: Any) -> list[CheckMessage]:
    """E002: production has a usable keyset."""
    if settings.MENKOU_ENV != "production":
        return []
    try:
        keyring.current_keyset()
    except KeysetError as error:
        return [
            Error(
                str(error),
                hint="Create one with `manage.py secrets init`, and keep a backup elsewhere.",
                id="connections.E002",
            )
        ]
    return []
