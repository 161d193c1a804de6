"""The paths at which load balancers, proxies and the command `proxy` ask a node."""

from __future__ import annotations

# Answered for every Host header: load balancers send the IP address, and a proxy may change it.
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/proxyz", "/hostz"})
