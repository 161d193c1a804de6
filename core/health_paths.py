"""The paths at which load balancers and the command `proxy` check a node."""

from __future__ import annotations

# Answered for every Host header: load balancers send the IP address, and a proxy may change it.
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/proxyz"})
