"""Gauges that are sampled every second."""

from __future__ import annotations

from django.db.backends.postgresql.base import DatabaseWrapper

from core.observability import metrics
from projects.tenants.hosts import hosts


def sample_process() -> None:
    """Set the gauges of this process."""
    metrics.workers.set(1)
    metrics.listener_up.set(hosts.listener.is_healthy())
    # `connection.pool` would create a pool.
    pool = getattr(DatabaseWrapper, "_connection_pools", {}).get("default")
    if pool is None:
        return
    stats = pool.get_stats()
    idle = stats.get("pool_available", 0)
    metrics.pool_connections.labels("idle").set(idle)
    metrics.pool_connections.labels("in_use").set(stats.get("pool_size", 0) - idle)
    metrics.pool_waiting.set(stats.get("requests_waiting", 0))
