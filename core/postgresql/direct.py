"""Connections that must reach PostgreSQL itself, where DATABASE_URL leads to a pooler.

A pooler that lends sessions by transaction, such as PgBouncer, delivers no notifications.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import connections

from core.postgresql.base import DatabaseWrapper


def connection_parameters() -> dict[str, Any]:
    """Return psycopg's parameters for MENKOU_DIRECT_DATABASE_URL, else for DATABASE_URL."""
    direct: dict[str, Any] | None = settings.DIRECT_DATABASE
    if direct is None:
        return dict(database.get_connection_params())
    wrapper = DatabaseWrapper(unpooled(database.settings_dict, direct))
    return dict(wrapper.get_connection_params())


def unpooled(pooled: Mapping[str, Any], direct: Mapping[str, Any]) -> dict[str, Any]:
    """Return Django's settings of a database with the address of another, and without a pool."""
    address = {**direct, "ENGINE": pooled["ENGINE"]}
    ours = {name: pooled["OPTIONS"][name] for name in ("server_side_binding", "prepare_threshold")}
    return {**pooled, **address, "OPTIONS": {**address.get("OPTIONS", {}), **ours}}


@contextmanager
def connected_directly() -> Iterator[None]:
    """Let Django's connection of this thread be a direct one."""
    direct: dict[str, Any] | None = settings.DIRECT_DATABASE
    if direct is None:
        yield
        return
    wrapper = connections["default"]
    pooled = wrapper.settings_dict
    wrapper.close()
    wrapper.settings_dict = unpooled(pooled, direct)
    try:
        yield
    finally:
        wrapper.close()
        wrapper.settings_dict = pooled
