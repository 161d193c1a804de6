"""What nobody counts as it happens is looked at every second."""

from __future__ import annotations

from django.db.backends.postgresql.base import DatabaseWrapper

from portal.observing import metrics
from projects.hosts import hosts


def sample() -> None:
    """Write down how this process is doing."""
    metrics.workers.set(1)
    metrics.listener_up.set(hosts.listener.is_well())
    # To ask a connection for its pool would make one.
    pool = getattr(DatabaseWrapper, "_connection_pools", {}).get("default")
    if pool is None:
        return
    stats = pool.get_stats()
    idle = stats.get("pool_available", 0)
    metrics.pool_connections.labels("idle").set(idle)
    metrics.pool_connections.labels("in_use").set(stats.get("pool_size", 0) - idle)
    metrics.pool_waiting.set(stats.get("requests_waiting", 0))
