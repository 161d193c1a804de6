"""Preloads code before the workers are forked, so that they share its memory.

Code that only few pages need is loaded by the first request that uses it.
"""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.urls import get_resolver

from portal.server.preflight import database_closed_afterwards


def load_views() -> None:
    """Import the URLconfs of both kinds of host, and their views."""
    for urlconf in (settings.ROOT_URLCONF, settings.PROJECT_URLCONF):
        get_resolver(urlconf).url_patterns  # noqa: B018 - imports them


def load_authorities() -> None:
    """Read the certificate authorities for calls to providers."""
    from core.http import client

    client.load_authorities()


def load_providers() -> None:
    """Load the providers of the existing connections."""
    from connections.models import Connection
    from connections.providers import catalogue

    with database_closed_afterwards():
        used = list(Connection.objects.order_by().values_list("provider", flat=True).distinct())
    for provider in used:
        # A connection's provider may come from a package that is no longer installed.
        with suppress(KeyError):
            catalogue.get(provider).load()
