"""What is loaded before the workers are there, so that they share it and no visitor waits for it.

It is little: what only some pages run is loaded by the worker that is asked for one of them.
"""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.urls import get_resolver

from portal.starting import database_put_away


def load_views() -> None:
    """Load the addresses of both kinds of host, and the views behind them."""
    for urlconf in (settings.ROOT_URLCONF, settings.PROJECT_URLCONF):
        get_resolver(urlconf).url_patterns  # noqa: B018 - imports them


def load_providers() -> None:
    """Load what sign-ins run with the connections that there are, and no other provider."""
    from connections.models import Connection
    from connections.providers import catalogue

    with database_put_away():
        used = list(Connection.objects.order_by().values_list("provider", flat=True).distinct())
    for provider in used:
        # A connection may be left over from a package that is not installed any more.
        with suppress(KeyError):
            catalogue.get(provider).load()
